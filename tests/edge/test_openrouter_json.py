"""Answers and errors as JSON in OpenRouter's dialect."""

from decimal import Decimal
from typing import Any, get_args

import pytest
from openrouter.components import APIErrorType

from service.edge import error_shapes, openrouter_json
from service.edge.openrouter_json import Heading
from service.errors import (
    ErrorKind,
    Internal,
    InvalidRequest,
    ModelNotFound,
    NoEndpoint,
    PointsmanError,
    ProviderError,
    Violation,
)
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage
from service.types.metadata import Attempt, Metadata

HEADING = Heading(id="gen-1", created=7, model="author/m", provider="Acme AI")
ENVELOPE = {
    "id": "gen-1",
    "created": 7,
    "model": "author/m",
    "provider": "Acme AI",
    "system_fingerprint": None,
}
ACCOUNT = Metadata(generation_id="g")
FREE = {
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "total_tokens": 0,
    "prompt_tokens_details": None,
    "completion_tokens_details": None,
    "cost": None,
    "is_byok": False,
    "cost_details": None,
}


def _title(provider: str) -> str:
    return {"acme": "Acme AI"}.get(provider, provider)


@pytest.mark.parametrize(
    ("delta", "printed"),
    [
        (Delta(), {"content": ""}),
        (Delta(content="Hi"), {"content": "Hi"}),
        (Delta(reasoning="hm"), {"content": "", "reasoning": "hm"}),
        (
            Delta(tool_calls=[ToolCallDelta(index=0, name="f")]),
            {"content": None, "tool_calls": [{"index": 0, "function": {"name": "f"}}]},
        ),
        (
            Delta(content="a", tool_calls=[ToolCallDelta(index=0, name="f")]),
            {"content": "a", "tool_calls": [{"index": 0, "function": {"name": "f"}}]},
        ),
        (Delta(extra={"function_call": {"name": "f"}}), {"content": "", "function_call": {"name": "f"}}),
    ],
)
def test_every_delta_has_role_and_content(delta: Delta, printed: dict[str, Any]) -> None:
    part = Chunk(choices=[ChunkChoice(index=0, delta=delta, finish_reason="stop")])

    assert openrouter_json.chunk(part, HEADING) == ENVELOPE | {
        "object": "chat.completion.chunk",
        "choices": [
            {
                "index": 0,
                "delta": {"role": "assistant", **printed},
                "logprobs": None,
                "finish_reason": "stop",
                "native_finish_reason": None,
            }
        ],
    }


def test_a_whole_answer_keeps_what_the_vendor_adds_but_for_our_own_names() -> None:
    answer = Chunk(
        choices=[ChunkChoice(index=0, delta=Delta(content="a"), native_finish_reason="eos", extra={"x": 1})],
        service_tier="flex",
        metadata=ACCOUNT,
        extra={"provider": "Another", "citations": ["u"]},
    )

    printed = openrouter_json.completion(answer, HEADING)

    assert printed.pop("choices")[0] == {
        "index": 0,
        "message": {"role": "assistant", "content": "a", "refusal": None},
        "logprobs": None,
        "finish_reason": None,
        "native_finish_reason": "eos",
        "x": 1,
    }
    assert printed.pop("metadata")["generation_id"] == "g"
    assert printed == ENVELOPE | {
        "object": "chat.completion",
        "service_tier": "flex",
        "citations": ["u"],
        "usage": FREE,
    }


PROMPT, ANSWER = "upstream_inference_prompt_cost", "upstream_inference_completions_cost"


@pytest.mark.parametrize(
    ("counts", "printed"),
    [
        (None, {}),
        (
            Usage(prompt_tokens=3, completion_tokens=2),
            {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        ),
        (Usage(total_tokens=9), {"total_tokens": 9}),
        (
            Usage(
                prompt_tokens_details={"cached_tokens": 1}, completion_tokens_details={"reasoning_tokens": 2}
            ),
            {
                "prompt_tokens_details": {"cached_tokens": 1},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
        ),
        (
            Usage(cost=Decimal("0.1"), cost_details={PROMPT: Decimal("0.1"), ANSWER: Decimal(0)}),
            {
                "cost": Decimal("0.1"),
                "cost_details": {
                    "upstream_inference_cost": None,
                    PROMPT: Decimal("0.1"),
                    ANSWER: Decimal(0),
                },
            },
        ),
        (Usage(cost_details={PROMPT: None, ANSWER: Decimal(0)}), {"cost_details": None}),
        (Usage(extra={"queue_time": 7, "is_byok": True}), {"queue_time": 7}),
    ],
)
def test_usage_always_has_its_counts(counts: Usage | None, printed: dict[str, Any]) -> None:
    assert openrouter_json.usage(counts) == FREE | printed


def test_every_kind_of_error_has_a_word_of_openrouters() -> None:
    words = get_args(get_args(APIErrorType)[0])

    for kind in ErrorKind:
        error = ProviderError(kind, "acme", "")
        assert error_shapes.openrouter_type(error, error.row.http_status) in words


FAILED = [
    Attempt(model="acme/m", error_type="provider_rate_limit", provider_status=429),
    Attempt(model="other/m", error_type="provider_unreachable"),
    Attempt(model="acme/n", error_type="provider_failure", provider_status=500),
]


@pytest.mark.parametrize(
    ("failure", "attempts", "about"),
    [
        (InvalidRequest([Violation("n", "x")]), [], {"error_type": "invalid_request"}),
        (Internal(), [], {"error_type": "server"}),
        (
            ProviderError(ErrorKind.PROVIDER_UNREACHABLE, "other", "words"),
            FAILED[1:2],
            {"error_type": "provider_unavailable", "provider_name": "other"},
        ),
        (
            ProviderError(
                ErrorKind.PROVIDER_FAILURE,
                "acme",
                "All 3 attempts failed. Provider 'acme' answered 500: words",
                status=500,
                retry_after=3,
                words="words",
                provider_code="c",
            ),
            FAILED,
            {
                "error_type": "provider_unavailable",
                "provider_name": "Acme AI",
                "raw": "words",
                "provider_code": "c",
                "retry_after": 3,
                "previous_errors": [
                    {"provider": "Acme AI", "code": "provider_rate_limit", "status": 429},
                    {"provider": "other", "code": "provider_unreachable", "status": None},
                ],
            },
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, PointsmanError) else None,
)
def test_errors_carry_the_account(
    failure: PointsmanError, attempts: list[Attempt], about: dict[str, Any]
) -> None:
    account = Metadata(generation_id="g", attempts=attempts, reasoning="why")

    printed = openrouter_json.error(failure, 599, account, requested=["m"], title=_title)

    told = printed["error"].pop("metadata")
    assert printed == {"error": {"code": 599, "message": failure.message}}
    assert [each["model"] for each in told.pop("attempts")] == [each.model for each in attempts]
    assert told == {"generation_id": "g", "reasoning": "why", "total_duration_ms": 0, **about}


@pytest.mark.parametrize(
    ("failure", "availability"),
    [
        (ModelNotFound("no"), {"code": "model_not_found"}),
        (
            NoEndpoint([Violation("model", "x")], ["max_price", "tools"]),
            {"code": "constraint_filtered", "excluded_by": ["max_price", "tools"]},
        ),
        (NoEndpoint([Violation("model", "x")]), {"code": "no_endpoints", "excluded_by": []}),
    ],
)
def test_availability(failure: PointsmanError, availability: dict[str, Any]) -> None:
    printed = openrouter_json.error(failure, 404, ACCOUNT, requested=["a", "b"], title=_title)

    assert printed["error"]["availability"] == {
        "retryable": False,
        "requested_models": ["a", "b"],
        **availability,
    }


def test_the_frame_that_ends_a_stream() -> None:
    printed = openrouter_json.failed_chunk({"error": {"code": 502}}, HEADING)

    assert printed["error"] == {"code": 502}
    assert printed["id"] == "gen-1"
    assert printed["choices"][0]["finish_reason"] == "error"
