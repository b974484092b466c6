"""Takes secrets out of texts that came from elsewhere."""

import re
from collections.abc import Iterable

from service.types.secret import Secret

_HIDDEN = "[redacted]"
# What keys look like that we do not hold: OpenAI-style keys, bearer tokens, keys in a query string.
_PATTERNS = re.compile(
    r"\b(?:sk|pk|gsk|xai|pm|rk)-[A-Za-z0-9_*.-]{8,}"
    r"|(?<=[Bb]earer )[A-Za-z0-9._~+/=*-]{8,}"
    r"|(?<=[?&]key=)[^&\s\"']+"
)


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Replaces the given credentials, and what looks like one."""
    for secret in secrets:
        if secret.reveal():
            text = text.replace(secret.reveal(), _HIDDEN)
    return _PATTERNS.sub(_HIDDEN, text)
