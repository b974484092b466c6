"""Google's JSON takes both spellings of every name (`topK`, `top_k`) and answers in one."""

import re
from typing import Any

_UNDERSCORE = re.compile(r"_([a-z0-9])")


def camel(name: str) -> str:
    """The spelling that Google answers in."""
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def text_of(value: Any) -> str | None:
    """A text, where a vendor may write anything."""
    return value if isinstance(value, str) and value else None
