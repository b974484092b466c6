"""Prints answers and errors in the OpenAI dialect, as `/v1` speaks it."""

from typing import Any

import msgspec

from service.errors import ErrorKind, PointsmanError, ProviderError
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage
from service.types.metadata import Attempt, Metadata

# Money is decimal and printed as a number.
encode = msgspec.json.Encoder(decimal_format="number").encode

# When the provider finds fault with the caller's request, its own code says it best.
_PROVIDER_CODES = (
    ErrorKind.PROVIDER_BAD_REQUEST,
    ErrorKind.PROVIDER_UNPROCESSABLE,
    ErrorKind.PROVIDER_INVALID_IMAGE,
)


def completion(answer: Chunk, completion_id: str, created: int, model: str) -> dict[str, Any]:
    """Prints a folded answer as `chat.completion`."""
    body = _envelope(answer, "chat.completion", completion_id, created, model)
    body["choices"] = [_choice(each, "message", message(each.delta)) for each in answer.choices]
    body["usage"] = usage(answer.usage) if answer.usage else None
    return body | _account(answer)


def chunk(part: Chunk, completion_id: str, created: int, model: str) -> dict[str, Any]:
    """Prints one frame as `chat.completion.chunk`."""
    body = _envelope(part, "chat.completion.chunk", completion_id, created, model)
    body["choices"] = [_choice(each, "delta", delta(each.delta)) for each in part.choices]
    if part.usage:
        body["usage"] = usage(part.usage)
    return body | _account(part)


def usage(counts: Usage) -> dict[str, Any]:
    """Prints token counts."""
    printed: dict[str, Any] = {
        "prompt_tokens": counts.prompt_tokens,
        "completion_tokens": counts.completion_tokens,
        "total_tokens": counts.total_tokens,
    }
    if counts.prompt_tokens_details is not None:
        printed["prompt_tokens_details"] = counts.prompt_tokens_details
    if counts.completion_tokens_details is not None:
        printed["completion_tokens_details"] = counts.completion_tokens_details
    printed |= counts.extra
    printed["cost"] = counts.cost
    if counts.cost_details and any(part is not None for part in counts.cost_details.values()):
        printed["cost_details"] = counts.cost_details
    return printed


def metadata(account: Metadata) -> dict[str, Any]:
    """Prints the account; an attempt that gave nothing has 0 as its time to first token (Inworld 3.2)."""
    printed: dict[str, Any] = {
        "attempts": [_attempt(attempt) for attempt in account.attempts],
        "generation_id": account.generation_id,
        "reasoning": account.reasoning,
        "total_duration_ms": account.total_duration_ms,
    }
    if account.route_id is not None:
        printed |= {"route_id": account.route_id, "variant_id": account.variant_id}
    if account.warnings:
        printed["warnings"] = account.warnings
    return printed


def _attempt(attempt: Attempt) -> dict[str, Any]:
    printed: dict[str, Any] = {
        "model": attempt.model,
        "success": attempt.success,
        "time_to_first_token_ms": attempt.time_to_first_token_ms or 0,
    }
    if attempt.error_type is not None:
        printed["error_type"] = attempt.error_type
    if attempt.provider_status is not None:
        printed["provider_status"] = attempt.provider_status
    if attempt.error_message is not None:
        printed["error_message"] = attempt.error_message
    return printed


def error(failure: PointsmanError, account: Metadata | None) -> dict[str, Any]:
    """Prints a failure: OpenAI's envelope, and beside it the account."""
    shown: dict[str, Any] = {
        "message": failure.message,
        "type": failure.row.type,
        "param": failure.param,
        "code": failure.kind.value,
    }
    if isinstance(failure, ProviderError):
        code = failure.provider_code
        if failure.kind in _PROVIDER_CODES and code and not code.isdigit():  # some vendors repeat the status
            shown["code"] = code
        shown["provider"] = failure.provider
        shown["provider_status"] = failure.status
        shown["provider_code"] = failure.provider_code
        if failure.retry_after is not None:
            shown["retry_after"] = failure.retry_after  # in a stream there is no header to say it
    body: dict[str, Any] = {"error": shown}
    if account:
        body["metadata"] = metadata(account)
    return body


def _envelope(part: Chunk, kind: str, completion_id: str, created: int, model: str) -> dict[str, Any]:
    return {
        "id": completion_id,
        "object": kind,
        "created": created,
        "model": model,
        "system_fingerprint": part.system_fingerprint,
        **({"service_tier": part.service_tier} if part.service_tier else {}),
        **part.extra,
    }


def _account(part: Chunk) -> dict[str, Any]:
    return {"metadata": metadata(part.metadata)} if part.metadata else {}


def message(whole: Delta) -> dict[str, Any]:
    """Prints a message of which this is all."""
    printed: dict[str, Any] = {"role": "assistant", "content": whole.content, "refusal": whole.refusal}
    printed |= _rest_of(whole)
    if whole.tool_calls:
        printed["tool_calls"] = [_tool_call(call) for call in whole.tool_calls]
    return printed


def delta(new: Delta) -> dict[str, Any]:
    """Prints what is new in a message."""
    named = {"role": new.role, "content": new.content, "refusal": new.refusal}
    printed: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    printed |= _rest_of(new)
    if new.tool_calls:
        printed["tool_calls"] = [{"index": call.index} | _tool_call(call) for call in new.tool_calls]
    return printed


def _choice(choice: ChunkChoice, name: str, content: dict[str, Any]) -> dict[str, Any]:
    printed: dict[str, Any] = {
        "index": choice.index,
        name: content,
        "logprobs": choice.logprobs,
        "finish_reason": choice.finish_reason,
    }
    if choice.native_finish_reason is not None:
        printed["native_finish_reason"] = choice.native_finish_reason
    return printed | choice.extra


def _rest_of(delta: Delta) -> dict[str, Any]:
    named = {
        "reasoning": delta.reasoning,
        "reasoning_details": delta.reasoning_details,
        "images": delta.images,
        "audio": delta.audio,
        "annotations": delta.annotations,
    }
    return {name: value for name, value in named.items() if value is not None} | delta.extra


def _tool_call(call: ToolCallDelta) -> dict[str, Any]:
    printed: dict[str, Any] = {}
    if call.id is not None:
        printed["id"] = call.id
    if call.type is not None:
        printed["type"] = call.type
    named = {"name": call.name, "arguments": call.arguments}
    function = {name: value for name, value in named.items() if value is not None} | call.function_extra
    if function:
        printed["function"] = function
    return printed | call.extra
