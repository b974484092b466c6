"""Prints answers and errors as OpenRouter does, as `/api/v1` speaks it.

Source: OpenRouter A10.1 to A10.4; our own account is added as `metadata`, and to errors in theirs.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from service.edge import error_shapes, openai_json
from service.errors import ModelNotFound, NoEndpoint, PointsmanError, ProviderError
from service.types.chunk import Chunk, ChunkChoice, Usage
from service.types.metadata import Attempt, Metadata

_DETAILS = ("prompt_tokens_details", "completion_tokens_details")
_COSTS = (
    "upstream_inference_cost",
    "upstream_inference_prompt_cost",
    "upstream_inference_completions_cost",
)


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What every frame of one answer begins with. `provider` is a display name."""

    id: str
    created: int
    model: str
    provider: str

    def over(self, kind: str) -> dict[str, Any]:
        """The members."""
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "provider": self.provider,
        }


def completion(answer: Chunk, heading: Heading) -> dict[str, Any]:
    """Prints a folded answer as `chat.completion`."""
    body = _envelope(answer, heading.over("chat.completion"))
    body["choices"] = [_whole_choice(choice) for choice in answer.choices]
    body["usage"] = usage(answer.usage)
    return body | _account(answer)


def chunk(part: Chunk, heading: Heading) -> dict[str, Any]:
    """Prints one frame as `chat.completion.chunk`. The one with the account has the usage, known or not."""
    body = _envelope(part, heading.over("chat.completion.chunk"))
    body["choices"] = [_chunk_choice(choice) for choice in part.choices]
    if part.usage or part.metadata:
        body["usage"] = usage(part.usage)
    return body | _account(part)


def failed_chunk(failure: dict[str, Any], heading: Heading) -> dict[str, Any]:
    """Prints the frame that ends a stream with an error (A10.4); `failure` is what `error` gives."""
    choice = {
        "index": 0,
        "delta": {"role": "assistant", "content": ""},
        "finish_reason": "error",
        "native_finish_reason": None,
        "logprobs": None,
    }
    return heading.over("chat.completion.chunk") | failure | {"choices": [choice]}


def usage(counts: Usage | None) -> dict[str, Any]:
    """Prints token counts. The contract knows no null among them: what is unknown is 0, its cost null."""
    known = counts or Usage()
    prompt, answer = known.prompt_tokens or 0, known.completion_tokens or 0
    costs = known.cost_details or {}
    printed: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "total_tokens": known.total_tokens or prompt + answer,
    }
    printed |= {name: getattr(known, name) for name in _DETAILS}
    printed |= known.extra
    return printed | {
        "cost": known.cost,
        "is_byok": False,
        # Of the three only the first may be null.
        "cost_details": {name: costs.get(name) for name in _COSTS}
        if all(costs.get(name) is not None for name in _COSTS[1:])
        else None,
    }


def error(
    failure: PointsmanError,
    status: int,
    account: Metadata,
    *,
    requested: list[str],
    title: Callable[[str], str],
) -> dict[str, Any]:
    """Prints a failure under `error`.

    `requested` are the models that the caller named, `title` gives the display name of a provider.
    """
    about: dict[str, Any] = {"error_type": error_shapes.openrouter_type(failure, status)}
    if isinstance(failure, ProviderError):
        about["provider_name"] = title(failure.provider)
        if failure.words is not None:
            about["raw"] = failure.words
        if failure.provider_code is not None:
            about["provider_code"] = failure.provider_code
        if failure.retry_after is not None:
            about["retry_after"] = failure.retry_after  # in a stream there is no header to say it
    previous = [_previous(each, title) for each in account.attempts[:-1] if not each.success]
    if previous:
        about["previous_errors"] = previous
    shown = {"code": status, "message": failure.message, "metadata": about | openai_json.metadata(account)}
    if isinstance(failure, NoEndpoint | ModelNotFound):
        shown["availability"] = _availability(failure, requested)
    return {"error": shown}


def _previous(attempt: Attempt, title: Callable[[str], str]) -> dict[str, Any]:
    return {
        "provider": title(attempt.model.partition("/")[0]),
        "code": attempt.error_type,
        "status": attempt.provider_status,
    }


def _availability(failure: NoEndpoint | ModelNotFound, requested: list[str]) -> dict[str, Any]:
    if isinstance(failure, ModelNotFound):
        return {"code": "model_not_found", "retryable": False, "requested_models": requested}
    return {
        "code": "constraint_filtered" if failure.excluded_by else "no_endpoints",
        "retryable": False,
        "requested_models": requested,
        "excluded_by": list(failure.excluded_by),
    }


def _envelope(part: Chunk, heading: dict[str, Any]) -> dict[str, Any]:
    more = {name: value for name, value in part.extra.items() if name not in heading}
    tier = {"service_tier": part.service_tier} if part.service_tier else {}
    return {**heading, "system_fingerprint": part.system_fingerprint, **tier, **more}


def _account(part: Chunk) -> dict[str, Any]:
    return {"metadata": openai_json.metadata(part.metadata)} if part.metadata else {}


def _whole_choice(choice: ChunkChoice) -> dict[str, Any]:
    return _choice(choice, "message", openai_json.message(choice.delta))


def _chunk_choice(choice: ChunkChoice) -> dict[str, Any]:
    """Every delta has role and content, as captured (A10.3); beside calls alone the content is null."""
    content = None if choice.delta.tool_calls else ""
    shown = {"role": "assistant", "content": content} | openai_json.delta(choice.delta)
    return _choice(choice, "delta", shown)


def _choice(choice: ChunkChoice, name: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "index": choice.index,
        name: content,
        "logprobs": choice.logprobs,
        "finish_reason": choice.finish_reason,
        "native_finish_reason": choice.native_finish_reason,
        **choice.extra,
    }
