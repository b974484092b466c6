"""The OpenAI dialect's answers where vendors say a thing in their own way: reasons, counts, citations."""

from typing import Any

import pytest

from service.dialects.openai.usage import usage_of
from service.errors import ProviderError
from service.types.fold import fold
from tests.dialects.decoding import DONE, body, delta, folded, frame, message, stream

REASONS = [
    ("stop", "stop"),
    ("length", "length"),
    ("tool_calls", "tool_calls"),
    ("content_filter", "content_filter"),
    ("function_call", "function_call"),
    ("eos", "stop"),
    ("eos_token", "stop"),
    ("end_turn", "stop"),
    ("stop_sequence", "stop"),
    ("tool_use", "tool_calls"),
    ("max_tokens", "length"),
    ("model_length", "length"),
    ("refusal", "content_filter"),
    ("SAFETY", "content_filter"),
    ("sensitive", "content_filter"),
    ("what nobody documents", "what nobody documents"),
]


@pytest.mark.parametrize(("word", "reason"), REASONS)
def test_finish_reasons(word: str, reason: str) -> None:
    choice = {"index": 0, "message": {"content": "x"}, "finish_reason": word}
    wholes = [body({"choices": [choice]}), folded(delta(content="x") + delta(finish=word) + DONE)]

    for whole in wholes:
        assert (whole.choices[0].finish_reason, whole.choices[0].native_finish_reason) == (reason, word)


def test_a_native_reason_of_the_vendors_own_counts() -> None:
    choice = {"message": {"content": "x"}, "finish_reason": "stop", "native_finish_reason": "end_turn"}

    [told] = body({"choices": [choice]}).choices

    assert (told.finish_reason, told.native_finish_reason) == ("stop", "end_turn")


FAILED = [
    ({"finish_reason": "error"}, "provider_failure", "finish reason 'error'"),
    ({"finish_reason": "error", "error": {"code": 502, "message": "gone"}}, "provider_failure", "gone"),
    ({"finish_reason": "stop", "error": {"code": 429, "message": "slow"}}, "provider_rate_limit", "slow"),
    ({"finish_reason": "insufficient_system_resource"}, "provider_overloaded", "ran out of capacity"),
    ({"finish_reason": "network_error"}, "provider_failure", "network failed"),
    ({"finish_reason": "abort"}, "provider_failure", "gave the answer up"),
]


@pytest.mark.parametrize(("choice", "kind", "words"), FAILED, ids=str)
def test_a_choice_that_failed_is_an_error(choice: dict[str, Any], kind: str, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as whole:
        body({"choices": [{"message": {"content": "x"}, **choice}]})
    with pytest.raises(ProviderError, match=words) as streamed:
        stream(delta(content="x") + frame({"choices": [{"index": 0, "delta": {}, **choice}]}) + DONE)

    assert whole.value.kind == streamed.value.kind == kind


CACHED = [
    ("DeepSeek", {"prompt_cache_hit_tokens": 3, "prompt_cache_miss_tokens": 1}, {"cached_tokens": 3}),
    ("Moonshot", {"cached_tokens": 3}, {"cached_tokens": 3}),
    ("Mistral", {"num_cached_tokens": 0}, {"cached_tokens": 0}),
    (
        "OpenAI's place counts",
        {"cached_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}},
        {"cached_tokens": 2},
    ),
    (
        "Alibaba",
        {"prompt_tokens_details": {"cached_tokens": 0, "cache_creation_input_tokens": 5}},
        {"cached_tokens": 0, "cache_creation_input_tokens": 5, "cache_write_tokens": 5},
    ),
    ("no number", {"cached_tokens": "3"}, None),
    ("nothing", {}, None),
]


@pytest.mark.parametrize(("stated", "details"), [row[1:] for row in CACHED], ids=[row[0] for row in CACHED])
def test_cached_tokens_wherever_they_are_stated(stated: dict[str, Any], details: Any) -> None:
    usage = body({**message(content="x"), "usage": {"prompt_tokens": 9, **stated}}).usage

    assert usage
    assert usage.prompt_tokens_details == details
    assert usage.extra == {k: v for k, v in stated.items() if k != "prompt_tokens_details"}


@pytest.mark.parametrize(
    ("total", "completion"), [(15, 11), (6, 2), (None, 2), (8, 2)], ids=["apart", "within", "unsaid", "odd"]
)
def test_reasoning_tokens_are_added_where_the_total_says_so(total: int | None, completion: int) -> None:
    usage = {
        "prompt_tokens": 4,
        "completion_tokens": 2,
        "total_tokens": total,
        "completion_tokens_details": {"reasoning_tokens": 9},
    }

    read = usage_of(usage, reasoning_apart=True)

    assert read.completion_tokens == completion


def test_usage_in_the_last_choice_of_a_stream() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": usage}]}

    whole = folded(delta(content="x") + frame(last) + DONE)

    assert whole.usage
    assert whole.usage.total_tokens == 3
    assert whole.choices[0].extra == {"usage": usage}


def cited(*pairs: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [
        {"type": "url_citation", "url_citation": {"url": url} | ({"title": title} if title else {})}
        for url, title in pairs
    ]


FOUND = {"title": "A", "url": "https://a.test", "date": "2026-01-01"}
CITATIONS = [
    (
        "xAI",
        {"citations": ["https://a.test", "https://b.test"]},
        cited(("https://a.test", None), ("https://b.test", None)),
    ),
    (
        "Perplexity",
        {"citations": ["https://b.test", "https://a.test"], "search_results": [FOUND]},
        cited(("https://b.test", None), ("https://a.test", "A")),
    ),
    ("Perplexity without citations", {"search_results": [FOUND]}, cited(("https://a.test", "A"))),
    ("Z.AI", {"web_search": [{"title": "A", "link": "https://a.test"}]}, cited(("https://a.test", "A"))),
    ("of another shape", {"citations": [1, {"x": 1}, None], "search_results": 5}, None),
    ("none", {"citations": []}, None),
]


@pytest.mark.parametrize(("listed", "annotations"), [r[1:] for r in CITATIONS], ids=[r[0] for r in CITATIONS])
def test_citations_beside_the_choices(listed: dict[str, Any], annotations: Any) -> None:
    whole = fold([body({**message(content="x"), **listed})])
    each = frame({"choices": [{"index": 0, "delta": {"content": "x"}}], **listed})
    last = frame({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    streamed = folded(each + last + frame({"choices": [], **listed}) + DONE)
    at_the_end = folded(delta(content="x") + last + frame({"choices": [], **listed}) + DONE)

    for answer in (whole, streamed, at_the_end):
        assert answer.choices[0].delta.annotations == annotations
        assert answer.extra == listed


def test_what_an_annotation_says_is_not_said_again() -> None:
    said = cited(("https://a.test", "A"))

    whole = body({**message(content="x", annotations=said), "citations": ["https://a.test"]})

    assert whole.choices[0].delta.annotations == said


def test_azure_keeps_what_its_filters_say() -> None:
    filtered = {"hate": {"filtered": False, "severity": "safe"}}
    prompt = [{"prompt_index": 0, "content_filter_results": filtered}]
    choice = {"index": 0, "content_filter_results": filtered}

    whole = folded(
        frame({"choices": [], "prompt_filter_results": prompt}),
        frame({"choices": [{**choice, "delta": {"content": "x"}}]}),
        frame({"choices": [{**choice, "delta": {}, "finish_reason": "content_filter"}]}) + DONE,
    )

    assert whole.extra == {"prompt_filter_results": prompt}
    assert whole.choices[0].extra == {"content_filter_results": filtered}
    assert whole.choices[0].finish_reason == "content_filter"
