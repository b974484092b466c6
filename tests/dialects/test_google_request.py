"""Requests to Gemini: a pair for each feature, and all of them judged by `google-genai`'s models."""

from typing import Any

import pytest

from tests.dialects.google_asking import (
    FILES,
    SAID,
    SCHEMA,
    TOOL,
    USER,
    Json,
    check,
    choosing,
    generation,
    image,
    part,
    sent,
)

DECLARED = {"functionDeclarations": [{"name": "f", "description": "d", "parametersJsonSchema": SCHEMA}]}


def test_the_check_can_fail() -> None:
    wrongs: list[Json] = [{"contents": [{"content": []}]}, {"contents": [SAID], "top_k": 1}]
    for wrong in wrongs:
        with pytest.raises((ValueError, KeyError)):
            check(wrong, vertex=False)
    with pytest.raises(ValueError, match="only supported"):
        check({"contents": [SAID], "tools": [{"fileSearch": {}}]}, vertex=True)


def inline(kind: str) -> Json:
    return {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": kind, "data": "QUJD"}}]}]}


def linked(uri: str, kind: str | None = None) -> Json:
    data = {"fileUri": uri} | ({"mimeType": kind} if kind else {})
    return {"contents": [{"role": "user", "parts": [{"fileData": data}]}]}


def calling(**config: Any) -> Json:
    return {"tools": [DECLARED], "toolConfig": {"functionCallingConfig": config}}


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
