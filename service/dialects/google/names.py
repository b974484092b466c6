"""Google's JSON takes both spellings of every name (`topK`, `top_k`) and answers in one."""

import re

_UNDERSCORE = re.compile(r"_([a-z0-9])")


def camel(name: str) -> str:
    """The spelling that Google answers in."""
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)
