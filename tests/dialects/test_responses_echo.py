"""An answer, shown to a client and echoed by it, becomes the vendor's own items again."""

import json
from typing import Any

import pytest

from service.dialects.responses import OpenAIResponses
from service.dialects.responses.decoder import BodyDecoder
from service.edge.openai_json import completion
from service.errors import InvalidRequest
from service.types.fold import fold
from tests.asking import chat
from tests.dialects.responses_asking import ENDPOINT, USER
from tests.dialects.test_responses_answer import NATIVE
from tests.dialects.test_responses_stream import IMAGE, MESSAGE, OPEN_THOUGHT, PARIS, ROME, SEARCH, THOUGHT
from tests.dialects.test_responses_types import validated

Item = dict[str, Any]

SIMPLE = {
    "type": "reasoning",
    "id": "rs_9",
    "summary": [{"type": "summary_text", "text": "Hm."}],
    "encrypted_content": "secret 9",
}
BARE = {"type": "reasoning", "id": "rs_8", "summary": [], "encrypted_content": "secret 8"}
SPOKEN = {
    "type": "message",
    "id": "msg_9",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Äh, so.", "annotations": []}],
}
SAID = SPOKEN | {
    "id": "msg_1",
    "phase": "commentary",
    "content": [
        {"type": "output_text", "text": "Hello", "annotations": []},
        {"type": "refusal", "refusal": "No."},
    ],
}
CUSTOM = {"type": "custom_tool_call", "call_id": "c3", "name": "sql", "input": "SELECT 1"}
COMPACTION = {"type": "compaction", "id": "cmp_1", "encrypted_content": "secret 7"}
MCP = {
    "type": "mcp_call",
    "id": "mcp_1",
    "name": "ask",
    "server_label": "w",
    "arguments": "{}",
    "output": "42",
}


def bare(call: Item) -> Item:
    """A function call without its own id, which is nobody's concern."""
    return {name: value for name, value in call.items() if name != "id"}


def shown(*output: Item) -> Item:
    """The message that a client sees."""
    decoder = BodyDecoder("acme")
    decoder.feed(json.dumps({"status": "completed", "output": list(output)}).encode())
    message: Item = completion(fold(decoder.end()), "id", 1, "m")["choices"][0]["message"]
    return json.loads(json.dumps(message))  # type: ignore[no-any-return]


def items(*messages: Item) -> list[Item]:
    request = chat(messages=[{"role": "user", "content": "Hi"}, *messages])
    body = validated(json.loads(OpenAIResponses().encode(request, ENDPOINT, {}).body))
    assert body["input"][0] == USER
    return body["input"][1:]  # type: ignore[no-any-return]


ECHOES: list[tuple[list[Item], list[Item]]] = [
    ([SIMPLE, PARIS], [SIMPLE, bare(PARIS)]),
    ([SIMPLE, PARIS, BARE, ROME], [SIMPLE, bare(PARIS), BARE, bare(ROME)]),
    ([THOUGHT, OPEN_THOUGHT, PARIS], [THOUGHT, OPEN_THOUGHT, bare(PARIS)]),
    ([THOUGHT, SPOKEN], [THOUGHT, SPOKEN]),
    ([SIMPLE, MESSAGE, BARE, SPOKEN | {"phase": "final_answer"}],
     [SIMPLE, SPOKEN | {"id": "msg_1", "phase": "commentary", "content": SAID["content"][:1]}, BARE,
      SPOKEN | {"phase": "final_answer", "content": [*SPOKEN["content"], SAID["content"][1]]}]),
    ([MESSAGE, PARIS], [SAID, bare(PARIS)]),
    ([BARE, SEARCH, SIMPLE, SPOKEN], [BARE, SEARCH, SIMPLE, SPOKEN]),
    ([IMAGE, SPOKEN], [IMAGE, SPOKEN]),
    ([COMPACTION, BARE, MCP, SPOKEN], [COMPACTION, BARE, MCP, SPOKEN]),
    ([BARE, CUSTOM | {"id": "ctc_1"}], [BARE, CUSTOM]),
    ([SPOKEN], [{"type": "message", "role": "assistant", "content": "Äh, so."}]),
    ([SPOKEN, BARE], [SPOKEN]),  # cut short: the vendor refuses thoughts that nothing follows
    ([BARE | {"encrypted_content": None}, PARIS], [bare(PARIS)]),  # it would be looked up in vain
    ([{**SIMPLE, "encrypted_content": None}, PARIS], [bare(PARIS)]),
    ([SEARCH | {"created_by": "x"}, SPOKEN], [SEARCH, SPOKEN]),
]  # fmt: skip


@pytest.mark.parametrize(("output", "expected"), ECHOES)
def test_an_echo_gives_the_items_back(output: list[Item], expected: list[Item]) -> None:
    assert items(shown(*output)) == expected


def test_a_changed_echo_keeps_what_it_can() -> None:
    """Text that was edited no longer fits its items: it becomes one message, calls fill the gaps."""
    message = shown(SIMPLE, SPOKEN, PARIS, BARE, ROME)

    assert items(message | {"content": "Other", "message_items": message["message_items"]}) == [
        SIMPLE,
        {"type": "message", "role": "assistant", "content": "Other"},
        bare(PARIS),
        BARE,
        bare(ROME),
    ]


def test_another_vendors_thoughts_are_left_out() -> None:
    details = [
        {
            "type": "reasoning.text",
            "text": "Hm",
            "signature": "s",
            "format": "anthropic-claude-v1",
            "index": 0,
        },
        {"type": "reasoning.encrypted", "data": "x", "format": "google-gemini-v1", "id": "c1", "index": 1},
        {"type": "reasoning.encrypted", "data": "y", "index": 2},
    ]
    said = {"role": "assistant", "content": "So.", "reasoning": "Hm", "reasoning_details": details}

    assert items(said) == [{"type": "message", "role": "assistant", "content": "So."}]


def test_unjoined_pieces_are_joined() -> None:
    """Some clients echo the pieces of a stream."""
    named = {"format": "openai-responses-v1", "index": 0, "id": "rs_9"}
    details = [
        {"type": "reasoning.summary", "summary": "H", **named},
        {"type": "reasoning.summary", "summary": "m.", **named},
        {"type": "reasoning.encrypted", "data": "secret 9", **named},
    ]

    assert items({"role": "assistant", "content": "So.", "reasoning_details": details})[0] == SIMPLE


def test_thoughts_without_places_of_their_own_keep_their_order() -> None:
    """Some routers count the index of each kind of detail anew."""
    named = {"type": "reasoning.encrypted", "format": "openai-responses-v1", "index": 0}
    details = [{"data": f"secret {number}", "id": f"rs_{number}", **named} for number in (9, 8)]
    thoughts = [BARE | {"id": f"rs_{number}", "encrypted_content": f"secret {number}"} for number in (9, 8)]

    said = {"role": "assistant", "content": "So.", "reasoning_details": details}
    assert items(said)[:2] == thoughts


ANSWERS: list[tuple[str, Any, Item]] = [
    (
        "computer_call",
        [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}],
        {
            "type": "computer_call_output",
            "call_id": "c1",
            "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,aGk="},
        },
    ),
    (
        "tool_search_call",
        '{"tools": []}',
        {
            "type": "tool_search_output",
            "call_id": "c1",
            "execution": "client",
            "status": "completed",
            "tools": [],
        },
    ),
    (
        "shell_call",
        '{"output": [{"stdout": "a", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]}',
        {
            "type": "shell_call_output",
            "call_id": "c1",
            "output": [{"stdout": "a", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
        },
    ),
    ("local_shell_call", "a", {"type": "local_shell_call_output", "id": "c1", "output": "a"}),
    (
        "apply_patch_call",
        '{"status": "completed"}',
        {"type": "apply_patch_call_output", "call_id": "c1", "status": "completed"},
    ),
    (
        "mcp_approval_request",
        '{"approve": true}',
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
    ),
]


@pytest.mark.parametrize(("kind", "content", "expected"), ANSWERS)
def test_native_calls_are_answered_in_kind(kind: str, content: Any, expected: Item) -> None:
    [item] = [{"status": "completed"} | item for item, *_ in NATIVE if item["type"] == kind]
    if kind == "mcp_approval_request":
        del item["status"]
    if kind == "local_shell_call":
        item["action"] = item["action"] | {"env": {}}
    message = shown(BARE, item)
    [call] = message["tool_calls"]
    answer = {"role": "tool", "tool_call_id": call["id"], "content": content}

    assert items(message, answer) == [BARE, item, expected]


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"message_items": [{"id": "m", "index": 0, "length": -1}]}, "messages[1].message_items[0].length"),
        ({"phase": 1}, "messages[1].phase"),
        (
            {"tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql"}}]},
            "messages[1].tool_calls[0].custom.input",
        ),
        ({"tool_calls": [{"id": "c", "type": "wonder"}]}, "messages[1].tool_calls[0].type"),
    ],
)
def test_an_unreadable_echo_is_named(members: Item, field: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        items({"role": "assistant", "content": "So.", **members})

    assert [each.field for each in error.value.violations] == [field]


@pytest.mark.parametrize(
    "details",
    [
        [{"type": "reasoning.encrypted", "data": 7, "index": "x", "id": []}],
        [{"type": "reasoning.summary", "summary": None, "index": -5}, {"type": None}],
        [{"type": "reasoning.encrypted", "data": "x", "index": 10**12, "block": 7}],
        [{"type": "reasoning.server_tool_call", "index": 0, "block": {}}],
    ],
)
def test_odd_details_do_no_harm(details: list[Item]) -> None:
    odd = [each | {"format": "openai-responses-v1"} for each in details]
    request = chat(
        messages=[{"role": "assistant", "content": "So.", "reasoning_details": odd, "images": [{}]}]
    )

    assert OpenAIResponses().encode(request, ENDPOINT, {}).body
