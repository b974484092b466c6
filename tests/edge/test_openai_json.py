"""Answers and errors as JSON in the OpenAI dialect."""

from decimal import Decimal
from typing import Any

import pytest

from service.edge import openai_json
from service.errors import (
    ErrorKind,
    Internal,
    InvalidRequest,
    ModelNotFound,
    NotServed,
    PointsmanError,
    ProviderError,
    Violation,
)
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage
from service.types.metadata import Attempt, Metadata, Warning  # noqa: A004 - the contract's word


def _chunk(delta: Delta, **members: Any) -> dict[str, Any]:
    return openai_json.chunk(Chunk(choices=[ChunkChoice(index=0, delta=delta)], **members), "id", 7, "a/m")


@pytest.mark.parametrize(
    ("delta", "printed"),
    [
        (Delta(), {}),
        (Delta(role="assistant", content=""), {"role": "assistant", "content": ""}),
        (Delta(refusal="no"), {"refusal": "no"}),
        (
            Delta(reasoning="hm", extra={"reasoning_content": "hm"}),
            {"reasoning": "hm", "reasoning_content": "hm"},
        ),
        (Delta(images=[{"a": 1}], audio={"id": "x"}), {"images": [{"a": 1}], "audio": {"id": "x"}}),
        (
            Delta(tool_calls=[ToolCallDelta(index=1, id="c", type="function", name="f", arguments="")]),
            {
                "tool_calls": [
                    {"index": 1, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
                ]
            },
        ),
        (
            Delta(tool_calls=[ToolCallDelta(index=0, arguments="{")]),
            {"tool_calls": [{"index": 0, "function": {"arguments": "{"}}]},
        ),
        (
            Delta(tool_calls=[ToolCallDelta(index=0, name="f", function_extra={"y": 2})]),
            {"tool_calls": [{"index": 0, "function": {"name": "f", "y": 2}}]},
        ),
        (
            Delta(
                tool_calls=[ToolCallDelta(index=0, id="c", type="custom", extra={"custom": {"name": "g"}})]
            ),
            {"tool_calls": [{"index": 0, "id": "c", "type": "custom", "custom": {"name": "g"}}]},
        ),
    ],
)
def test_deltas(delta: Delta, printed: dict[str, Any]) -> None:
    assert _chunk(delta)["choices"] == [
        {"index": 0, "delta": printed, "logprobs": None, "finish_reason": None}
    ]


def test_a_chunk_has_usage_and_metadata_only_where_they_are_due() -> None:
    plain = _chunk(Delta(content="a"))
    last = _chunk(Delta(), usage=Usage(total_tokens=5), metadata=Metadata(generation_id="g"))

    assert plain.keys() == {"id", "object", "created", "model", "system_fingerprint", "choices"}
    assert last["usage"] == {
        **dict.fromkeys(("prompt_tokens", "completion_tokens", "cost")),
        "total_tokens": 5,
    }
    assert last["metadata"]["generation_id"] == "g"


def test_a_whole_answer_says_what_it_does_not_know() -> None:
    answer = Chunk(choices=[ChunkChoice(index=0, delta=Delta(), finish_reason="stop")])

    printed = openai_json.completion(answer, "id", 7, "a/m")

    assert printed["usage"] is None
    assert printed["system_fingerprint"] is None
    assert "service_tier" not in printed
    assert printed["choices"][0]["message"] == {"role": "assistant", "content": None, "refusal": None}


def test_usage_keeps_details_and_what_the_vendor_adds() -> None:
    counts = Usage(
        prompt_tokens=1,
        completion_tokens=2,
        total_tokens=3,
        prompt_tokens_details={"cached_tokens": 1},
        completion_tokens_details={},
        cost=Decimal("0.1"),
        cost_details={"upstream_inference_prompt_cost": Decimal("0.1")},
        extra={"queue_time": 7},
    )

    assert openai_json.usage(counts) == {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "total_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 1},
        "completion_tokens_details": {},
        "queue_time": 7,
        "cost": Decimal("0.1"),
        "cost_details": {"upstream_inference_prompt_cost": Decimal("0.1")},
    }


def test_money_is_a_number_and_exact() -> None:
    assert openai_json.encode({"cost": Decimal("0.00000012")}) in (b'{"cost":0.00000012}', b'{"cost":1.2E-7}')


def test_the_account_leaves_out_what_it_does_not_know() -> None:
    account = Metadata(
        generation_id="g",
        attempts=[Attempt(model="a/m", success=True, time_to_first_token_ms=0)],
        warnings=[Warning(param="top_k", model="a/m", reason="unknown to it")],
    )

    printed = openai_json.metadata(account)

    assert printed["attempts"] == [{"model": "a/m", "success": True, "time_to_first_token_ms": 0}]
    assert [warning.param for warning in printed["warnings"]] == ["top_k"]
    assert "warnings" not in openai_json.metadata(Metadata(generation_id="g"))


def _provider(kind: ErrorKind, code: str | None) -> ProviderError:
    return ProviderError(kind, "acme", "words", status=400, provider_code=code)


@pytest.mark.parametrize(
    ("failure", "shown"),
    [
        (
            InvalidRequest([Violation("n", "too few"), Violation("seed", "too big")]),
            ("n: too few; seed: too big", "invalid_request_error", "n", "invalid_request"),
        ),
        (InvalidRequest([Violation("", "no")]), ("no", "invalid_request_error", None, "invalid_request")),
        (ModelNotFound("no"), ("model: no", "invalid_request_error", "model", "model_not_found")),
        (
            NotServed(["sort", "models"]),
            (
                "sort, models: not served by this version of Pointsman",
                "not_implemented_error",
                "sort",
                "not_served",
            ),
        ),
        (Internal(), ("Internal error", "api_error", None, "internal_error")),
        (
            _provider(ErrorKind.PROVIDER_BAD_REQUEST, "context_length_exceeded"),
            ("words", "invalid_request_error", None, "context_length_exceeded"),
        ),
        (
            _provider(ErrorKind.PROVIDER_BAD_REQUEST, "400"),
            ("words", "invalid_request_error", None, "provider_bad_request"),
        ),
        (
            _provider(ErrorKind.PROVIDER_AUTH, "invalid_api_key"),
            ("words", "api_error", None, "provider_auth"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors(failure: PointsmanError, shown: tuple[str | None, ...]) -> None:
    printed = openai_json.error(failure, None)

    assert printed.keys() == {"error"}
    assert tuple(printed["error"][name] for name in ("message", "type", "param", "code")) == shown
    assert ("provider" in printed["error"]) is isinstance(failure, ProviderError)


def test_a_failure_says_when_to_come_back() -> None:
    failure = ProviderError(ErrorKind.PROVIDER_RATE_LIMIT, "acme", "words", status=429, retry_after=7)

    assert openai_json.error(failure, None)["error"]["retry_after"] == 7
