"""When two spellings of a model's name mean the same: `claude-sonnet-4-5` and `Claude-Sonnet-4.5`."""

import re

_SEPARATORS = re.compile(r"[^a-z0-9]+")
_BEFORE_NUMBER = re.compile(r"(?<=[a-z])-(?=\d)")

AUTHORS = {
    "ai21-labs": "ai21",
    "alibaba": "qwen",
    "alibaba-cloud": "qwen",
    "aws": "amazon",
    "bytedance": "bytedance-seed",
    "cohereforai": "cohere",
    "coherelabs": "cohere",
    "deepseek-ai": "deepseek",
    "facebook": "meta-llama",
    "google-deepmind": "google",
    "ibm": "ibm-granite",
    "llama": "meta-llama",
    "liquidai": "liquid",
    "meta": "meta-llama",
    "minimaxai": "minimax",
    "mistral": "mistralai",
    "mistral-ai": "mistralai",
    "moonshot": "moonshotai",
    "moonshot-ai": "moonshotai",
    "sarvamai": "sarvam",
    "stepfun-ai": "stepfun",
    "thudm": "z-ai",
    "xai": "x-ai",
    "xiaomimimo": "xiaomi",
    "zai": "z-ai",
    "zai-org": "z-ai",
    "zhipuai": "z-ai",
}
"""Other names of authors; the right-hand side is the one that canonical ids have (OpenRouter's)."""


def key(name: str) -> str:
    """What all spellings of one name have in common.

    Case does not count, nor which separator stands between two parts, nor whether one stands between a
    word and the number after it (`qwen-2.5` and `Qwen2_5`). Words, numbers and their order do.
    """
    return _BEFORE_NUMBER.sub("", _SEPARATORS.sub("-", name.lower()).strip("-"))


def author_key(author: str) -> str:
    """As `key`, for an author, whichever of its names is used."""
    plain = _SEPARATORS.sub("-", author.lower()).strip("-")
    return key(AUTHORS.get(plain, plain))


def id_key(name: str) -> str:
    """As `key`, for `author/slug`; without a slash, that of a bare name."""
    author, slash, slug = name.partition("/")
    return f"{author_key(author)}/{key(slug)}" if slash else key(name)
