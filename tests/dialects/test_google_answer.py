"""Answers of Gemini, whole and streamed: what each part of them becomes."""

import base64
import json

import pytest
from google.genai import types

from service.dialects.google.finish import FAILURES, finish_reason
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Usage
from tests.dialects.google_answering import CALL, TEXT, Json, candidate, choice, stream, whole

IDS = [
    {"id": call_id, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    for call_id in ("call_0",)
]


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


def test_a_whole_answer_may_leave_its_reason_out() -> None:
    assert choice(whole(candidate(CALL, reason=None))).finish_reason == "tool_calls"
    assert choice(whole(candidate(TEXT, reason=None))).finish_reason == "stop"


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
