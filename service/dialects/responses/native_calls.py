"""Calls of the vendor's own tools that the caller has to run: computer, shell, patches, searches, approvals.

Chat completions have no form for them. They are shown as tool calls whose `type` is the vendor's item type,
with a name and JSON arguments for reading, and the item itself in `item`. A tool message answers one: text
that is a JSON object holds the members of the output item, other text its `output`; the answer to a computer
call is an image.

Source: the SDK's `ResponseOutputItem` and `ResponseInputItemParam`.
"""

from typing import Any, NamedTuple

import msgspec

from service.types.message import Message

# Members that say what a call is for, in the order in which they are looked for.
_ARGUMENTS = ("arguments", "action", "actions", "operation")


class _Kind(NamedTuple):
    name: str
    output: str  # the type of the item that answers it
    reference: str = "call_id"  # the output item's member that names the call
    identity: str = "call_id"  # the call's member that is its id


_KINDS = {
    "computer_call": _Kind("computer", "computer_call_output"),
    "local_shell_call": _Kind("local_shell", "local_shell_call_output", reference="id"),
    "shell_call": _Kind("shell", "shell_call_output"),
    "apply_patch_call": _Kind("apply_patch", "apply_patch_call_output"),
    "tool_search_call": _Kind("tool_search", "tool_search_output"),
    "mcp_approval_request": _Kind(
        "mcp_approval", "mcp_approval_response", reference="approval_request_id", identity="id"
    ),
}


def is_callers(item: dict[str, Any]) -> bool:
    """Whether the caller has to run it: not what the vendor searched, or ran in a container, by itself."""
    match item.get("type"):
        case "tool_search_call":
            return item.get("execution") == "client"
        case "shell_call":
            environment = item.get("environment")
            return not isinstance(environment, dict) or environment.get("type") == "local"
        case kind:
            return kind in _KINDS


def name_of(item: dict[str, Any]) -> str:
    """The tool's name."""
    return _KINDS[item["type"]].name


def call_id(item: dict[str, Any]) -> str | None:
    """The id by which a tool message answers it."""
    identity = item.get(_KINDS[item["type"]].identity)
    return identity if isinstance(identity, str) else None


def arguments(item: dict[str, Any]) -> str:
    """What is asked for, as JSON text."""
    value: Any = next((item[name] for name in _ARGUMENTS if item.get(name) is not None), {})
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def output_item(kind: str, identity: str, message: Message) -> dict[str, Any] | None:
    """The item that answers a native call of this type; None if there is no such type."""
    known = _KINDS.get(kind)
    if known is None:
        return None
    item: dict[str, Any] = {"type": known.output, known.reference: identity}
    if kind == "tool_search_call":
        item |= {"execution": "client", "status": "completed"}
    image = next((part.image_url for part in message.parts if part.image_url), None)
    if kind == "computer_call" and image is not None:
        return item | {"output": {"type": "computer_screenshot", "image_url": image.url}}
    return item | _members(message.text)


def _members(text: str) -> dict[str, Any]:
    try:
        members: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        members = None
    return members if isinstance(members, dict) else {"output": text}
