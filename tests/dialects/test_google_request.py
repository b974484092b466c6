"""Requests to Gemini: a pair for each feature, and all of them judged by `google-genai`'s models."""

import json
from typing import Any

import pytest
from google.genai import models, types
from pydantic import TypeAdapter

from service.dialects.google import Google
from service.dialects.google.vertex import GeminiOnVertex
from service.errors import InvalidRequest
from service.types.facts import Facts
from service.types.media import Media
from service.types.upstream import Endpoint, Site, UpstreamRequest
from tests.asking import chat

Json = dict[str, Any]

GEMINI_3, GEMINI_2 = "gemini-3-flash-preview", "gemini-2.5-flash"
USER = {"role": "user", "content": "Hi"}
SAID = {"role": "user", "parts": [{"text": "Hi"}]}
FETCHED = {"https://x.test/a.png": Media("image/png", "QUJD"), "https://x.test/a": Media("image/gif", "QUJD")}


def endpoint(model: str, *, vertex: bool, **members: Any) -> Endpoint:
    site = Site(project="p 1", location="global") if vertex else Site()
    name = "vertex" if vertex else "google"
    members = {"site": site, **members}
    return Endpoint(provider=name, model=model, base_url="https://g.test", dialect=name, **members)


def sent(model: str = GEMINI_3, *, vertex: bool = False, **members: Any) -> tuple[Json, UpstreamRequest]:
    """The body for these members, found good by the SDK."""
    dialect = GeminiOnVertex() if vertex else Google()
    at, request = endpoint(model, vertex=vertex), chat(**members)
    assert not dialect.obstacles(request, at)
    media = {url: FETCHED[url] for url in dialect.links(request, at)}
    made = dialect.encode(request, at, media)
    body = json.loads(made.body)
    check(body, vertex=vertex)
    return body, made


FORMS: dict[str, Any] = {
    "contents": list[types.Content],
    "systemInstruction": types.Content,
    "tools": list[types.Tool],
    "toolConfig": types.ToolConfig,
    "generationConfig": types.GenerationConfig,
    "safetySettings": list[types.SafetySetting],
    "modelArmorConfig": types.ModelArmorConfig,
    "cachedContent": str,
    "labels": dict[str, str],
    "serviceTier": types.ServiceTier,
    "store": bool,
}


def check(body: Json, *, vertex: bool) -> None:
    """Validates a REST body: no member that the SDK does not know, none that this address does not take."""
    body = json.loads(json.dumps(body))
    generation = body.get("generationConfig", {})
    # The SDK has it in the configuration that its users write, and sends it here.
    image = generation.pop("imageConfig", None)
    if image is not None:
        types.ImageConfig.model_validate(image)
    parsed = {name: TypeAdapter(FORMS[name]).validate_python(value) for name, value in body.items()}
    suffix = "vertex" if vertex else "mldev"
    for content in parsed["contents"]:
        getattr(models, f"_Content_to_{suffix}")(content)
    for tool in parsed.get("tools", ()):
        getattr(models, f"_Tool_to_{suffix}")(tool)
    if "toolConfig" in parsed:
        getattr(models, f"_ToolConfig_to_{suffix}")(parsed["toolConfig"])


def test_the_check_can_fail() -> None:
    wrongs: list[Json] = [{"contents": [{"content": []}]}, {"contents": [SAID], "top_k": 1}]
    for wrong in wrongs:
        with pytest.raises((ValueError, KeyError)):
            check(wrong, vertex=False)
    with pytest.raises(ValueError, match="only supported"):
        check({"contents": [SAID], "tools": [{"fileSearch": {}}]}, vertex=True)


def part(**members: Any) -> list[Json]:
    return [{"role": "user", "content": [members]}]


def image(url: str) -> list[Json]:
    return part(type="image_url", image_url={"url": url})


def inline(kind: str) -> Json:
    return {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": kind, "data": "QUJD"}}]}]}


def linked(uri: str, kind: str | None = None) -> Json:
    data = {"fileUri": uri} | ({"mimeType": kind} if kind else {})
    return {"contents": [{"role": "user", "parts": [{"fileData": data}]}]}


def generation(**members: Any) -> Json:
    return {"generationConfig": members}


SCHEMA = {"type": "object", "properties": {"z": {"$ref": "#/$defs/A"}, "a": {"const": 1}}, "$defs": {"A": {}}}
TOOL = {
    "type": "function",
    "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True},
}
DECLARED = {"functionDeclarations": [{"name": "f", "description": "d", "parametersJsonSchema": SCHEMA}]}
FILES = "https://generativelanguage.googleapis.com/v1beta/files/abc"


def calling(**config: Any) -> Json:
    return {"tools": [DECLARED], "toolConfig": {"functionCallingConfig": config}}


def choosing(choice: Any) -> Json:
    return {"tools": [TOOL], "tool_choice": choice}


# What both addresses take: the members asked for, and the members of the body that come of them.
PAIRS: list[tuple[str, Json, Json]] = [
    ("text", {}, {"contents": [SAID]}),
    (
        "system",
        {
            "messages": [
                {"role": "system", "content": "A"},
                {"role": "developer", "content": [{"type": "text", "text": "B"}]},
                USER,
            ]
        },
        {"systemInstruction": {"parts": [{"text": "A"}, {"text": "B"}]}, "contents": [SAID]},
    ),
    (
        "system in the middle, roles merged",
        {"messages": [USER, {"role": "system", "content": "Now."}, {"role": "user", "content": "Go"}]},
        {"contents": [{"role": "user", "parts": [{"text": "Hi"}, {"text": "Now."}, {"text": "Go"}]}]},
    ),
    (
        "nothing but system",
        {"messages": [{"role": "system", "content": "Hi"}]},
        {"contents": [SAID]},
    ),
    (
        "prefill and refusal",
        {"messages": [USER, {"role": "assistant", "refusal": "No."}, {"role": "assistant", "content": "{"}]},
        {"contents": [SAID, {"role": "model", "parts": [{"text": "No."}, {"text": "{"}]}]},
    ),
    ("tools, schemas as they are", {"tools": [TOOL]}, {"tools": [DECLARED]}),
    ("choice auto", choosing("auto"), calling(mode="AUTO")),
    ("choice none", choosing("none"), calling(mode="NONE")),
    ("choice required", choosing("required"), calling(mode="ANY")),
    (
        "choice of one",
        choosing({"type": "function", "function": {"name": "f"}}),
        calling(mode="ANY", allowedFunctionNames=["f"]),
    ),
    (
        "choice among some",
        choosing({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [TOOL]}}),
        calling(mode="ANY", allowedFunctionNames=["f"]),
    ),
    (
        "choice among some or text",
        choosing({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"name": "f"}]}}),
        calling(mode="VALIDATED", allowedFunctionNames=["f"]),
    ),
    (
        "Google's tools",
        {"tools": [{"type": "google_search"}, {"type": "url_context", "url_context": {}}]},
        {"tools": [{"googleSearch": {}}, {"urlContext": {}}]},
    ),
    (
        "OpenAI's words for them",
        {"tools": [{"type": "web_search_preview"}, {"type": "code_interpreter", "container": {}}]},
        {"tools": [{"googleSearch": {}}, {"codeExecution": {}}]},
    ),
    ("web search", {"web_search_options": {}}, {"tools": [{"googleSearch": {}}]}),
    (
        "json object",
        {"response_format": {"type": "json_object"}},
        generation(responseMimeType="application/json"),
    ),
    (
        "json schema",
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}},
        generation(responseMimeType="application/json", responseJsonSchema=SCHEMA),
    ),
    ("text format", {"response_format": {"type": "text"}}, {"contents": [SAID]}),
    (
        "sampling",
        {"temperature": 0.5, "top_p": 0.25, "top_k": 7, "seed": 3, "max_tokens": 9, "stop": "x", "n": 2},
        generation(
            temperature=0.5,
            topP=0.25,
            topK=7,
            seed=3,
            maxOutputTokens=9,
            stopSequences=["x"],
            candidateCount=2,
        ),
    ),
    (
        "penalties",
        {"presence_penalty": 0.5, "frequency_penalty": 1},
        generation(presencePenalty=0.5, frequencyPenalty=1),
    ),
    (
        "logprobs",
        {"logprobs": True, "top_logprobs": 4},
        generation(responseLogprobs=True, logprobs=4),
    ),
    (
        "image output",
        {"modalities": ["text", "image"], "image_config": {"aspect_ratio": "16:9", "image_size": "2K"}},
        generation(
            responseModalities=["TEXT", "IMAGE"], imageConfig={"aspectRatio": "16:9", "imageSize": "2K"}
        ),
    ),
    (
        "speech",
        {"modalities": ["text", "audio"], "audio": {"voice": "Kore", "format": "pcm16"}},
        generation(
            responseModalities=["AUDIO"],
            speechConfig={"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
        ),
    ),
    ("image as data", {"messages": image("data:image/PNG;base64,QUJD")}, inline("image/png")),
    (
        "sound",
        {"messages": part(type="input_audio", input_audio={"data": "QUJD", "format": "mp3"})},
        inline("audio/mpeg"),
    ),
    (
        "video as data",
        {"messages": part(type="video_url", video_url={"url": "data:video/mp4;base64,QUJD"})},
        inline("video/mp4"),
    ),
    (
        "file as data",
        {"messages": part(type="file", file={"file_data": "data:application/pdf;base64,QUJD"})},
        inline("application/pdf"),
    ),
    (
        "YouTube",
        {"messages": part(type="video_url", video_url={"url": "https://youtu.be/x"})},
        linked("https://youtu.be/x", "video/mp4"),
    ),
    ("Files API", {"messages": image(FILES)}, linked(FILES)),
    ("link without a type", {"messages": image("https://x.test/a")}, inline("image/gif")),
    (
        "an earlier turn's image",
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": "See",
                    "images": [{"type": "image_url", "image_url": {"url": "https://x.test/a"}}],
                },
            ]
        },
        {
            "contents": [
                SAID,
                {
                    "role": "model",
                    "parts": [{"text": "See"}, {"inlineData": {"mimeType": "image/gif", "data": "QUJD"}}],
                },
            ]
        },
    ),
    (
        "Google's own members",
        {
            "safetySettings": [
                {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"},
            ],
            "cached_content": "cachedContents/1",
            "labels": {"team": "a"},
            "tool_config": {"retrieval_config": {"language_code": "de"}},
            "media_resolution": "MEDIA_RESOLUTION_LOW",
            "generationConfig": {"temperature": 0.1},
        },
        {
            "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}],
            "cachedContent": "cachedContents/1",
            "labels": {"team": "a"},
            "toolConfig": {"retrievalConfig": {"language_code": "de"}},
            **generation(mediaResolution="MEDIA_RESOLUTION_LOW", temperature=0.1),
        },
    ),
]


@pytest.mark.parametrize("vertex", [False, True], ids=["studio", "vertex"])
@pytest.mark.parametrize(("members", "body"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS])
def test_a_feature_in_google_words(members: Json, body: Json, *, vertex: bool) -> None:
    made, request = sent(vertex=vertex, **members)

    assert made == {"contents": made["contents"], **body}
    assert not request.dropped


# Where the two differ.
APART: list[tuple[str, Json, Json, Json]] = [
    (
        "link",
        {"messages": image("https://x.test/a.png")},
        inline("image/png"),
        linked("https://x.test/a.png", "image/png"),
    ),
    (
        "service tier",
        {"service_tier": "flex"},
        {"contents": [SAID], "serviceTier": "flex"},
        {"contents": [SAID]},
    ),
    (
        "functions beside Google's tools",
        {"tools": [TOOL, {"type": "google_search"}]},
        {
            "tools": [DECLARED, {"googleSearch": {}}],
            "toolConfig": {"includeServerSideToolInvocations": True},
        },
        {"tools": [DECLARED, {"googleSearch": {}}]},
    ),
    ("store", {"store": False}, {"store": False}, {"contents": [SAID]}),
]


@pytest.mark.parametrize(
    ("members", "studio", "vertex"), [row[1:] for row in APART], ids=[row[0] for row in APART]
)
def test_the_addresses_differ(members: Json, studio: Json, vertex: Json) -> None:
    for made, expected in ((sent(**members)[0], studio), (sent(vertex=True, **members)[0], vertex)):
        assert made == {"contents": made["contents"], **expected}


def test_vertex_is_asked_for_a_tier_by_header() -> None:
    for tier, header in (("flex", "flex"), ("priority", "priority"), ("default", None), ("auto", None)):
        request = sent(vertex=True, service_tier=tier)[1]
        assert request.headers.get("x-vertex-ai-llm-shared-request-type") == header
    assert sent(service_tier="default")[0]["serviceTier"] == "standard"


CALLS = [
    {
        "id": "c1",
        "type": "function",
        "function": {"name": "f", "arguments": '{"b": 1.0, "a": 12345678901234567890}'},
    },
    {"id": "c2", "type": "function", "function": {"name": "g", "arguments": ""}},
]
RESULTS = [
    {"role": "tool", "tool_call_id": "c2", "content": "two"},
    {"role": "system", "content": "Meanwhile."},
    {"role": "tool", "tool_call_id": "c1", "content": '{"y": 1, "x": 2.0}'},
]


def result(call_id: str, name: str, response: Json, **members: Any) -> Json:
    return {"functionResponse": {"id": call_id, "name": name, "response": response, **members}}


def test_results_follow_their_calls_in_order() -> None:
    messages = [USER, {"role": "assistant", "content": None, "tool_calls": CALLS}, *RESULTS, USER]

    body, request = sent(GEMINI_2, messages=messages)

    called, answered, said = body["contents"][1:]
    assert called["parts"] == [
        {"functionCall": {"id": "c1", "name": "f", "args": {"b": 1.0, "a": 12345678901234567890}}},
        {"functionCall": {"id": "c2", "name": "g", "args": {}}},
    ]
    assert answered["parts"] == [
        result("c1", "f", {"y": 1, "x": 2}),
        result("c2", "g", {"output": "two"}),
    ]
    assert said["parts"] == [{"text": "Meanwhile."}, {"text": "Hi"}]
    # Byte for byte: numbers and the order of keys are the model's and the tool's.
    assert b'"args":{"b": 1.0, "a": 12345678901234567890}' in request.body
    assert b'"response":{"y": 1, "x": 2.0}' in request.body


@pytest.mark.parametrize("text", ["", "[1]", "12", "{broken", "null"])
def test_a_result_that_is_no_object_is_the_output_of_one(text: str) -> None:
    messages = [
        USER,
        {"role": "assistant", "tool_calls": CALLS[:1]},
        {"role": "tool", "tool_call_id": "c1", "content": text},
    ]
    assert sent(messages=messages)[0]["contents"][2]["parts"] == [result("c1", "f", {"output": text})]


def test_images_in_results() -> None:
    shown = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    data = {"inlineData": {"mimeType": "image/png", "data": "QUJD"}}
    messages = [
        USER,
        {"role": "assistant", "tool_calls": CALLS[:1]},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "see"}, shown]},
    ]
    told = result("c1", "f", {"output": "see"})
    assert sent(GEMINI_2, messages=messages)[0]["contents"][2]["parts"] == [told, data]
    told["functionResponse"]["parts"] = [data]
    assert sent(GEMINI_3, messages=messages)[0]["contents"][2]["parts"] == [told]


PATHS = [
    (False, GEMINI_3, None, "v1beta/models/gemini-3-flash-preview"),
    (False, "models/m", None, "v1beta/models/m"),
    (False, "tunedModels/m/../x?y", None, "v1beta/tunedModels/m%2F..%2Fx%3Fy"),
    (True, "m", None, "v1beta1/projects/p%201/locations/global/publishers/google/models/m"),
    (True, "m", Site(), "v1beta1/publishers/google/models/m"),
    (True, "meta/m", Site(project="p"), "v1beta1/projects/p/locations/global/publishers/meta/models/m"),
    (True, "projects/1/locations/l/endpoints/2", None, "v1beta1/projects/1/locations/l/endpoints/2"),
    (True, "a/../../b", Site(), "v1beta1/publishers/a/models/..%2F..%2Fb"),
]


@pytest.mark.parametrize(("vertex", "model", "site", "path"), PATHS)
def test_urls(model: str, site: Site | None, path: str, *, vertex: bool) -> None:
    dialect = GeminiOnVertex() if vertex else Google()
    at = endpoint(model, vertex=vertex, **({} if site is None else {"site": site}))
    for stream, verb in ((False, "generateContent"), (True, "streamGenerateContent?alt=sse")):
        assert dialect.encode(chat(stream=stream), at, {}).url == f"https://g.test/{path}:{verb}"


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
}


def test_what_google_lacks_is_named() -> None:
    body, request = sent(**DROPPED, image_config={"n": 2}, user="u", metadata={"a": "b"})

    assert {each.param for each in request.dropped} == {*DROPPED, "image_config.n"}
    assert body == {"contents": [SAID], **generation(imageConfig={})}


OBSTACLES: list[tuple[Json, str]] = [
    ({"tools": [{"type": "mcp", "server_url": "x"}]}, "tools"),
    ({"response_format": {"type": "grammar"}}, "response_format"),
    ({"modalities": ["audio"], "audio": {"voice": "v", "format": "mp3"}}, "audio"),
    ({"modalities": ["image"]}, "modalities"),
]


@pytest.mark.parametrize(("members", "field"), OBSTACLES)
def test_what_changes_the_answer_is_an_obstacle(members: Json, field: str) -> None:
    at = endpoint(GEMINI_3, vertex=False, facts=Facts(output_modalities=("text", "audio")))
    assert [each.field for each in Google().obstacles(chat(**members), at)] == [field]


def test_platforms_have_their_own_tools_and_files() -> None:
    search: Json = {"tools": [{"type": "file_search", "file_search_store_names": ["s"]}]}
    assert sent(**search)[0]["tools"] == [{"fileSearch": {"fileSearchStoreNames": ["s"]}}]
    by_id: Json = {"messages": part(type="file", file={"file_id": "files/abc"})}
    assert sent(**by_id)[0]["contents"][0]["parts"] == [
        {"fileData": {"fileUri": "https://g.test/v1beta/files/abc"}}
    ]
    at = endpoint(GEMINI_3, vertex=True)
    for members, field in ((search, "tools"), (by_id, "messages[0].content[0].file.file_id")):
        assert [each.field for each in GeminiOnVertex().obstacles(chat(**members), at)] == [field]


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
