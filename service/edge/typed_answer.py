"""Chunks and completions to their protos. What has no field of its own travels as JSON in `extra_json`."""

from decimal import Decimal
from typing import Any

import msgspec

from pointsman.v1 import (
    annotation_pb2,
    assistant_message_pb2,
    chat_completion_chunk_pb2,
    chat_completion_pb2,
    content_part_pb2,
    logprobs_pb2,
    metadata_pb2,
    output_media_pb2,
    role_pb2,
    tool_call_pb2,
    usage_pb2,
)
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage
from service.types.metadata import Metadata


def completion(
    answer: Chunk, completion_id: str, created: int, model: str
) -> chat_completion_pb2.ChatCompletion:
    """Prints a folded answer."""
    return chat_completion_pb2.ChatCompletion(
        id=completion_id,
        created=created,
        model=model,
        choices=[_whole_choice(choice) for choice in answer.choices],
        usage=usage(answer.usage),
        system_fingerprint=answer.system_fingerprint,
        service_tier=answer.service_tier,
        metadata=metadata(answer.metadata),
        extra_json=_json(answer.extra),
    )


def chunk(
    part: Chunk, completion_id: str, created: int, model: str
) -> chat_completion_chunk_pb2.ChatCompletionChunk:
    """Prints one frame."""
    return chat_completion_chunk_pb2.ChatCompletionChunk(
        id=completion_id,
        created=created,
        model=model,
        choices=[_chunk_choice(choice) for choice in part.choices],
        usage=usage(part.usage),
        system_fingerprint=part.system_fingerprint,
        service_tier=part.service_tier,
        metadata=metadata(part.metadata),
        extra_json=_json(part.extra),
    )


def metadata(account: Metadata | None) -> metadata_pb2.Metadata | None:
    """Prints the account; it also travels as an error detail."""
    if account is None:
        return None
    return metadata_pb2.Metadata(
        attempts=[metadata_pb2.Attempt(**msgspec.structs.asdict(attempt)) for attempt in account.attempts],
        generation_id=account.generation_id,
        reasoning=account.reasoning,
        route_id=account.route_id,
        variant_id=account.variant_id,
        total_duration_ms=account.total_duration_ms,
        warnings=[metadata_pb2.Warning(**msgspec.structs.asdict(warning)) for warning in account.warnings],
    )


def usage(counts: Usage | None) -> usage_pb2.Usage | None:
    """Prints token counts; details without a field of their own go to `extra_json`."""
    if counts is None:
        return None
    extra = dict(counts.extra)
    prompt, prompt_rest = _details(counts.prompt_tokens_details, usage_pb2.PromptTokensDetails)
    answer, answer_rest = _details(counts.completion_tokens_details, usage_pb2.CompletionTokensDetails)
    extra |= {"prompt_tokens_details": prompt_rest} if prompt_rest else {}
    extra |= {"completion_tokens_details": answer_rest} if answer_rest else {}
    return usage_pb2.Usage(
        prompt_tokens=_int(counts.prompt_tokens),
        completion_tokens=_int(counts.completion_tokens),
        total_tokens=_int(counts.total_tokens),
        prompt_tokens_details=prompt,
        completion_tokens_details=answer,
        cost=None if counts.cost is None else float(counts.cost),
        cost_details=_cost_details(counts.cost_details),
        extra_json=_json(extra),
    )


def _cost_details(details: dict[str, Decimal | None] | None) -> usage_pb2.CostDetails | None:
    if details is None:
        return None
    known = {name: float(value) for name, value in details.items() if value is not None}
    return usage_pb2.CostDetails(**known) if known else None


def _details(details: dict[str, Any] | None, kind: Any) -> tuple[Any, dict[str, Any]]:
    if not isinstance(details, dict):
        return None, {}
    known = {name: _int(details.get(name)) for name in kind.DESCRIPTOR.fields_by_name}
    rest = {name: value for name, value in details.items() if known.get(name) is None and value is not None}
    return kind(**known), rest


def _whole_choice(choice: ChunkChoice) -> chat_completion_pb2.Choice:
    extra = dict(choice.extra)
    return chat_completion_pb2.Choice(
        index=choice.index,
        message=_message(choice.delta),
        finish_reason=choice.finish_reason or "",
        native_finish_reason=choice.native_finish_reason,
        logprobs=_logprobs(choice.logprobs, extra),
        extra_json=_json(extra),
    )


def _chunk_choice(choice: ChunkChoice) -> chat_completion_chunk_pb2.ChunkChoice:
    delta, extra, choice_extra = choice.delta, dict(choice.delta.extra), dict(choice.extra)
    return chat_completion_chunk_pb2.ChunkChoice(
        index=choice.index,
        delta=chat_completion_chunk_pb2.Delta(
            role=role_pb2.ROLE_ASSISTANT if delta.role else role_pb2.ROLE_UNSPECIFIED,
            content=delta.content,
            refusal=delta.refusal,
            reasoning=delta.reasoning,
            reasoning_details_json=_json(delta.reasoning_details),
            tool_calls=[_tool_call_delta(call) for call in delta.tool_calls or ()],
            images=_images(delta.images, extra),
            audio=_audio(delta.audio, extra),
            annotations=[_annotation(each) for each in delta.annotations or ()],
            extra_json=_json(extra),
        ),
        finish_reason=choice.finish_reason,
        native_finish_reason=choice.native_finish_reason,
        logprobs=_logprobs(choice.logprobs, choice_extra),
        extra_json=_json(choice_extra),
    )


def _message(delta: Delta) -> assistant_message_pb2.AssistantMessage:
    extra = dict(delta.extra)
    return assistant_message_pb2.AssistantMessage(
        role=role_pb2.ROLE_ASSISTANT,
        content=delta.content,
        refusal=delta.refusal,
        reasoning=delta.reasoning,
        reasoning_details_json=_json(delta.reasoning_details),
        tool_calls=[_tool_call(call) for call in delta.tool_calls or ()],
        images=_images(delta.images, extra),
        audio=_audio(delta.audio, extra),
        annotations=[_annotation(each) for each in delta.annotations or ()],
        extra_json=_json(extra),
    )


def _call_extra(call: ToolCallDelta) -> dict[str, Any]:
    return call.extra | ({"function": call.function_extra} if call.function_extra else {})


def _tool_call(call: ToolCallDelta) -> tool_call_pb2.ToolCall:
    function = tool_call_pb2.FunctionCall(name=call.name or "", arguments=call.arguments or "")
    return tool_call_pb2.ToolCall(
        id=call.id or "",
        type=call.type,
        function=function if call.name or call.arguments else None,
        extra_json=_json(_call_extra(call)),
    )


def _tool_call_delta(call: ToolCallDelta) -> tool_call_pb2.ToolCallDelta:
    function = tool_call_pb2.FunctionCallDelta(name=call.name, arguments=call.arguments)
    return tool_call_pb2.ToolCallDelta(
        index=call.index,
        id=call.id,
        type=call.type,
        function=function if call.name is not None or call.arguments is not None else None,
        extra_json=_json(_call_extra(call)),
    )


def _images(images: list[Any] | None, extra: dict[str, Any]) -> list[output_media_pb2.OutputImage]:
    """Prints images by URL; if any has another shape or says more, all stay JSON in `extra`."""
    try:
        return [_image(image) for image in images or ()]
    except (KeyError, TypeError, AttributeError, ValueError):
        extra["images"] = images
        return []


def _image(image: dict[str, Any]) -> output_media_pb2.OutputImage:
    url = image["image_url"]
    # The index is the place in the list.
    if image.keys() - {"type", "index", "image_url"} or url.keys() - {"url"}:
        raise ValueError("a member without a field")
    return output_media_pb2.OutputImage(image_url=content_part_pb2.ImageUrl(url=url["url"]))


def _audio(audio: dict[str, Any] | None, extra: dict[str, Any]) -> output_media_pb2.OutputAudio | None:
    """Prints speech; if it has another shape or says more, it stays JSON in `extra`."""
    if not audio:
        return None
    known = {name: _text(audio.get(name)) for name in ("id", "data", "transcript")}
    expires_at = _int(audio.get("expires_at"))
    fields = known | {"expires_at": expires_at}
    if any(fields.get(name) is None and value is not None for name, value in audio.items()):
        extra["audio"] = audio
        return None
    return output_media_pb2.OutputAudio(**known, expires_at=expires_at)


def _annotation(annotation: Any) -> annotation_pb2.Annotation:
    citation = annotation.get("url_citation") if isinstance(annotation, dict) else None
    if not isinstance(citation, dict) or not isinstance(citation.get("url"), str):
        return annotation_pb2.Annotation(other_json=_json(annotation) or "")
    return annotation_pb2.Annotation(
        url_citation=annotation_pb2.UrlCitation(
            url=citation["url"],
            title=_text(citation.get("title")),
            content=_text(citation.get("content")),
            start_index=_int(citation.get("start_index"), bits=32),
            end_index=_int(citation.get("end_index"), bits=32),
        )
    )


def _logprobs(logprobs: dict[str, Any] | None, extra: dict[str, Any]) -> logprobs_pb2.Logprobs | None:
    """Prints log probabilities; of another shape than OpenAI's they stay JSON in `extra`."""
    if not logprobs:
        return None
    try:
        return logprobs_pb2.Logprobs(
            content=[_token(token) for token in logprobs.get("content") or ()],
            refusal=[_token(token) for token in logprobs.get("refusal") or ()],
        )
    except (TypeError, ValueError, AttributeError, OverflowError):
        extra["logprobs"] = logprobs
        return None


def _token(token: dict[str, Any]) -> logprobs_pb2.TokenLogprob:
    tops = [logprobs_pb2.TopLogprob(**_token_members(top)) for top in token.get("top_logprobs") or ()]
    return logprobs_pb2.TokenLogprob(**_token_members(token), top_logprobs=tops)


def _token_members(token: dict[str, Any]) -> dict[str, Any]:
    raw = token.get("bytes")
    if raw is not None and not isinstance(raw, list):
        raise TypeError("bytes must be a list")  # of a number, bytes() would make that many
    return {
        "token": token.get("token") or "",
        "logprob": token.get("logprob") or 0.0,
        "bytes": None if raw is None else bytes(raw),
    }


def _json(value: Any) -> str | None:
    return msgspec.json.encode(value).decode() if value else None


def _int(value: Any, *, bits: int = 64) -> int | None:
    """A whole number that a field of this width can hold."""
    limit = 2 ** (bits - 1)
    fits = isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
    return value if fits else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
