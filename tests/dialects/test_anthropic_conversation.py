"""Conversations in OpenAI's form and the turns Anthropic gets for them: instructions, calls, results."""

import json
from typing import Any

import pytest

from service.dialects.anthropic.tool_ids import ToolIds
from tests.dialects.anthropic_asking import (
    ASKED,
    HI,
    MARK,
    NEW,
    NEWEST,
    PIXEL,
    WEATHER,
    body,
    called,
    text,
    user,
)

# A name; messages of the request; `system` and `messages` of the body.
CONVERSATIONS: list[tuple[str, list[dict[str, Any]], list[Any], list[Any]]] = [
    (
        "system and developer",
        [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            {"role": "user", "content": "Hi"},
        ],
        [text("Be brief."), text("Be kind.")],
        [user(*HI)],
    ),
    (
        "turns in a row become one",
        [
            {"role": "user", "content": "Hi"},
            {"role": "user", "content": "You there?"},
            {"role": "assistant", "content": "Yes."},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "Good"},
        ],
        [],
        [
            user(*HI, text("You there?")),
            {"role": "assistant", "content": [text("Yes."), text("Hello.")]},
            user(text("Good")),
        ],
    ),
    ("a name is said", [{"role": "user", "name": "Ada", "content": "Hi"}], [], [user(text("Ada: Hi"))]),
    ("instructions only", [{"role": "system", "content": "Tell a joke."}], [], [user(text("Tell a joke."))]),
    (
        "blank text is left out",
        [{"role": "user", "content": [{"type": "text", "text": " "}, {"type": "text", "text": "Hi"}]}],
        [],
        [user(*HI)],
    ),
    (
        "refusals are text",
        [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "refusal": "No."},
            {"role": "user", "content": "Why?"},
        ],
        [],
        [user(*HI), {"role": "assistant", "content": [text("No.")]}, user(text("Why?"))],
    ),
    (
        "cache markers of parts and messages",
        [
            {"role": "system", "content": "Long.", "cache_control": MARK},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": "b"},
                ],
            },
        ],
        [text("Long.", cache_control=MARK)],
        [user(text("a", cache_control={"type": "ephemeral"}), text("b"))],
    ),
    (
        "images and files",
        [
            {
                "role": "user",
                "content": [
                    {
                        "type": "image_url",
                        "image_url": {"url": f"data:image/png;base64,{PIXEL}"},
                    },
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                    {
                        "type": "file",
                        "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
                    },
                    {"type": "file", "file": {"file_data": "https://example.com/b.pdf"}},
                    {"type": "file", "file": {"file_data": "https://example.com/2301.00001?x=a.txt"}},
                    {"type": "file", "file": {"file_data": "https://example.com/b.PNG#1"}},
                    {
                        "type": "file",
                        "file": {
                            "filename": "b.pdf",
                            "file_data": "data:application/octet-stream;base64,JVBERi0=",
                        },
                    },
                    {
                        "type": "file",
                        "file": {"filename": "c.txt", "file_data": "data:text/plain;base64,SMOp"},
                    },
                ],
            }
        ],
        [],
        [
            user(
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                    "title": "a.pdf",
                },
                {"type": "document", "source": {"type": "url", "url": "https://example.com/b.pdf"}},
                {
                    "type": "document",
                    "source": {"type": "url", "url": "https://example.com/2301.00001?x=a.txt"},
                },
                {"type": "image", "source": {"type": "url", "url": "https://example.com/b.PNG#1"}},
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                    "title": "b.pdf",
                },
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "Hé"},
                    "title": "c.txt",
                },
            )
        ],
    ),
]


@pytest.mark.parametrize(
    ("messages", "system", "turns"), [row[1:] for row in CONVERSATIONS], ids=[r[0] for r in CONVERSATIONS]
)
def test_a_conversation(messages: Any, system: Any, turns: Any) -> None:
    built = body(messages=messages)

    assert built.get("system", []) == system
    assert built["messages"] == turns


ANSWERED = {"role": "assistant", "content": "Yes."}
RULE = {"role": "system", "content": "Now in French."}


@pytest.mark.parametrize(
    ("model", "messages", "roles", "system"),
    [
        (NEWEST, [ASKED, RULE], ["user", "system"], 0),
        (
            NEWEST,
            [ASKED, ANSWERED, RULE, ASKED, ANSWERED, ASKED],
            ["user", "assistant", "user", "system", "assistant", "user"],
            0,
        ),
        (NEWEST, [ASKED, RULE, RULE, ASKED], ["user", "system"], 0),
        (NEWEST, [ASKED, ANSWERED, RULE, ANSWERED, ASKED], ["user", "assistant", "user"], 1),
        (NEW, [ASKED, ANSWERED, RULE, ASKED], ["user", "assistant", "user"], 1),
    ],
)
def test_instructions_in_the_middle(model: str, messages: Any, roles: list[str], system: int) -> None:
    built = body(model, messages=messages)

    assert [turn["role"] for turn in built["messages"]] == roles
    assert len(built.get("system", [])) == system
    assert json.dumps(built).count("Now in French.") == messages.count(RULE)


def result(call: str, content: Any, **members: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call, "content": content, **members}


def test_parallel_calls_and_their_results() -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    later = result("b.2", [{"type": "text", "text": "map"}, picture], cache_control=MARK)
    messages = [ASKED, called("a:1", "b.2", "a_1"), later, ASKED, result("a:1", "18"), result("a_1", "")]

    built = body(messages=messages, tools=[WEATHER])

    uses = built["messages"][1]["content"]
    assert [use["id"] for use in uses] == ["a_1", "b_2", "a_1_1"]
    assert uses[0] == {"type": "tool_use", "id": "a_1", "name": "weather", "input": {"zeta": "x"}}
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    assert built["messages"][2] == user(
        {"type": "tool_result", "tool_use_id": "a_1", "content": "18"},
        {"type": "tool_result", "tool_use_id": "b_2", "content": [text("map"), image], "cache_control": MARK},
        {"type": "tool_result", "tool_use_id": "a_1_1", "content": ""},
        *HI,
    )


@pytest.mark.parametrize(
    ("turns", "ids"),
    [
        ([["a"], ["a"], ["a_1"]], [["a"], ["a_1"], ["a_1_1"]]),
        ([["a", "a"], ["a"]], [["a", "a_1"], ["a_2"]]),
        ([["a:b"], ["a_b"]], [["a_b"], ["a_b_1"]]),
        ([["", ""]], [["call", "call_1"]]),
    ],
)
def test_every_call_has_an_id_of_its_own(turns: list[list[str]], ids: list[list[str]]) -> None:
    messages = [ASKED]
    for turn in turns:
        messages += [called(*turn), *(result(call, f"{place}") for place, call in enumerate(turn))]
    built = body(messages=messages, tools=[WEATHER])["messages"]

    assert [[use["id"] for use in turn["content"]] for turn in built[1::2]] == ids
    results = [[(each["tool_use_id"], each["content"]) for each in turn["content"]] for turn in built[2::2]]
    assert results == [[(call, f"{place}") for place, call in enumerate(turn)] for turn in ids]


def test_many_calls_with_one_id_take_no_time() -> None:
    ids = ToolIds()
    known = {ids.called(name) for _ in range(20_000) for name in ("a", "a:1", "a_1")}

    assert len(known) == 60_000


def test_what_stood_beside_a_call_goes_back() -> None:
    caller = {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}
    turn = called("a", "b", "c")
    turn["tool_calls"][0] |= {"caller": caller, "toolset_name": "t"}
    turn["tool_calls"][1] |= {"caller": "me", "toolset_name": 5}
    first, second, third = body(messages=[ASKED, turn], tools=[WEATHER])["messages"][1]["content"]

    assert (first["caller"], first["toolset_name"]) == (caller, "t")
    assert second.keys() == third.keys() == {"type", "id", "name", "input"}
