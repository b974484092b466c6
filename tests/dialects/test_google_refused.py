"""What Gemini cannot be asked: a hint that is lost is named, what changes the answer is refused."""

import json

import pytest

from service.dialects.google import Google
from service.dialects.google.vertex import GeminiOnVertex
from service.errors import InvalidRequest
from service.types.facts import Facts
from service.types.media import OPEN
from tests.asking import chat
from tests.dialects.google_asking import (
    CALLS,
    FILES,
    GEMINI_2,
    GEMINI_3,
    SAID,
    TOOL,
    USER,
    Json,
    choosing,
    endpoint,
    generation,
    image,
    part,
    sent,
)

DROPPED: Json = {
    "min_p": 0.1,
    "top_a": 0.1,
    "repetition_penalty": 1.1,
    "logit_bias": {"1": 1},
    "top_k": 0,
    "seed": 2**40,
    "parallel_tool_calls": False,
    "verbosity": "low",
    "modelArmorConfig": {},
    "outputConfig": {"outputUriPrefix": "gs://theirs/"},
    "prediction": {"type": "content", "content": "x"},
    "cache_control": {"type": "ephemeral"},
}


def test_what_google_lacks_is_named() -> None:
    body, request = sent(**DROPPED, image_config={"n": 2}, user="u", metadata={"a": "b"})

    assert {each.param for each in request.dropped} == {*DROPPED, "image_config.n"}
    assert body == {"contents": [SAID], **generation(imageConfig={})}


HINTS: list[tuple[str, Json, list[str]]] = [
    (
        GEMINI_3,
        {"tools": [{**TOOL, "function": {**TOOL["function"], "strict": True}}]},
        ["tools.function.strict"],
    ),
    (GEMINI_3, {"messages": [{**USER, "cache_control": {"type": "ephemeral"}}]}, ["cache_control"]),
    (GEMINI_3, {"messages": part(type="image_url", image_url={"url": FILES, "detail": "high"})}, []),
    (
        GEMINI_3,
        {"messages": part(type="image_url", image_url={"url": FILES, "detail": "odd"})},
        ["image_url.detail"],
    ),
    (
        GEMINI_2,
        {"messages": part(type="image_url", image_url={"url": FILES, "detail": "high"})},
        ["image_url.detail"],
    ),
    (GEMINI_3, {"reasoning_effort": "max"}, ["reasoning_effort"]),
    (GEMINI_3, {"stop": ["", "x"]}, ["stop"]),
    (GEMINI_3, {"tools": [{"type": "google_search"}], "tool_choice": "required"}, ["tool_choice"]),
    (
        GEMINI_3,
        {"web_search_options": {"search_context_size": "low"}},
        ["web_search_options.search_context_size"],
    ),
]


@pytest.mark.parametrize(("model", "members", "params"), HINTS)
def test_hints_that_are_lost_are_named(model: str, members: Json, params: list[str]) -> None:
    assert [each.param for each in sent(model, **members)[1].dropped] == params


OBSTACLES: list[tuple[Json, str]] = [
    ({"tools": [{"type": "mcp", "server_url": "x"}]}, "tools"),
    ({"response_format": {"type": "grammar"}}, "response_format"),
    ({"modalities": ["audio"], "audio": {"voice": "v", "format": "mp3"}}, "audio"),
    ({"modalities": ["image"]}, "modalities"),
    (choosing("sometimes"), "tool_choice"),
    (choosing({"type": "function", "function": {"name": "other"}}), "tool_choice"),
]


@pytest.mark.parametrize(("members", "field"), OBSTACLES)
def test_what_changes_the_answer_is_an_obstacle(members: Json, field: str) -> None:
    at = endpoint(GEMINI_3, vertex=False, facts=Facts(output_modalities=("text", "audio")))
    assert [each.field for each in Google().obstacles(chat(**members), at)] == [field]


JSON_FORMAT: Json = {"response_format": {"type": "json_object"}}
# What goes together since Gemini 3 only.
TOGETHER: list[tuple[Json, list[str]]] = [
    ({"tools": [TOOL], **JSON_FORMAT}, ["response_format"]),
    ({"web_search_options": {}, **JSON_FORMAT}, ["response_format"]),
    ({"tools": [TOOL], "web_search_options": {}}, ["web_search_options"]),
    ({"tools": [TOOL, {"type": "google_search"}]}, ["tools"]),
    ({"tools": [TOOL]}, []),
    (JSON_FORMAT, []),
    ({"tools": [{"type": "google_search"}, {"type": "url_context"}]}, []),
]


@pytest.mark.parametrize(("members", "fields"), TOGETHER)
def test_what_does_not_go_together_before_gemini_3(members: Json, fields: list[str]) -> None:
    for model, expected in ((GEMINI_2, fields), ("gemini-2.0-flash", fields), (GEMINI_3, []), ("tuned", [])):
        at = endpoint(model, vertex=False)
        assert [each.field for each in Google().obstacles(chat(**members), at)] == expected


def echoing(block: Json) -> list[Json]:
    detail = {"type": "reasoning.server_tool_call", "format": "google-gemini-v1", "index": 0, "block": block}
    return [USER, {"role": "assistant", "content": "x", "reasoning_details": [detail]}]


def drawn(url: str) -> list[Json]:
    return [USER, {"role": "assistant", "images": [{"type": "image_url", "image_url": {"url": url}}]}]


BUCKETS: list[tuple[list[Json], str]] = [
    (image("gs://b/a.png"), "messages[0].content[0].image_url.url"),
    (image(" GS://b/a.png"), "messages[0].content[0].image_url.url"),
    (image("s3://b/a.png"), "messages[0].content[0].image_url.url"),
    (part(type="file", file={"file_id": "gs://b/a.pdf"}), "messages[0].content[0].file.file_id"),
    (part(type="file", file={"file_data": "gs://b/a.pdf"}), "messages[0].content[0].file.file_data"),
    (part(type="video_url", video_url={"url": "gs://b/a.mp4"}), "messages[0].content[0].video_url.url"),
    (drawn("gs://b/a.png"), "messages[1].images[0].image_url.url"),
]
OTHER_SCHEMES: list[tuple[list[Json], str]] = [
    (image("file:///etc/a.png"), "messages[0].content[0].image_url.url"),
    (image("ftp://b/a.png"), "messages[0].content[0].image_url.url"),
    (part(type="file", file={"file_id": "file:///a.pdf"}), "messages[0].content[0].file.file_id"),
    (echoing({"fileData": {"fileUri": "gs://b/a"}}), "messages[1].reasoning_details"),
    (echoing({"file_data": {"file_uri": " GS://b/a"}}), "messages[1].reasoning_details"),
    (
        echoing({"functionResponse": {"parts": [{"fileData": {"fileUri": "gs://b/a"}}]}}),
        "messages[1].reasoning_details",
    ),
    (echoing({"fileData": {"fileUri": ["gs://b/a"]}}), "messages[1].reasoning_details"),
]


@pytest.mark.parametrize("vertex", [False, True])
@pytest.mark.parametrize(("messages", "field"), BUCKETS + OTHER_SCHEMES)
def test_what_a_caller_may_not_read_with_our_rights(
    messages: list[Json], field: str, *, vertex: bool
) -> None:
    dialect, at, request = (
        GeminiOnVertex() if vertex else Google(),
        endpoint("m", vertex=vertex),
        chat(messages=messages),
    )
    links = dialect.links(request, at)
    with pytest.raises(InvalidRequest) as caught:
        dialect.encode(request, at, {})

    assert caught.value.param == field
    assert len(links) == ((messages, field) in BUCKETS)


@pytest.mark.parametrize(("messages", "field"), BUCKETS)
def test_buckets_that_the_operator_allows(messages: list[Json], field: str) -> None:
    at, request = endpoint("m", vertex=True), chat(messages=messages)
    [link] = GeminiOnVertex().links(request, at)
    if link.startswith("s3:"):  # Google has no rights there
        with pytest.raises(InvalidRequest):
            GeminiOnVertex().encode(request, at, {link: OPEN})
        return
    [said] = json.loads(GeminiOnVertex().encode(request, at, {link: OPEN}).body)["contents"][-1]["parts"]
    assert said["fileData"]["fileUri"] == link
    assert "mimeType" in said["fileData"], field


WRONG_TYPES: list[tuple[Json, str]] = [
    ({"generationConfig": []}, "generationConfig"),
    ({"generation_config": 1}, "generation_config"),
    ({"toolConfig": "x"}, "toolConfig"),
    ({"safetySettings": {}}, "safetySettings"),
    ({"labels": {"a": 1}}, "labels.a"),
    ({"cachedContent": 3}, "cachedContent"),
    ({"thinkingConfig": "x"}, "thinkingConfig"),
    ({"stopSequences": [1]}, "stopSequences[0]"),
    ({"candidateCount": 1.5}, "candidateCount"),
    (choosing({"type": "function", "function": {"name": "other"}}), "tool_choice"),
    ({"messages": [{"role": "user", "content": ""}]}, "messages"),
    ({"messages": [{"role": "system", "content": "A"}, {"role": "user", "content": []}]}, "messages"),
    ({"messages": [USER, {"role": "assistant", "audio": {"id": "a"}}]}, "messages[1].audio"),
]


@pytest.mark.parametrize(("members", "field"), WRONG_TYPES)
def test_members_of_wrong_types_are_named(members: Json, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Google().encode(chat(**members), endpoint(GEMINI_3, vertex=False), {})

    assert caught.value.param == field


UNREADABLE: list[tuple[list[Json], str]] = [
    (image("data:image/png,abc"), "messages[0].content[0].image_url.url"),
    (part(type="file", file={"file_data": "QUJD"}), "messages[0].content[0].file.file_data"),
    (part(type="hologram"), "messages[0].content[0].type"),
    ([USER, {"role": "tool", "tool_call_id": "c9", "content": "x"}], "messages[1].tool_call_id"),
    (
        [
            USER,
            {"role": "assistant", "tool_calls": [{**CALLS[0], "function": {"name": "f", "arguments": "["}}]},
        ],
        "messages[1].tool_calls[0].function.arguments",
    ),
    (
        [USER, {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom"}]}],
        "messages[1].tool_calls[0].type",
    ),
]


@pytest.mark.parametrize(("messages", "field"), UNREADABLE)
def test_what_cannot_be_said_is_refused_by_its_path(messages: list[Json], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        sent(messages=messages)

    assert caught.value.param == field
