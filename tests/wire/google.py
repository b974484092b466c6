"""Recorded Gemini traffic as `google-genai` reads it: its converters and its models, none of our code."""

import base64
import copy
import json
from typing import Any

from google.genai import models, types

from service.dialects.dialect import Dialect
from service.dialects.google import Google
from service.dialects.google.vertex import GeminiOnVertex
from service.types.upstream import Endpoint, Site
from tests.wire.seen import Rule, Seen

KINDS = ("google.generative", "google.vertex")
RULES = {
    "made-ids": Rule(
        "Where Google gives a function call no id, it gets one: OpenAI's clients cannot do without.",
        r'"functionCall": ?\{\s*"(name|args)"',
    ),
    "tool-prompt": Rule(
        "What Google's own tools added to the prompt is part of it, thoughts of the completion.",
        r'"(toolUsePrompt|thoughts)TokenCount": ?[1-9]',
    ),
    "service-tier": Rule(
        "The SDK's usage metadata has no serviceTier; Vertex AI's trafficType is told as one.",
        r'"(serviceTier|trafficType)"',
    ),
}

_FILTERED = {
    *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"),
    *("IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "ESCALATION", "PUP_LIMITED_DISABLED", "MODEL_ARMOR"),
}
_TIERS = {"ON_DEMAND": "standard", "ON_DEMAND_FLEX": "flex", "ON_DEMAND_PRIORITY": "priority"}

Record = dict[str, Any]


def is_chat(record: Record) -> bool:
    """Whether an exchange is one of generateContent, not embeddings, counts or files."""
    return record["path"].rpartition(":")[2] in ("generateContent", "streamGenerateContent")


def dialect_of(record: Record) -> tuple[Dialect, Endpoint]:
    """The dialect that reads a record, and the endpoint it came from."""
    base_url, path = f"https://{record['host']}", record["path"]
    model = path.rpartition("/models/")[2].partition(":")[0]
    if "/publishers/" not in path:
        return Google(), Endpoint(provider="google", model=model, base_url=base_url, dialect="google")
    names = path.split("/")
    named = {"project": names[3], "location": names[5]} if "projects" in names else {}
    site = Site(**named)
    return GeminiOnVertex(), Endpoint(
        provider="vertex", model=model, base_url=base_url, dialect="vertex", site=site
    )


def raw_answers(record: Record) -> list[Any]:
    """The JSON of the answer, as recorded: one object, or one for each event."""
    if "json" in record["response"]:
        return [record["response"]["json"]]
    lines = record["response"]["text"].replace("\r", "").split("\n")
    return [json.loads(line[5:]) for line in lines if line.startswith("data:")]


def expected(record: Record) -> Seen:
    """What the SDK makes of the answer; of an error its status and message, under `others`."""
    if record["status"] >= 300:
        error = record["response"]["json"]["error"]
        return Seen(others={"error": (record["status"], error["message"])})
    vertex = isinstance(dialect_of(record)[0], GeminiOnVertex)
    seen = Seen()
    for raw in raw_answers(record):
        usage = raw.get("usageMetadata") or {}
        tier = usage.get("serviceTier") or _TIERS.get(usage.get("trafficType", ""))
        seen.service_tier = tier or seen.service_tier
        _add(seen, _parsed(raw, vertex=vertex))
    return seen


def _parsed(raw: Record, *, vertex: bool) -> types.GenerateContentResponse:
    convert = (
        models._GenerateContentResponse_from_vertex if vertex else models._GenerateContentResponse_from_mldev
    )
    # It takes apart what it reads.
    parsed = types.GenerateContentResponse._from_response(response=convert(copy.deepcopy(raw)), kwargs={})
    for candidate, given in zip(parsed.candidates or (), raw.get("candidates") or (), strict=True):
        # The SDK's converter for AI Studio forgets it.
        candidate.finish_message = given.get("finishMessage")
    return parsed


def _add(seen: Seen, answer: types.GenerateContentResponse) -> None:
    for candidate in answer.candidates or ():
        for part in (candidate.content.parts if candidate.content else None) or ():
            _add_part(seen, part)
        _add_sources(seen, candidate)
        if candidate.logprobs_result:
            seen.logprobs += len(candidate.logprobs_result.chosen_candidates or ())
        if candidate.finish_reason:
            _finish(seen, candidate.finish_reason.value, candidate.finish_message)
    if answer.prompt_feedback and answer.prompt_feedback.block_reason and not answer.candidates:
        seen.native_finish_reason = answer.prompt_feedback.block_reason.value
        seen.finish_reason = "content_filter"
        seen.refusal = answer.prompt_feedback.block_reason_message or ""
    if answer.usage_metadata:
        seen.usage = _usage(answer.usage_metadata)


def _add_part(seen: Seen, part: types.Part) -> None:
    server_tool = part.executable_code or part.code_execution_result or part.tool_call or part.tool_response
    if part.text is not None and part.thought:
        seen.reasoning += part.text
    elif part.text is not None:
        seen.content += part.text
    if part.function_call:
        call_id = part.function_call.id or f"call_{len(seen.tool_calls)}"
        seen.tool_calls.append((call_id, part.function_call.name or "", part.function_call.args or {}))
    # A call and its result are one.
    if part.executable_code:
        seen.server_tools.append("code_execution")
    if part.tool_call and part.tool_call.tool_type:
        seen.server_tools.append(part.tool_call.tool_type.value.lower())
    if part.inline_data and (part.inline_data.mime_type or "").startswith("image/"):
        data = base64.b64encode(part.inline_data.data or b"").decode()
        seen.images.append(f"data:{part.inline_data.mime_type};base64,{data}")
    if part.thought_signature and not server_tool:
        seen.signatures.append(base64.b64encode(part.thought_signature).decode())


def _add_sources(seen: Seen, candidate: types.Candidate) -> None:
    grounding = candidate.grounding_metadata or types.GroundingMetadata()
    chunks = grounding.grounding_chunks or []
    supports = grounding.grounding_supports or []
    named = [index for support in supports for index in support.grounding_chunk_indices or ()]
    named += [index for index in range(len(chunks)) if index not in named]
    for index in named:
        source = chunks[index].web or chunks[index].maps or chunks[index].retrieved_context
        if source and source.uri:
            seen.citations.append((source.uri, source.title or ""))
    for citation in (candidate.citation_metadata and candidate.citation_metadata.citations) or ():
        if citation.uri:
            seen.citations.append((citation.uri, citation.title or ""))


def _finish(seen: Seen, native: str, message: str | None) -> None:
    seen.native_finish_reason = native
    if native in _FILTERED:
        seen.finish_reason, seen.refusal = "content_filter", message or ""
    elif native == "MAX_TOKENS":
        seen.finish_reason = "length"
    else:
        seen.finish_reason = "tool_calls" if seen.tool_calls else "stop"


def _usage(usage: types.GenerateContentResponseUsageMetadata) -> dict[str, int]:
    prompt, total = usage.prompt_token_count, usage.total_token_count
    if prompt is None:
        return {}
    prompt += usage.tool_use_prompt_token_count or 0
    completion = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    counts = {
        "prompt": prompt,
        "completion": completion,
        "total": total,
        "cached": usage.cached_content_token_count,
        "reasoning": usage.thoughts_token_count,
    }
    return {name: count for name, count in counts.items() if count is not None}
