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
from service.types.media import OPEN, Media
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
    "continuationToken": str,
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
TOOL: Json = {
    "type": "function",
    "function": {"name": "f", "description": "d", "parameters": SCHEMA},
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
        "who speaks",
        {"messages": [{"role": "system", "content": "A", "name": "s"}, {**USER, "name": "Ann"}]},
        {
            "systemInstruction": {"parts": [{"text": "s: A"}]},
            "contents": [{"role": "user", "parts": [{"text": "Ann: Hi"}]}],
        },
    ),
    ("empty parts", {"messages": [USER, {"role": "user", "content": [{"type": "text", "text": ""}]}]}, {}),
    (
        "what was spoken",
        {"messages": [USER, {"role": "assistant", "audio": {"id": "a", "transcript": "Hello"}}]},
        {"contents": [SAID, {"role": "model", "parts": [{"text": "Hello"}]}]},
    ),
    (
        "prefill and refusal",
        {"messages": [USER, {"role": "assistant", "refusal": "No."}, {"role": "assistant", "content": "{"}]},
        {"contents": [SAID, {"role": "model", "parts": [{"text": "No."}, {"text": "{"}]}]},
    ),
    ("tools, schemas as they are", {"tools": [TOOL]}, {"tools": [DECLARED]}),
    ("choice auto", choosing("auto"), calling(mode="AUTO")),
    ("choice none", choosing("none"), calling(mode="NONE")),
    ("choice without tools", {"tool_choice": "auto"}, {}),
    (
        "choice without functions",
        {"tools": [{"type": "google_search"}], "tool_choice": "none"},
        {"tools": [{"googleSearch": {}}]},
    ),
    (
        "choice among none",
        choosing({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}),
        calling(mode="NONE"),
    ),
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
    ("blanks around a link", {"messages": image(f"  {FILES}\n")}, linked(FILES)),
    (
        "how closely to look",
        {
            "messages": part(
                type="image_url", image_url={"url": "data:image/png;base64,QUJD", "detail": "low"}
            )
        },
        {
            "contents": [
                {
                    "role": "user",
                    "parts": [
                        {
                            "inlineData": {"mimeType": "image/png", "data": "QUJD"},
                            "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"},
                        }
                    ],
                }
            ]
        },
    ),
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


TIERS: list[tuple[str, str | None, bool]] = [
    ("flex", "flex", False),
    ("priority", "priority", False),
    ("default", None, False),
    ("auto", None, False),
    ("scale", None, True),
    ("flex\r\nx-goog-user-project: other", None, True),
]


@pytest.mark.parametrize(("tier", "header", "lost"), TIERS)
def test_vertex_is_asked_for_a_tier_by_header(tier: str, header: str | None, *, lost: bool) -> None:
    request = sent(vertex=True, service_tier=tier)[1]

    assert request.headers.get("x-vertex-ai-llm-shared-request-type") == header
    assert [each.param for each in request.dropped] == ["service_tier"] * lost


def test_a_tier_at_ai_studio() -> None:
    assert sent(service_tier="default")[0]["serviceTier"] == "standard"
    assert "serviceTier" not in sent(service_tier="scale")[0]


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
    (
        True,
        "projects/p/locations/l/endpoints/2",
        Site(project="p"),
        "v1beta1/projects/p/locations/l/endpoints/2",
    ),
    (True, "models/m", Site(), "v1beta1/publishers/google/models/m"),
    (True, "publishers/google/models/m/../x", Site(), "v1beta1/publishers/google/models/m%2F..%2Fx"),
    (True, "a/../../b", Site(), "v1beta1/publishers/a/models/..%2F..%2Fb"),
]


@pytest.mark.parametrize(("vertex", "model", "site", "path"), PATHS)
def test_urls(model: str, site: Site | None, path: str, *, vertex: bool) -> None:
    dialect = GeminiOnVertex() if vertex else Google()
    at = endpoint(model, vertex=vertex, **({} if site is None else {"site": site}))
    for stream, verb in ((False, "generateContent"), (True, "streamGenerateContent?alt=sse")):
        assert dialect.encode(chat(stream=stream), at, {}).url == f"https://g.test/{path}:{verb}"


@pytest.mark.parametrize(
    "model",
    ["projects/other/locations/l/endpoints/2", "projects", "projects/p 1", "projects/p 1/../other/x/y"],
)
def test_another_project_is_not_called(model: str) -> None:
    for site in (Site(project="p 1"), Site()):
        if not (site.project and "/../" in model):
            with pytest.raises(InvalidRequest, match="project"):
                GeminiOnVertex().encode(chat(), endpoint(model, vertex=True, site=site), {})
    climbing = GeminiOnVertex().encode(chat(), endpoint("projects/p 1/../other/x/y", vertex=True), {})
    assert "/../" not in climbing.url


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
    ({"functions": [{"name": "f"}]}, "functions"),
    (
        {"messages": [USER, {"role": "assistant", "content": "", "function_call": {"name": "f"}}]},
        "messages[1].function_call",
    ),
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
