"""The conversation as Bedrock takes it: turns, results, instructions, points of caching."""

from typing import Any

import pytest

from service.errors import InvalidRequest
from tests.dialects.converse import (
    CLAUDE,
    IMAGE,
    LLAMA,
    NOVA,
    PDF,
    answer,
    assistant,
    document,
    encoded,
    file,
    image,
    result,
    sent,
    turn,
    use,
    user,
)
from tests.upstreams.fake_bedrock import text

MISTRAL = "mistral.mistral-large-2402-v1:0"
EPHEMERAL = {"type": "ephemeral"}
POINT = {"cachePoint": {"type": "default"}}


def said(words: str, **members: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **members}


# Name, model, messages, what is sent of them.
TURNS: list[tuple[str, str, list[dict[str, Any]], list[dict[str, Any]]]] = [
    ("a string", CLAUDE, [user("Hi")], [turn("user", "Hi")]),
    ("parts", CLAUDE, [user(said("a"), image(), said("b"))], [turn("user", "a", IMAGE, "b")]),
    ("blank text is left out", CLAUDE, [user(said(" "), image())], [turn("user", IMAGE)]),
    ("neighbours of one role", NOVA, [user("a"), user("b")], [turn("user", "a", "b")]),
    ("names", CLAUDE, [{**user("Hi"), "name": "Ada"}], [turn("user", "Ada: Hi")]),
    (
        "a name before the first words",
        CLAUDE,
        [{**user(image(), said("Hi")), "name": "Ada"}, {**user(image()), "name": "Bob"}],
        [turn("user", IMAGE, "Ada: Hi", "Bob:", IMAGE)],
    ),
    (
        "blank messages between others",
        CLAUDE,
        [user(" "), user("a"), assistant(""), user("b"), assistant(" ")],
        [turn("user", "a", "b")],
    ),
    (
        "what was said in audio",
        CLAUDE,
        [user("a"), assistant(audio={"id": "x", "transcript": "Hm"}), user("b")],
        [turn("user", "a"), turn("assistant", "Hm"), turn("user", "b")],
    ),
    ("prefill", CLAUDE, [user("a"), assistant("{ ")], [turn("user", "a"), turn("assistant", "{")]),
    (
        "a refusal",
        CLAUDE,
        [user("a"), assistant(refusal="No."), user("b")],
        [turn("user", "a"), turn("assistant", "No."), turn("user", "b")],
    ),
    (
        "parallel calls; results in the order of the calls, before the user's words",
        CLAUDE,
        [user("a"), assistant("Let me see.", "t1", "t2"), result("t2"), user("Go on"), result("t1", "22")],
        [
            turn("user", "a"),
            turn("assistant", "Let me see.", use("t1"), use("t2")),
            turn("user", answer("t1", "22"), answer("t2", "18"), "Go on"),
        ],
    ),
    (
        "results with images and files",
        CLAUDE,
        [user("a"), assistant(None, "t1"), result("t1", [said("See"), image(), file(file_data=PDF)])],
        [
            turn("user", "a"),
            turn("assistant", use("t1")),
            turn("user", answer("t1", "See", IMAGE, document("Document", "pdf"))),
        ],
    ),
    (
        "an empty result",
        CLAUDE,
        [user("a"), assistant(None, "t1"), result("t1", "")],
        [turn("user", "a"), turn("assistant", use("t1")), turn("user", answer("t1"))],
    ),
    *(
        (
            f"a blank result at {model}",
            model,
            [user("a"), assistant(None, "t1"), result("t1", blank)],
            [turn("user", "a"), turn("assistant", use("t1")), turn("user", answer("t1", *told))],
        )
        for model, blank, told in (
            (CLAUDE, " ", []),
            (CLAUDE, [], []),
            (NOVA, "", ["(no output)"]),
            (MISTRAL, [said("\n")], ["(no output)"]),
        )
    ),
    (
        "an image beside JSON",
        MISTRAL,
        [user("a"), assistant(None, "t1"), result("t1", [said('{"c": 18}'), image()])],
        [turn("user", "a"), turn("assistant", use("t1")), turn("user", answer("t1", '{"c": 18}', IMAGE))],
    ),
    (
        "results as JSON where the family wants it",
        MISTRAL,
        [user("a"), assistant(None, "t1", "t2"), result("t1", '{"c": 18}'), result("t2", "22")],
        [
            turn("user", "a"),
            turn("assistant", use("t1"), use("t2")),
            turn("user", answer("t1", {"json": {"c": 18}}), answer("t2", "22")),
        ],
    ),
    (
        "results that have to stand alone",
        LLAMA,
        [user("a"), assistant(None, "t1"), result("t1"), user("b")],
        [
            turn("user", "a"),
            turn("assistant", use("t1")),
            turn("user", answer("t1", "18")),
            turn("assistant", "Understood."),
            turn("user", "b"),
        ],
    ),
    (
        "ids that Bedrock would refuse",
        CLAUDE,
        [user("a"), assistant(None, "a|b", "x" * 65), result("x" * 65), result("a|b", "22")],
        [
            turn("user", "a"),
            turn("assistant", use("call_0"), use("call_1")),
            turn("user", answer("call_0", "22"), answer("call_1", "18")),
        ],
    ),
    (
        "ids that are made stay apart from those that are there",
        CLAUDE,
        [user("a"), assistant(None, "a|b", "call_0"), result("call_0"), result("a|b", "22")],
        [
            turn("user", "a"),
            turn("assistant", use("call_1"), use("call_0")),
            turn("user", answer("call_1", "22"), answer("call_0", "18")),
        ],
    ),
    (
        "ids that come again",
        CLAUDE,
        [
            user("a"),
            *(assistant(None, "x", "x"), result("x", "1"), result("x", "2")),
            *(assistant(None, "x"), result("x", "3"), result("lost", "4")),
        ],
        [
            turn("user", "a"),
            turn("assistant", use("x"), use("call_0")),
            turn("user", answer("x", "1"), answer("call_0", "2")),
            turn("assistant", use("call_1")),
            turn("user", answer("call_1", "3"), answer("lost", "4")),
        ],
    ),
    (
        "an assistant that begins",
        NOVA,
        [assistant("Hello"), user("Hi")],
        [turn("user", "(The assistant begins.)"), turn("assistant", "Hello"), turn("user", "Hi")],
    ),
    (
        "an assistant that may begin",
        CLAUDE,
        [assistant("Hello"), user("Hi")],
        [turn("assistant", "Hello"), turn("user", "Hi")],
    ),
    ("only instructions", CLAUDE, [{"role": "system", "content": "Hi"}], [turn("user", "Hi")]),
    (
        "cache points",
        CLAUDE,
        [
            user(said("a", cache_control={**EPHEMERAL, "ttl": "1h"}), said("b")),
            assistant(None, "t1"),
            result("t1", cache_control=EPHEMERAL),
            {**user("c"), "cache_control": EPHEMERAL},
        ],
        [
            turn("user", "a", {"cachePoint": {"type": "default", "ttl": "1h"}}, "b"),
            turn("assistant", use("t1")),
            turn("user", answer("t1", "18"), POINT, "c", POINT),
        ],
    ),
    (
        "cache points of calls, of parts of results, and before a prefill",
        CLAUDE,
        [
            user("a"),
            assistant(None, "t1", cache_control=EPHEMERAL),
            result("t1", [said("18", cache_control=EPHEMERAL)]),
            assistant("{ ", cache_control=EPHEMERAL),
        ],
        [
            turn("user", "a"),
            turn("assistant", use("t1"), POINT),
            turn("user", answer("t1", "18"), POINT),
            turn("assistant", "{", POINT),
        ],
    ),
    (
        "cache points of Nova have no time to live",
        NOVA,
        [user(said("a", cache_control={**EPHEMERAL, "ttl": "1h"}))],
        [turn("user", "a", POINT)],
    ),
    ("cache points of others", LLAMA, [user(said("a", cache_control=EPHEMERAL))], [turn("user", "a")]),
]


@pytest.mark.parametrize(("model", "messages", "turns"), [r[1:] for r in TURNS], ids=[r[0] for r in TURNS])
def test_turns(model: str, messages: list[dict[str, Any]], turns: list[dict[str, Any]]) -> None:
    assert sent(model, messages=messages)["messages"] == turns


def test_instructions_come_together() -> None:
    body = sent(
        messages=[
            {"role": "system", "content": [said("a", cache_control=EPHEMERAL)]},
            user("Hi"),
            {"role": "developer", "content": "b"},
            assistant("Hello"),
        ]
    )

    assert body["system"] == [text("a"), POINT, text("b")]
    assert body["messages"] == [turn("user", "Hi"), turn("assistant", "Hello")]


def test_automatic_caching_is_a_point_at_the_end() -> None:
    assert sent(cache_control=EPHEMERAL)["messages"][-1]["content"][-1] == POINT


def test_tools_are_cached_where_they_may_be() -> None:
    tool = {"type": "function", "function": {"name": "f"}, "cache_control": EPHEMERAL}

    assert sent(tools=[tool])["toolConfig"]["tools"][1:] == [POINT]
    assert not sent(NOVA, tools=[tool])["toolConfig"]["tools"][1:]
    assert [each.param for each in encoded(LLAMA, tools=[tool]).dropped] == ["cache_control"]


SILENCE = [
    ([user("")], "messages[0].content"),
    ([user("  ")], "messages[0].content"),
    ([{"role": "user", "content": []}], "messages[0].content"),
    ([{"role": "system", "content": " "}, user("\n")], "messages[1].content"),
    ([user("a"), assistant("b"), user(" ")], "messages[2].content"),
    ([user("a"), assistant("b"), user(" "), {"role": "system", "content": "c"}], "messages[3].content"),
]


@pytest.mark.parametrize(("messages", "path"), SILENCE)
def test_something_must_be_said(messages: list[dict[str, Any]], path: str) -> None:
    with pytest.raises(InvalidRequest, match="must hold some content") as caught:
        encoded(messages=messages)

    assert caught.value.param == path


HOUR = {**EPHEMERAL, "ttl": "1h"}
TOOL = {"type": "function", "function": {"name": "f"}, "cache_control": EPHEMERAL}
# Name, model, messages, what is named as lost or changed.
LOST: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("detail", CLAUDE, {"messages": [user(image(detail="low"))]}, ["image_url.detail"]),
    ("an hour", NOVA, {"messages": [user(said("a", cache_control=HOUR))]}, ["cache_control.ttl"]),
    (
        "an hour at older Claudes",
        "anthropic.claude-3-7-sonnet-20250219-v1:0",
        {"cache_control": HOUR},
        ["cache_control.ttl"],
    ),
    ("an hour where it can be had", CLAUDE, {"cache_control": HOUR}, []),
    ("times of no sense", NOVA, {"cache_control": {**EPHEMERAL, "ttl": [1]}}, []),
    ("tools that are not cached", NOVA, {"tools": [TOOL]}, ["tools[0].cache_control"]),
    ("caching of all", LLAMA, {"cache_control": EPHEMERAL}, ["cache_control"]),
    ("white space", CLAUDE, {"messages": [user("a"), assistant("b ")]}, ["messages"]),
    (
        "white space before a cache point",
        CLAUDE,
        {"messages": [user("a"), assistant("b ", cache_control=HOUR)]},
        ["messages"],
    ),
    ("a beginning", NOVA, {"messages": [assistant("b"), user("a")]}, ["messages"]),
    (
        "a word between",
        LLAMA,
        {"messages": [user("a"), assistant(None, "t"), result("t"), user("b")]},
        ["messages"],
    ),
    (
        "a blank result",
        NOVA,
        {"messages": [user("a"), assistant(None, "t"), result("t", "")]},
        ["messages[2].content"],
    ),
    (
        "images and sounds of the assistant",
        CLAUDE,
        {
            "messages": [
                user("a"),
                assistant("b", images=[image()]),
                user("c"),
                assistant(audio={"id": "x"}),
                user("d"),
            ]
        },
        ["messages[1].images", "messages[3].audio"],
    ),
]


@pytest.mark.parametrize(("model", "members", "params"), [r[1:] for r in LOST], ids=[r[0] for r in LOST])
def test_what_is_lost_is_named(model: str, members: dict[str, Any], params: list[str]) -> None:
    assert [each.param for each in encoded(model, **members).dropped] == params
