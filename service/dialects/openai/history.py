"""The messages of a conversation, for vendors that take some of their members by another name or not at all.

What needs no change keeps its bytes: a message, and in a changed message every other member. What answers of
ours hold for other wire formats goes to no vendor of this one: members that Pointsman made up, and the
reasoning details of vendors whose blocks they are; only who takes OpenRouter's `reasoning` takes those.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Raw

from service.types.quirks import Quirks

_lists = msgspec.json.Decoder(list[Raw])
_objects = msgspec.json.Decoder(dict[str, Raw])
_INSTRUCTIONS = (b'"system"', b'"developer"')
_THOUGHTS = ("reasoning", "reasoning_content")
_OURS = ("message_items", "provider_metadata", "content_parts")
_DETAILS = "reasoning_details"
_FOREIGN = ("anthropic-claude-v1", "google-gemini-v1", "openai-responses-v1")
_SIGNS = tuple(f'"{name}"'.encode() for name in (*_OURS, _DETAILS))


def messages(given: Raw, quirks: Quirks) -> Any:
    """Changes what the quirks say, and takes out what is not for this vendor."""
    changes = quirks.system_role or quirks.reasoning_history or quirks.unknown_members
    if not changes and not any(sign in bytes(given) for sign in _SIGNS):
        return given
    return [_message(message, quirks) for message in _lists.decode(given)]


def without(given: Raw, names: Collection[str]) -> Raw | dict[str, Raw]:
    """Leaves members out of an object."""
    members = _objects.decode(given)
    kept = {name: value for name, value in members.items() if name not in names}
    return given if len(kept) == len(members) else kept


def _message(given: Raw, quirks: Quirks) -> Any:
    members: dict[str, Any] = dict(_objects.decode(given))
    before = dict(members)
    for ours in _OURS:
        members.pop(ours, None)
    if _DETAILS in members and quirks.reasoning_request != "reasoning":
        members = _without_foreign_details(members)
    role = bytes(members["role"])
    if quirks.system_role and role in _INSTRUCTIONS:
        name = f'"{quirks.system_role}"'.encode()
        members["role"] = members["role"] if role == name else quirks.system_role
    if quirks.reasoning_history and role == b'"assistant"':
        members = _with_thoughts_as(quirks.reasoning_history, members)
    if quirks.unknown_members:
        members = {name: value for name, value in members.items() if name not in quirks.unknown_members}
        content = members.get("content")
        if content is not None and bytes(content).startswith(b"["):
            known = [without(part, quirks.unknown_members) for part in _lists.decode(content)]
            if any(isinstance(part, dict) for part in known):
                members["content"] = known
    unchanged = members.keys() == before.keys() and all(members[name] is before[name] for name in before)
    return given if unchanged else members


def _without_foreign_details(members: dict[str, Any]) -> dict[str, Any]:
    details = msgspec.json.decode(members[_DETAILS])
    raws = _lists.decode(members[_DETAILS]) if details else []
    kept = [
        raw for raw, detail in zip(raws, details or (), strict=True) if detail.get("format") not in _FOREIGN
    ]
    if len(kept) == len(raws):
        return members
    others = {name: kept if name == _DETAILS else value for name, value in members.items()}
    return others if kept else {name: value for name, value in others.items() if name != _DETAILS}


def _with_thoughts_as(wanted: str, members: dict[str, Any]) -> dict[str, Any]:
    """Renames thoughts in their place. Answers of some vendors hold them under both names."""
    if wanted in members:
        return {name: value for name, value in members.items() if name == wanted or name not in _THOUGHTS}
    return {wanted if name in _THOUGHTS else name: value for name, value in members.items()}
