"""Takes secrets out of texts that came from elsewhere."""

import re
from collections.abc import Iterable

from service.types.secret import Secret

_HIDDEN = "[redacted]"
_LONG = 12
_SHORTEST = 4
# What keys look like that we do not hold: OpenAI-style keys, bearer tokens, keys in a query string.
_PATTERNS = re.compile(
    r"\b(?:sk|pk|gsk|xai|pm|rk)-[A-Za-z0-9_*.-]{8,}"
    r"|(?<=[Bb]earer )[A-Za-z0-9._~+/=*-]{8,}"
    r"|(?<=[?&]key=)[^&\s\"']+"
)


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Replaces the given credentials, and what looks like one.

    A short credential is replaced where it stands as a word, else it would be found in other words; one of a
    letter or three is none.
    """
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= _LONG:
            text = text.replace(value, _HIDDEN)
        elif len(value) >= _SHORTEST:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", _HIDDEN, text)
    return _PATTERNS.sub(_HIDDEN, text)
