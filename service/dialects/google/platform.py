"""The two addresses of the Gemini models, and where they part ways.

Source: `google-genai`, whose converters for the Gemini Developer API (`_to_mldev`) and for Vertex AI
(`_to_vertex`) say which members each takes; the recorded exchanges of both.
"""

import re
from typing import Any

import msgspec
from msgspec import Raw

_GENERATION = re.compile(r"gemini-(\d+)(?:\.(\d+))?(?:-|$)")
_ALIAS = re.compile(r"gemini-.*-latest$")
NEWEST = (99, 0)
"""The generation of an alias such as `gemini-flash-latest`: whatever is newest."""


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the two takes.

    - `members`: members of the body that a caller may give under Google's own names, handed on as they are,
      with their types.
    - `tools`: the kinds of tools beside functions.
    - `fetches`: whether it fetches http(s) links whose media type is stated.
    - `tool_blocks`: whether parts `toolCall` and `toolResponse` may stand in the history.
    """

    members: dict[str, Any]
    tools: frozenset[str]
    fetches: bool
    tool_blocks: bool


# `outputConfig` is not among them: it has answers written into an object store, with the operator's rights.
_MEMBERS: dict[str, Any] = {
    "safetySettings": list[dict[str, Raw]],
    "cachedContent": str,
    "labels": dict[str, str],
    "toolConfig": dict[str, Raw],
    "generationConfig": dict[str, Raw],
    "serviceTier": str,
    "continuationToken": str,
}
_TOOLS = (
    *("googleSearch", "googleSearchRetrieval", "googleMaps", "codeExecution", "urlContext", "computerUse"),
    "mcpServers",
)

AI_STUDIO = Platform(
    members=_MEMBERS | {"store": bool},
    tools=frozenset({*_TOOLS, "fileSearch"}),
    fetches=False,
    tool_blocks=True,
)
VERTEX = Platform(
    members=_MEMBERS | {"modelArmorConfig": dict[str, Raw]},
    tools=frozenset({*_TOOLS, "retrieval", "enterpriseWebSearch", "parallelAiSearch", "exaAiSearch"}),
    fetches=True,
    tool_blocks=False,
)


def generation(model: str) -> tuple[int, int] | None:
    """The generation that a model's id names, such as (2, 5); None for tuned and other models."""
    if match := _GENERATION.search(model):
        return int(match[1]), int(match[2] or 0)
    return NEWEST if _ALIAS.search(model) else None


def since(model: str, major: int) -> bool:
    """Whether a model is known to be of this generation or a later one."""
    known = generation(model)
    return known is not None and known >= (major, 0)


def before(model: str, major: int) -> bool:
    """Whether a model is known to be of an earlier generation."""
    return generation(model) is not None and not since(model, major)
