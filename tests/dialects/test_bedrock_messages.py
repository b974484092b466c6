"""The conversation as Bedrock takes it: turns, results, media, thoughts put back in place."""

import base64
import json
import time
from typing import Any

import pytest

from service.errors import InvalidRequest
from service.types.media import OPEN, Media
from tests.asking import chat
from tests.dialects.converse import BEDROCK, CLAUDE, encoded, endpoint_of, folded, sent
from tests.upstreams.fake_bedrock import EVENT_STREAM, events, text, thought, tool_use, whole

NOVA, NOVA_2 = "us.amazon.nova-pro-v1:0", "us.amazon.nova-2-lite-v1:0"
MISTRAL, LLAMA = "mistral.mistral-large-2402-v1:0", "us.meta.llama3-3-70b-instruct-v1:0"
DATA = base64.b64encode(b"\x89PNG bytes").decode()
PNG = f"data:image/png;base64,{DATA}"
BYTES = {"bytes": DATA}
EPHEMERAL = {"type": "ephemeral"}
POINT = {"cachePoint": {"type": "default"}}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content[0] if isinstance(content[0], str) else list(content)}


def assistant(content: str | None = None, *calls: str, **members: Any) -> dict[str, Any]:
    told = [{"id": id_, "type": "function", "function": {"name": "f", "arguments": "{}"}} for id_ in calls]
    return {"role": "assistant", "content": content, **({"tool_calls": told} if told else {}), **members}


def result(id_: str, content: Any = "18", **members: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": content, **members}


def turn(role: str, *blocks: Any) -> dict[str, Any]:
    return {"role": role, "content": [text(each) if isinstance(each, str) else each for each in blocks]}


def use(id_: str) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": id_, "name": "f", "input": {}}}


def answer(id_: str, *content: Any) -> dict[str, Any]:
    told = [text(each) if isinstance(each, str) else each for each in content]
    return {"toolResult": {"toolUseId": id_, "content": told}}


def image(url: str = PNG, **members: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **members}}


def said(words: str, **members: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **members}


def file(**members: str) -> dict[str, Any]:
    return {"type": "file", "file": members}


def document(name: str, form: str, source: dict[str, Any] = BYTES) -> dict[str, Any]:
    return {"document": {"format": form, "source": source, "name": name}}


IMAGE = {"image": {"format": "png", "source": BYTES}}
PDF = f"data:application/pdf;base64,{DATA}"
CLAUDE_TEXT = {"type": "reasoning.text", "format": "anthropic-claude-v1"}

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
    (
        "thoughts of Claude, in their places",
        CLAUDE,
        [
            user("a"),
            assistant(
                "Text",
                "t1",
                "t2",
                reasoning_details=[
                    {**CLAUDE_TEXT, "text": "One", "signature": "c2ln", "index": 0},
                    {
                        "type": "reasoning.encrypted",
                        "data": DATA,
                        "format": "anthropic-claude-v1",
                        "index": 2,
                        "position": {"content": 4},
                    },
                    {
                        **CLAUDE_TEXT,
                        "text": "Two",
                        "signature": "c2ln",
                        "index": 4,
                        "position": {"content": 4, "tool_calls": 1},
                    },
                ],
            ),
            result("t1"),
        ],
        [
            turn("user", "a"),
            turn(
                "assistant",
                thought("One", "c2ln"),
                "Text",
                {"reasoningContent": {"redactedContent": DATA}},
                use("t1"),
                thought("Two", "c2ln"),
                use("t2"),
            ),
            turn("user", answer("t1", "18")),
        ],
    ),
    (
        "thoughts as clients keep them that join pieces poorly",
        CLAUDE,
        [
            user("a"),
            assistant(
                "Text",
                reasoning_details=[
                    {**CLAUDE_TEXT, "text": "O", "index": 0},
                    {"type": "reasoning.text", "text": "ne", "signature": "c2ln", "index": 0},
                    {
                        "type": "reasoning.text",
                        "signature": "c2lo",
                        "format": "anthropic-claude-v1" * 2,
                        "index": 1,
                    },
                ],
            ),
        ],
        [turn("user", "a"), turn("assistant", thought("One", "c2ln"), thought("", "c2lo"), "Text")],
    ),
    (
        "thoughts of others, in an unknown format, are none of Nova's",
        NOVA_2,
        [
            user("a"),
            assistant("b", reasoning_details=[{"type": "reasoning.text", "text": "x", "format": "unknown"}]),
        ],
        [turn("user", "a"), turn("assistant", "b")],
    ),
    (
        "thoughts that Claude would refuse",
        CLAUDE,
        [
            user("a"),
            assistant(
                "Text",
                reasoning="Plain",
                reasoning_details=[
                    {**CLAUDE_TEXT, "text": "unsigned", "index": 0},
                    {"type": "reasoning.text", "text": "x", "signature": "s", "format": "google-gemini-v1"},
                    {
                        "type": "reasoning.encrypted",
                        "data": DATA,
                        "format": "openai-responses-v1",
                        "index": 1,
                    },
                    {"type": "reasoning.summary", "summary": "x", "format": "anthropic-claude-v1"},
                ],
            ),
        ],
        [turn("user", "a"), turn("assistant", "Text")],
    ),
    (
        "thoughts of a family that does not want them",
        LLAMA,
        [
            user("a"),
            assistant(
                "b",
                reasoning_details=[{"type": "reasoning.text", "text": "x", "format": "bedrock-converse-v1"}],
            ),
        ],
        [turn("user", "a"), turn("assistant", "b")],
    ),
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


PARTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("jpg", image(f"data:image/jpg;base64,{DATA}"), {"image": {"format": "jpeg", "source": BYTES}}),
    (
        "S3",
        image("s3://b/a.webp"),
        {"image": {"format": "webp", "source": {"s3Location": {"uri": "s3://b/a.webp"}}}},
    ),
    ("a link", image("https://x.test/a?b"), {"image": {"format": "gif", "source": BYTES}}),
    (
        "audio",
        {"type": "input_audio", "input_audio": {"data": DATA, "format": "wav"}},
        {"audio": {"format": "wav", "source": BYTES}},
    ),
    (
        "video",
        {"type": "video_url", "video_url": {"url": f"data:video/quicktime;base64,{DATA}"}},
        {"video": {"format": "mov", "source": BYTES}},
    ),
    (
        "video by its old name",
        {"type": "input_video", "input_video": {"url": "s3://b/v.3gp"}},
        {"video": {"format": "three_gp", "source": {"s3Location": {"uri": "s3://b/v.3gp"}}}},
    ),
    (
        "PDF",
        file(file_data=PDF, filename="a/Über_the  sea (1).v2.pdf"),
        document("ber the sea (1) v2", "pdf"),
    ),
    ("text", file(file_data=f"data:text/plain;base64,{DATA}"), document("Document", "txt")),
    (
        "Word",
        file(
            file_data="data:application/vnd.openxmlformats-officedocument.wordprocessingml.document;base64,"
            + DATA
        ),
        document("Document", "docx"),
    ),
    (
        "by the name alone",
        file(file_data=f"data:application/octet-stream;base64,{DATA}", filename="table.CSV"),
        document("table", "csv"),
    ),
    (
        "a document in S3",
        file(file_id=" S3://b/d.md"),
        document("Document", "md", {"s3Location": {"uri": "s3://b/d.md"}}),
    ),
    ("a linked document", file(file_data="https://x.test/d.pdf"), document("Document", "pdf")),
    ("a picture as a file", file(file_data=PNG), IMAGE),
]
FETCHED = {
    "https://x.test/a?b": Media("image/gif", DATA),
    "https://x.test/d.pdf": Media("application/pdf", DATA),
    **dict.fromkeys(("s3://b/a.webp", "s3://b/v.3gp", " S3://b/d.md"), OPEN),
}


@pytest.mark.parametrize(("part", "block"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_parts(part: dict[str, Any], block: dict[str, Any]) -> None:
    links = BEDROCK.links(chat(messages=[user(part)]), endpoint_of())
    media = {url: FETCHED[url] for url in links}

    assert sent(media=media, messages=[user(part)])["messages"][0]["content"] == [block]


def test_links_are_told_once() -> None:
    parts = [image("https://x.test/a"), image(), image("HTTP://x.test/b"), image("https://x.test/a")]

    assert BEDROCK.links(chat(messages=[user(*parts)]), endpoint_of()) == [
        "https://x.test/a",
        "HTTP://x.test/b",
    ]


def test_names_of_documents_are_unique() -> None:
    parts = [
        file(file_data=PDF, filename="a.pdf"),
        file(file_data=PDF, filename="a.csv"),
        file(file_data=PDF),
    ]
    blocks = sent(messages=[user(*parts)])["messages"][0]["content"]

    assert [block["document"]["name"] for block in blocks] == ["a", "a (2)", "Document"]


BROKEN = [
    (image("data:image/png;base64,"), "messages[0].content[0].image_url.url"),
    (image(f"data:image/tiff;base64,{DATA}"), "messages[0].content[0].image_url.url"),
    (image("ftp://x.test/a.png"), "messages[0].content[0].image_url.url"),
    (
        {"type": "input_audio", "input_audio": {"data": DATA, "format": "aiff"}},
        "messages[0].content[0].input_audio.format",
    ),
    (
        {"type": "input_audio", "input_audio": {"data": "!", "format": "wav"}},
        "messages[0].content[0].input_audio.data",
    ),
    (image("s3://b/a.png"), "messages[0].content[0].image_url.url"),
    (image(" S3://b/a.png"), "messages[0].content[0].image_url.url"),
    (file(file_data="s3://b/a.pdf"), "messages[0].content[0].file.file_data"),
    (file(file_id="s3://b/a.pdf"), "messages[0].content[0].file.file_id"),
    (file(filename="a.pdf"), "messages[0].content[0].file.file_id"),
    (file(file_id="file-1"), "messages[0].content[0].file.file_id"),
    (file(file_data=f"data:application/zip;base64,{DATA}"), "messages[0].content[0].file.file_data"),
    ({"type": "hologram"}, "messages[0].content[0].type"),
]


@pytest.mark.parametrize(("part", "path"), BROKEN)
def test_what_cannot_be_read_is_told_by_its_path(part: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        encoded(messages=[user(part)])

    assert caught.value.param == path


def test_a_bucket_of_another_cloud_is_refused_even_if_it_is_open() -> None:
    with pytest.raises(InvalidRequest, match="S3"):
        encoded(media={"gs://b/a.png": OPEN}, messages=[user(image("gs://b/a.png"))])


IN_S3 = {"document": {"format": "pdf", "name": "d", "source": {"s3Location": {"uri": "s3://b/d.pdf"}}}}


def test_objects_in_s3_do_not_come_in_by_an_echo() -> None:
    detail = {
        "type": "reasoning.server_tool_call",
        "format": "bedrock-converse-v1",
        "block": [{"toolResult": {"toolUseId": "t", "content": [IN_S3]}}],
    }

    with pytest.raises(InvalidRequest) as caught:
        encoded(NOVA_2, messages=[user("a"), assistant("b", reasoning_details=[detail]), user("c")])
    assert caught.value.param == "messages[1].reasoning_details[0].block"


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


def test_many_files_of_one_name_take_no_time() -> None:
    start = time.perf_counter()
    blocks = sent(messages=[user(*[file(file_data=PDF, filename="a.pdf")] * 3000)])["messages"][0]["content"]

    assert len({block["document"]["name"] for block in blocks}) == 3000
    assert time.perf_counter() - start < 3


BLOCKS: list[tuple[str, str, list[dict[str, Any]]]] = [
    (
        "thoughts, text and calls",
        CLAUDE,
        [thought("a", "c2ln"), text("b"), tool_use(0, "f", {"x": 1}), tool_use(1, "g", {})],
    ),
    ("thoughts after the text", CLAUDE, [text("b"), thought("a", "c2ln")]),
    ("thoughts that are not shown", CLAUDE, [thought("", "c2ln"), text("b")]),
    (
        "thoughts between texts and calls",
        CLAUDE,
        [
            *(thought("a", "c2ln"), text("One"), thought("", "c2lo"), text("Two")),
            *({"reasoningContent": {"redactedContent": DATA}}, tool_use(0, "f", {})),
            *(thought("b", "c2lp"), text("Three"), tool_use(1, "f", {})),
        ],
    ),
    ("hidden thoughts", CLAUDE, [{"reasoningContent": {"redactedContent": DATA}}, text("b")]),
    (
        "thoughts between calls",
        CLAUDE,
        [thought("a", "c2ln"), tool_use(0, "f", {}), thought("b", "c2lo"), tool_use(1, "f", {})],
    ),
    (
        "the vendor's own tool",
        NOVA_2,
        [
            {
                "toolUse": {
                    "toolUseId": "s1",
                    "name": "nova_code_interpreter",
                    "input": {"snippet": "1"},
                    "type": "server_tool_use",
                }
            },
            {
                "toolResult": {
                    "toolUseId": "s1",
                    "type": "nova_code_interpreter_result",
                    "status": "success",
                    "content": [{"json": {"out": 1}}],
                }
            },
            text("b"),
        ],
    ),
    (
        "the vendor's own tool, with words before its result",
        NOVA_2,
        [
            text("a"),
            {
                "toolUse": {
                    "toolUseId": "s1",
                    "name": "nova_grounding",
                    "input": {},
                    "type": "server_tool_use",
                }
            },
            text("b"),
            {"toolResult": {"toolUseId": "s1", "status": "success", "content": [{"text": "x"}]}},
            text("c"),
        ],
    ),
    (
        "unsigned thoughts",
        NOVA_2,
        [{"reasoningContent": {"reasoningText": {"text": "[REDACTED]"}}}, text("b")],
    ),
]


@pytest.mark.parametrize(("model", "blocks"), [row[1:] for row in BLOCKS], ids=[row[0] for row in BLOCKS])
def test_an_answer_that_comes_back_is_what_the_model_wrote(model: str, blocks: list[dict[str, Any]]) -> None:
    delta = folded(json.dumps(whole(blocks, "end_turn")).encode(), "application/json", model).choices[0].delta
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in delta.tool_calls or ()
    ]
    back = {
        "role": "assistant",
        "content": delta.content,
        "reasoning": delta.reasoning,
        "reasoning_details": delta.reasoning_details,
        **({"tool_calls": calls} if calls else {}),
    }

    assert sent(model, messages=[user("a"), back, user("c")])["messages"][1]["content"] == blocks


@pytest.mark.parametrize("words", ["a thought", ""])
def test_streamed_thoughts_come_back_as_well(words: str) -> None:
    blocks = [text("a"), thought(words, "c2ln"), text("b")]
    delta = folded(b"".join(events(blocks, "end_turn")), EVENT_STREAM).choices[0].delta
    back = assistant(delta.content, reasoning_details=delta.reasoning_details)

    assert sent(messages=[user("a"), back])["messages"][1]["content"] == blocks
