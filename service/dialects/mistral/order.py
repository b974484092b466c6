"""The order of turns that Mistral takes.

It refuses others (400, code 3230: "Unexpected role 'user' after role 'tool'"): instructions may stand neither
after the assistant or a tool nor at the end, and a user may not follow a tool. Source: the checks of
mistral-common, `_validate_message_order` and `_validate_last_message`.
"""

from typing import Any

from service.types.upstream import Dropped

_BRIDGE = "OK."


def in_order(messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Dropped]]:
    """Brings the turns into that order without moving one, and names what was changed."""
    ordered: list[dict[str, Any]] = []
    changed: list[Dropped] = []
    for place, message in enumerate(messages):
        before = ordered[-1]["role"] if ordered else None
        last = place == len(messages) - 1
        if message["role"] == "system" and (last or before in ("assistant", "tool")):
            message = {**message, "role": "user"}  # noqa: PLW2901 - the same turn
            reason = "Mistral takes no instructions at this place; they were sent as the user's"
            changed.append(Dropped(f"messages[{place}].role", reason))
        if message["role"] == "user" and before == "tool":
            ordered.append({"role": "assistant", "content": _BRIDGE})
            reason = f"Mistral takes no user after a tool; the assistant's '{_BRIDGE}' was put before it"
            changed.append(Dropped(f"messages[{place}]", reason))
        ordered.append(message)
    return ordered, changed
