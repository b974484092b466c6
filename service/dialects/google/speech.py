"""Base64 of Google's, and spoken answers: base64 in pieces, cut so that the pieces can be joined as text."""

import base64
import binascii
from typing import Any

_URL_SAFE = str.maketrans("-_", "+/", "\r\n \t")


def standard_base64(data: Any) -> str:
    """The standard alphabet with padding: protobuf's JSON may use the URL-safe one without.

    Raises TypeError for what is no text.
    """
    if not isinstance(data, str):
        raise TypeError("data that is no text")
    text = data.translate(_URL_SAFE).rstrip("=")
    return text + "=" * (-len(text) % 4)


class Speech:
    """Gathers the sound of one choice.

    Base64 texts can be joined only where no padding stands between them, and 16-bit samples only at even
    bytes: so up to 5 bytes wait for the next piece.
    """

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: Any) -> str:
        """Takes a piece; returns the base64 that can go out. Raises a shape error for what is no base64."""
        try:
            self._rest += base64.b64decode(standard_base64(data), validate=True)
        except binascii.Error as error:
            raise ValueError(f"sound that is no base64: {error}") from None
        cut = len(self._rest) - len(self._rest) % 6
        ready, self._rest = self._rest[:cut], self._rest[cut:]
        return base64.b64encode(ready).decode()

    def end(self) -> str:
        """What waited."""
        rest, self._rest = self._rest, b""
        return base64.b64encode(rest).decode()
