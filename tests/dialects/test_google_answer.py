"""Answers of Gemini, whole and streamed: what each part of them becomes, and how they end."""

import base64
import contextlib
import json
import time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from service.catalog.cost import priced
from service.dialects.google import Google
from service.dialects.google.finish import FAILURES, finish_reason
from service.edge import openai_json, typed_answer
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Chunk, ChunkChoice, Usage
from service.types.fold import fold
from service.types.price import Price
from service.types.upstream import Endpoint
from tests.asking import chat

Json = dict[str, Any]

ENDPOINT = Endpoint(provider="google", model="gemini-3-pro", base_url="https://g.test", dialect="google")
SSE, JSON = "text/event-stream", "application/json; charset=UTF-8"
IDS = [
    {"id": call_id, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    for call_id in ("call_0",)
]


def read(data: bytes, content_type: str, **members: Any) -> Chunk:
    decoder = Google().decoder(chat(**members), ENDPOINT, content_type)
    chunks = [chunk for place in range(0, len(data), 7) for chunk in decoder.feed(data[place : place + 7])]
    return fold([*chunks, *decoder.end()])


def whole(answer: Any, **members: Any) -> Chunk:
    return read(json.dumps(answer).encode(), JSON, **members)


def stream(*answers: Json, tail: bytes = b"") -> Chunk:
    return read(b"".join(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in answers) + tail, SSE)


def candidate(*parts: Json, reason: str | None = "STOP", **members: Any) -> Json:
    end = {"finishReason": reason} if reason else {}
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **end, **members}]}


def choice(answer: Chunk) -> ChunkChoice:
    [only] = answer.choices
    return only


TEXT = {"text": "Hi"}
CALL = {"functionCall": {"name": "f", "args": {"b": 1, "a": [1.5]}}}


def test_calls_get_ids_that_the_conversation_has_not() -> None:
    named = {"functionCall": {"id": "call_1", "name": "g"}}
    earlier = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": IDS},
        {"role": "tool", "tool_call_id": "call_0", "content": "x"},
    ]

    answer = choice(whole(candidate(named, CALL, CALL), messages=earlier))

    calls = answer.delta.tool_calls or []
    assert [(call.index, call.id, call.name) for call in calls] == [
        (0, "call_1", "g"),
        (1, "call_2", "f"),
        (2, "call_3", "f"),
    ]
    assert [call.arguments for call in calls] == ["{}", '{"b":1,"a":[1.5]}', '{"b":1,"a":[1.5]}']
    assert (answer.finish_reason, answer.native_finish_reason) == ("tool_calls", "STOP")


def test_every_reason_is_known() -> None:
    """The table has every word that the SDK has; nothing withheld is a normal end."""
    words = [reason.value for reason in types.FinishReason if "UNSPECIFIED" not in reason.value]
    kinds = {word: finish_reason(word, calls=False) for word in words if word not in FAILURES}
    ends = {word for word, kind in kinds.items() if kind != "content_filter"}

    assert ends == {"STOP", "MAX_TOKENS", "CONTINUATION"}
    assert set(words) >= FAILURES


@pytest.mark.parametrize(
    "reason", ["SAFETY", "RECITATION", "PROHIBITED_CONTENT", "MODEL_ARMOR", "IMAGE_SAFETY"]
)
def test_a_safety_block_is_a_content_filter(reason: str) -> None:
    ratings = [{"category": "HARM_CATEGORY_HARASSMENT", "blocked": True}]
    answer = {"candidates": [{"finishReason": reason, "finishMessage": "No.", "safetyRatings": ratings}]}
    for got in (choice(whole(answer)), choice(stream(answer))):
        assert (got.finish_reason, got.native_finish_reason) == ("content_filter", reason)
        assert got.delta.refusal == "No."
        assert got.extra["provider_metadata"]["safetyRatings"] == ratings


def test_a_blocked_prompt_is_a_refusal() -> None:
    feedback = {"blockReason": "PROHIBITED_CONTENT"}
    for answer in (whole({"promptFeedback": feedback}), stream({"promptFeedback": feedback})):
        got = choice(answer)
        assert got.finish_reason == "content_filter"
        assert got.native_finish_reason == "PROHIBITED_CONTENT"
        assert got.delta.refusal == "The prompt was blocked: PROHIBITED_CONTENT"
        assert answer.extra["provider_metadata"]["promptFeedback"] == feedback


@pytest.mark.parametrize("reason", sorted(FAILURES))
def test_a_failure_without_an_answer_is_the_providers(reason: str) -> None:
    answer = candidate(reason=reason, finishMessage="Malformed: call:f(")
    for got in (whole, stream):
        with pytest.raises(ProviderError, match=rf"{reason}: Malformed: call:f\(") as caught:
            got(answer)
        assert caught.value.kind is ErrorKind.PROVIDER_FAILURE


def test_thoughts_alone_are_no_answer() -> None:
    thought = {"text": "Hm.", "thought": True}
    pieces = [candidate(thought, reason=None), candidate(reason="MALFORMED_FUNCTION_CALL")]
    with pytest.raises(ProviderError, match="could not answer: OTHER"):
        whole(candidate(thought, reason="OTHER"))
    with pytest.raises(ProviderError, match="could not answer: MALFORMED"):
        stream(*pieces)
    assert choice(whole(candidate(thought, reason="MAX_TOKENS"))).finish_reason == "length"


@pytest.mark.parametrize(("part", "reason"), [(CALL, "tool_calls"), (TEXT, "stop")])
def test_a_failure_keeps_what_there_is(part: Json, reason: str) -> None:
    got = choice(whole(candidate(part, reason="UNEXPECTED_TOOL_CALL", finishMessage="why")))

    assert (got.finish_reason, got.native_finish_reason) == (reason, "UNEXPECTED_TOOL_CALL")
    assert got.extra["provider_metadata"] == {"finishMessage": "why"}


def test_several_candidates() -> None:
    both = {
        "candidates": [
            {"content": {"parts": [CALL]}, "finishReason": "STOP"},
            {"index": 1, "content": {"parts": [CALL]}, "finishReason": "MAX_TOKENS"},
        ]
    }
    pieces = [{"candidates": [each]} for each in both["candidates"]]
    for answer in (whole(both), stream(*pieces), stream(*reversed(pieces))):
        first, second = answer.choices
        assert (first.index, first.finish_reason) == (0, "tool_calls")
        assert (second.index, second.finish_reason) == (1, "length")
        assert [call.id for each in answer.choices for call in each.delta.tool_calls or ()] == [
            "call_0",
            "call_1_0",
        ]


GROUNDED = "Grüße aus **Paris**. 18 Grad."
SUPPORTS = [
    {"segment": {"endIndex": 22, "text": "Grüße aus **Paris**."}, "groundingChunkIndices": [0, 1]},
    {"segment": {"startIndex": 2, "endIndex": 5, "text": "18 Grad."}, "groundingChunkIndices": [2, 9]},
    {"segment": {"startIndex": 0, "endIndex": 9999, "text": "not there"}, "groundingChunkIndices": [2]},
]
CHUNKS: list[Json] = [
    {"web": {"uri": "https://a.test", "title": "A", "domain": "a.test"}},
    {"retrievedContext": {"fileSearchStore": "s", "text": "Paris is ..."}},
    {"maps": {"uri": "https://maps.test", "title": "M", "text": "place"}},
    {"web": {"uri": "https://unused.test"}},
]
FIRST = {"start_index": 0, "end_index": 20}
CITED: list[Json] = [
    {"type": "url_citation", "url_citation": {"url": "https://a.test", "title": "A", **FIRST}},
    {"type": "file_citation", "file_citation": {"fileSearchStore": "s", "text": "Paris is ...", **FIRST}},
    {
        "type": "url_citation",
        "url_citation": {
            "url": "https://maps.test",
            "title": "M",
            "content": "place",
            "start_index": 21,
            "end_index": 29,
        },
    },
    {
        "type": "url_citation",
        "url_citation": {"url": "https://maps.test", "title": "M", "content": "place"},
    },
    {"type": "url_citation", "url_citation": {"url": "https://unused.test"}},
    {
        "type": "url_citation",
        "url_citation": {"url": "https://c.test", "title": "C", "start_index": 4, "end_index": 5},
    },
    {"type": "file_citation", "file_citation": {"license": "mit"}},
]


@pytest.mark.parametrize("name", ["citationSources", "citations"])
def test_sources_with_places_in_characters(name: str) -> None:
    members: Json = {
        "groundingMetadata": {
            "groundingChunks": CHUNKS,
            "groundingSupports": SUPPORTS,
            "webSearchQueries": ["q"],
        },
        # The "e" of "Grüße": two characters before it take two bytes each.
        "citationMetadata": {
            name: [
                {"startIndex": 6, "endIndex": 7, "uri": "https://c.test", "title": "C"},
                {"license": "mit"},
            ]
        },
        "urlContextMetadata": {"urlMetadata": [{"retrievedUrl": "https://a.test"}]},
        "avgLogprobs": -0.5,
    }
    pieces = [candidate({"text": GROUNDED[:9]}, reason=None), candidate({"text": GROUNDED[9:]}, **members)]
    got, streamed = choice(whole(candidate({"text": GROUNDED}, **members))), choice(stream(*pieces))

    assert streamed == got
    assert got.extra["provider_metadata"] == members
    for cited, expected in zip(got.delta.annotations or (), CITED, strict=True):
        assert cited == expected
    for cited in (got.delta.annotations or ())[:1]:
        place = cited["url_citation"]
        assert GROUNDED[place["start_index"] : place["end_index"]] == "Grüße aus **Paris**."


def cited(answer: Chunk) -> list[Json]:
    return [each.get("url_citation") or each for each in choice(answer).delta.annotations or ()]


def test_sources_may_come_in_any_order() -> None:
    """Chunks before their supports, a citation before its text: a stream says what a whole answer says."""
    chunks, supports = {"groundingChunks": CHUNKS[:1]}, {"groundingSupports": SUPPORTS[:1]}
    source = {"citationSources": [{"startIndex": 0, "endIndex": 2, "uri": "https://c.test"}]}
    second = {"citationSources": [{"startIndex": 8, "endIndex": 11, "uri": "https://d.test"}]}
    pieces = [
        candidate(reason=None, citationMetadata=source, groundingMetadata=chunks),
        candidate({"text": GROUNDED[:9]}, reason=None, citationMetadata=second),
        candidate({"text": GROUNDED[9:]}, reason=None, groundingMetadata=supports),
        candidate(),
    ]
    both = {"citationSources": source["citationSources"] + second["citationSources"]}
    told = whole(candidate({"text": GROUNDED}, groundingMetadata=chunks | supports, citationMetadata=both))

    assert stream(*pieces) == told
    assert cited(told) == [
        {"url": "https://a.test", "title": "A", **FIRST},
        {"url": "https://c.test", "start_index": 0, "end_index": 2},
        {"url": "https://d.test", "start_index": 6, "end_index": 9},
    ]


def test_a_segment_counts_from_its_part() -> None:
    supports = [
        {"segment": {"partIndex": 2, "startIndex": None, "endIndex": 3}, "groundingChunkIndices": [0]},
        {"segment": {"partIndex": 0, "startIndex": 0, "endIndex": None}, "groundingChunkIndices": [3]},
        {"segment": {"partIndex": 9, "endIndex": 2, "text": "Hé"}, "groundingChunkIndices": [2]},
    ]
    grounding: Json = {"groundingChunks": CHUNKS, "groundingSupports": supports}
    parts: list[Json] = [{"text": "Hm", "thought": True}, {"text": "Hét "}, {"text": "été"}]

    first, unplaced, found, *_ = cited(whole(candidate(*parts, index=None, groundingMetadata=grounding)))

    assert (first["start_index"], first["end_index"]) == (4, 6)
    assert unplaced == {"url": "https://unused.test"}
    assert (found["start_index"], found["end_index"]) == (0, 2)


def test_repeated_sources_are_told_once() -> None:
    grounding: Json = {"groundingMetadata": {"groundingChunks": CHUNKS[:1]}}
    got = choice(stream(candidate(TEXT, reason=None, **grounding), candidate(TEXT, **grounding)))

    assert len(got.delta.annotations or ()) == 1


def test_logprobs() -> None:
    chosen = [{"token": "H", "tokenId": 7, "logProbability": -0.5}, {"token": "i"}]
    rivals = [{"candidates": [{"token": "H", "logProbability": -0.5}]}]
    result = {"chosenCandidates": chosen, "topCandidates": rivals, "logProbabilitySum": -0.5}

    got = choice(whole(candidate(TEXT, logprobsResult=result)))

    assert got.logprobs == {
        "content": [
            {
                "token": "H",
                "logprob": -0.5,
                "bytes": None,
                "token_id": 7,
                "top_logprobs": [{"token": "H", "logprob": -0.5, "bytes": None}],
            },
            {"token": "i", "logprob": 0.0, "bytes": None, "top_logprobs": []},
        ],
        "refusal": None,
    }
    assert got.extra["provider_metadata"] == {"logProbabilitySum": -0.5}


USAGES: list[tuple[Json, Usage, str | None]] = [
    (
        {
            "promptTokenCount": 13,
            "toolUsePromptTokenCount": 289,
            "candidatesTokenCount": 94,
            "thoughtsTokenCount": 100,
            "totalTokenCount": 496,
            "cachedContentTokenCount": 10,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 3},
                {"modality": "AUDIO", "tokenCount": 10},
            ],
            "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 94}],
            "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 10}],
            "serviceTier": "flex",
        },
        Usage(
            prompt_tokens=302,
            completion_tokens=194,
            total_tokens=496,
            prompt_tokens_details={"cached_tokens": 10, "text_tokens": 3, "audio_tokens": 10},
            completion_tokens_details={"reasoning_tokens": 100, "image_tokens": 94},
            extra={
                "toolUsePromptTokenCount": 289,
                "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 10}],
            },
        ),
        "flex",
    ),
    (
        {"promptTokenCount": 5, "totalTokenCount": 5, "trafficType": "ON_DEMAND_PRIORITY"},
        Usage(prompt_tokens=5, completion_tokens=0, total_tokens=5),
        "priority",
    ),
    ({"promptTokenCount": 5}, Usage(prompt_tokens=5), None),
]


@pytest.mark.parametrize(("counts", "usage", "tier"), USAGES)
def test_usage(counts: Json, usage: Usage, tier: str | None) -> None:
    early = {**candidate(TEXT, reason=None), "usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 1}}
    last = {**candidate(TEXT), "usageMetadata": counts}
    for answer in (whole(last), stream(early, last)):
        assert answer.usage == usage
        assert answer.service_tier == tier


def test_no_counts_are_no_usage() -> None:
    answer = whole({**candidate(TEXT), "usageMetadata": {"trafficType": "ON_DEMAND"}})

    assert answer.usage is None
    assert answer.extra["provider_metadata"] == {"trafficType": "ON_DEMAND"}


def test_speech_can_be_joined_as_text() -> None:
    sound = bytes(range(20))
    kind = "audio/L16;codec=pcm;rate=24000"
    pieces = [sound[:1], sound[1:8], sound[8:20]]
    blobs = [{"inlineData": {"mimeType": kind, "data": base64.b64encode(each).decode()}} for each in pieces]
    answers = [candidate(blob, reason=None) for blob in blobs[:-1]] + [candidate(blobs[-1])]
    for got in (choice(whole(candidate(*blobs))), choice(stream(*answers))):
        assert got.delta.audio == {
            "data": base64.b64encode(sound).decode(),
            "format": "pcm16",
            "mime_type": kind,
        }


def test_speech_with_its_words() -> None:
    sound = b"\xfb\xff\xfe\x00\x01\x02"
    blob = {"mimeType": "audio/wav", "data": base64.urlsafe_b64encode(sound).decode().rstrip("=")}
    part = {"inlineData": blob, "audioTranscription": {"text": "Hello", "languageCode": "en"}}
    for got in (choice(whole(candidate(part))), choice(stream(candidate(part, reason=None), candidate()))):
        assert got.delta.audio == {
            "data": base64.b64encode(sound).decode(),
            "transcript": "Hello",
            "format": "wav",
            "mime_type": "audio/wav",
        }
        noted = {"partIndex": 0, "audioTranscription": {"languageCode": "en"}}
        assert got.extra["provider_metadata"] == {"parts": [noted]}


def test_what_has_no_place_is_kept() -> None:
    csv = {"inlineData": {"mimeType": "text/csv", "data": "YSxi"}}
    marked = {"text": "Hi", "partMetadata": {"id": 7}}
    image = {"inlineData": {"mimeType": "image/png", "data": "-_8", "displayName": "a.png"}}

    got = choice(whole(candidate(marked, csv, image)))

    assert [each["image_url"]["url"] for each in got.delta.images or ()] == ["data:image/png;base64,+/8="]
    assert got.extra["provider_metadata"]["parts"] == [
        {"partIndex": 0, "partMetadata": {"id": 7}},
        {"partIndex": 1, **csv},
        {"partIndex": 2, "inlineData": {"displayName": "a.png"}},
    ]


def test_tools_that_google_ran_are_one_detail_with_their_result() -> None:
    call = {"executableCode": {"language": "PYTHON", "code": "print(1)"}}
    ran = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}}
    whole_details = choice(whole(candidate(call, ran, call))).delta.reasoning_details
    pieces = [candidate(call, reason=None), candidate(ran, reason=None), candidate(call)]

    assert whole_details == choice(stream(*pieces)).delta.reasoning_details
    first, second = whole_details or []
    assert (first["tool_name"], first["result"], second["result"]) == ("code_execution", "1\n", "")
    assert json.loads(first["arguments"]) == call["executableCode"]
    assert (first["block"], first["result_block"]) == (call, ran)


def test_arguments_that_come_in_pieces() -> None:
    def piece(path: str, **value: Any) -> Json:
        return {"partialArgs": [{"jsonPath": path, **value}], "willContinue": True}

    calls: list[Json] = [
        {"name": "f", "id": "c1", "willContinue": True},
        piece("$.city", stringValue="Pa", willContinue=True),
        piece("$.city", stringValue="ris"),
        piece("$.days[1].hot", boolValue=True),
        piece("$['odd key'][0]", numberValue=2.5),
        piece("$.none", nullValue="NULL_VALUE"),
        {},
    ]
    parts: list[Json] = [{"functionCall": call} for call in calls]
    parts[0]["thoughtSignature"] = "U0lH"
    answers = [candidate(part, reason=None) for part in parts] + [candidate(CALL)]

    delta = choice(stream(*answers)).delta

    first, second = delta.tool_calls or []
    assert (first.id, first.name, second.name) == ("c1", "f", "f")
    assert json.loads(first.arguments or "") == {
        "city": "Paris",
        "days": [None, {"hot": True}],
        "odd key": [2.5],
        "none": None,
    }
    assert [(each["id"], each["data"]) for each in delta.reasoning_details or ()] == [("c1", "U0lH")]


@pytest.mark.parametrize(("reason", "expected"), [("MAX_TOKENS", "length"), ("STOP", "tool_calls")])
def test_a_call_that_is_cut_off_is_there(reason: str, expected: str) -> None:
    begun = {"name": "f", "id": "c1", "willContinue": True}
    grown = {"partialArgs": [{"jsonPath": "$.city", "stringValue": "Pa"}], "willContinue": True}
    pieces = [candidate({"functionCall": begun, "thoughtSignature": "U0lH"}, reason=None)]
    pieces += [candidate({"functionCall": grown}, reason=None)] * 2

    got = choice(stream(*pieces, candidate(reason=reason)))

    [call] = got.delta.tool_calls or []
    assert (call.id, call.name, call.arguments) == ("c1", "f", '{"city":"PaPa"}')
    assert [each["data"] for each in got.delta.reasoning_details or ()] == ["U0lH"]
    assert got.finish_reason == expected


def test_a_long_stream_takes_time_in_proportion() -> None:
    """40,000 pieces of each kind: what would grow with the square takes a minute."""
    decoder = Google().decoder(chat(stream=True), ENDPOINT, SSE)
    source = {"citationSources": [{"startIndex": 0, "endIndex": 1, "uri": "https://c.test"}]}
    grown = {"partialArgs": [{"jsonPath": "$.a", "stringValue": "x" * 20}], "willContinue": True}
    event = json.dumps(
        candidate({"text": "ä" * 20}, {"functionCall": grown}, reason=None, citationMetadata=source)
    )
    begun = time.process_time()
    for _ in range(40_000):
        decoder.feed(b"data: " + event.encode() + b"\n\n")
    decoder.feed(b"data: " + json.dumps(candidate()).encode() + b"\n\n")
    decoder.end()
    assert time.process_time() - begun < 6


ERROR = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "The model is overloaded."}}
INVALID = ErrorKind.PROVIDER_INVALID_RESPONSE


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("framed", [False, True])
def test_an_error_in_a_stream(indent: int | None, *, listed: bool, framed: bool) -> None:
    body = json.dumps([ERROR] if listed else ERROR, indent=None if framed else indent).encode()
    tail = b"data: " + body + b"\n\n" if framed else body
    decoder = Google().decoder(chat(stream=True), ENDPOINT, SSE)
    begun = b"data: " + json.dumps(candidate(TEXT, reason=None)).encode() + b"\n\n"

    chunks = [chunk for place in begun + tail for chunk in decoder.feed(bytes([place]))]

    assert fold(chunks).choices[0].delta.content == "Hi"
    with pytest.raises(ProviderError, match="overloaded") as caught:
        decoder.end()
    assert (caught.value.kind, caught.value.status) == (ErrorKind.PROVIDER_OVERLOADED, 503)


BODIES: list[tuple[bytes, ErrorKind]] = [
    (json.dumps(ERROR).encode(), ErrorKind.PROVIDER_OVERLOADED),
    (json.dumps([candidate(TEXT, reason=None), ERROR]).encode(), ErrorKind.PROVIDER_OVERLOADED),
    (json.dumps([candidate(TEXT, reason=None)]).encode(), INVALID),
    (b"{}", INVALID),
    (b'{"candidates": []}', INVALID),
    (b'{"candidates": [{}]}', INVALID),
    (b'{"candidates": [{"index": -1}]}', INVALID),
    (b'{"candidates": 1}', INVALID),
    (b'{"candidates": [1]}', INVALID),
    (b"[1]", INVALID),
    (b"[", INVALID),
    (b"<html>", INVALID),
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
def test_a_body_that_is_no_answer(body: bytes, kind: ErrorKind) -> None:
    with pytest.raises(ProviderError) as caught:
        read(body, JSON)
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [candidate(TEXT, reason=None)],
        [candidate(TEXT), {"candidates": [{"index": 1, "content": {"parts": [TEXT]}}]}],
        [candidate(TEXT, reason="FINISH_REASON_UNSPECIFIED")],
    ],
)
def test_a_stream_without_a_reason_was_cut_off(answers: list[Json]) -> None:
    with pytest.raises(ProviderError, match="before the answer was finished"):
        stream(*answers)


def test_a_stream_as_a_list_is_an_answer() -> None:
    answer = whole([candidate(TEXT, reason=None), candidate(TEXT)], stream=True)

    assert choice(answer).delta.content == "HiHi"


def test_what_comes_after_the_reason_counts() -> None:
    answer = stream(candidate(TEXT), {"usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 3}})

    assert answer.usage == Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    assert choice(answer).finish_reason == "stop"


def test_a_whole_answer_may_leave_its_reason_out() -> None:
    assert choice(whole(candidate(CALL, reason=None))).finish_reason == "tool_calls"
    assert choice(whole(candidate(TEXT, reason=None))).finish_reason == "stop"


# Where Google's names stand, any JSON may.
NAMES = (
    *(
        "candidates",
        "content",
        "parts",
        "text",
        "thought",
        "thoughtSignature",
        "functionCall",
        "name",
        "args",
    ),
    *("inlineData", "mimeType", "data", "executableCode", "toolCall", "toolResponse", "id", "finishReason"),
    *("groundingMetadata", "groundingChunks", "groundingSupports", "segment", "web", "uri", "usageMetadata"),
    *("promptTokenCount", "promptTokensDetails", "logprobsResult", "promptFeedback", "blockReason", "error"),
    *("partialArgs", "jsonPath", "willContinue", "citationMetadata", "citations", "index", "details"),
    *("audioTranscription", "partMetadata", "partIndex", "startIndex", "endIndex", "groundingChunkIndices"),
    *("title", "chosenCandidates", "topCandidates", "token", "logProbability", "serviceTier", "modality"),
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 5)
    | st.text(max_size=3)
    | st.sampled_from(["$.a[0]", "audio/l16", "image/png", "TEXT", "QUJD", 2**70, 1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
parts = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)


NAMED = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)
PRICE = Price(prompt=Decimal(1), completion=Decimal(2), audio=Decimal(3), internal_reasoning=Decimal(4))


@given(parts, parts, NAMED)
def test_any_shape_is_an_answer_or_the_providers_fault(part: Json, other: Json, members: Json) -> None:
    """What is decoded can be folded, priced and printed at both doors."""
    pieces = {"parts": [part, other]}
    answer = {"candidates": [{"content": pieces, "finishReason": "STOP", **members}], **members}
    for got in (whole, stream):
        with contextlib.suppress(ProviderError):
            chunk = got(answer)
            if chunk.usage:
                chunk.usage = priced(chunk.usage, PRICE)
            openai_json.encode(openai_json.completion(chunk, "id", 1, "m"))
            typed_answer.completion(chunk, "id", 1, "m").SerializeToString()
            msgspec.convert(msgspec.to_builtins(chunk), Chunk)
