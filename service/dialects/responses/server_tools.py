"""What the vendor did by itself while it answered, as `reasoning.server_tool_call` details.

Items of kinds not known here are kept in the same way, so that nothing of an answer is lost, and an echo can
give it back.
"""

from typing import Any

import msgspec

from service.dialects.responses.thoughts import detail

_NAMES = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
    "image_generation_call": "image_generation",
    "tool_search_call": "tool_search",
    "shell_call": "shell",
}
# Where the kinds of items say what was done, and what came of it.
_ARGUMENTS = ("arguments", "action", "queries", "code", "revised_prompt", "server_label")
_RESULTS = ("results", "outputs", "output", "tools", "error")
# A generated image is delivered as an image; its bytes are not said twice.
_IMAGE = "image_generation_call"


def server_tool(index: int, item: dict[str, Any]) -> dict[str, Any]:
    """One item as a detail; the whole item is in `block`."""
    kind = str(item.get("type") or "unknown")
    block = {**item, "result": None} if kind == _IMAGE else item
    named = item.get("name") if kind == "mcp_call" else None
    return detail(
        "server_tool_call",
        index,
        item.get("id"),
        tool_name=named or _NAMES.get(kind, kind),
        arguments=_arguments(item),
        result=_result(item),
        tool_call_id=item.get("call_id") or item.get("id"),
        block=block,
    )


def _arguments(item: dict[str, Any]) -> str:
    """JSON text; what is no object by itself is named."""
    for name in _ARGUMENTS:
        value = item.get(name)
        if isinstance(value, str) and name == "arguments":
            return value
        if value is not None:
            return _json(value if isinstance(value, dict) else {name: value})
    return "{}"


def _result(item: dict[str, Any]) -> str:
    action = item.get("action")
    values = [item.get(name) for name in _RESULTS]
    values.append(action.get("sources") if isinstance(action, dict) else None)
    value = next((value for value in values if value is not None), "")
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
