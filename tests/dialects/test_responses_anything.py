"""Whatever the Responses API sends, it is decoded or it is the provider's fault; nothing else is raised."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.dialects.responses import OpenAIResponses
from service.errors import ProviderError
from service.types.chunk import Chunk
from tests.asking import ENDPOINT, chat
from tests.dialects.printing import printed
from tests.dialects.test_openai_anything import _json, _members

_KINDS = st.sampled_from(
    [
        *("message", "reasoning", "function_call", "custom_tool_call", "compaction", "web_search_call"),
        *("image_generation_call", "computer_call", "shell_call", "tool_search_call", "mcp_call", "hologram"),
    ]
)
_parts = _members(
    *("text", "refusal", "logprobs"),
    type=st.sampled_from(["output_text", "refusal", "reasoning_text", "summary_text", "hologram"]),
    annotations=st.lists(_members("start_index", "index", "url", type=st.just("url_citation")), max_size=2),
)
_items = _members(
    *("id", "call_id", "name", "arguments", "input", "encrypted_content", "phase", "action", "result"),
    *("output_format", "execution", "environment"),
    type=_KINDS,
    content=st.lists(_parts, max_size=2),
    summary=st.lists(_parts, max_size=2),
)
_usage = _members(
    *("input_tokens", "output_tokens", "total_tokens"),
    input_tokens_details=_members("cached_tokens"),
    output_tokens_details=_members("reasoning_tokens"),
)
_responses = _members(
    *("id", "error", "service_tier", "incomplete_details", "moderation"),
    status=st.sampled_from(["completed", "incomplete", "failed", "in_progress"]),
    output=st.lists(_items, max_size=3),
    usage=_usage,
)
_PIECES = (
    *("output_text", "refusal", "reasoning_text", "reasoning_summary_text"),
    *("function_call_arguments", "custom_tool_call_input"),
)
_events = _members(
    *("item_id", "annotation", "annotation_index", "logprobs", "arguments", "input", "text"),
    type=st.sampled_from(
        [
            *("response.output_item.added", "response.output_item.done", "response.content_part.done"),
            "response.output_text.annotation.added",
            *(f"response.{each}.{step}" for each in _PIECES for step in ("delta", "done")),
        ]
    ),
    output_index=st.integers(0, 2),
    content_index=st.integers(0, 1),
    summary_index=st.integers(0, 1),
    delta=st.text(max_size=3),
    item=_items,
    part=_parts,
)


def decoded(kind: str, data: bytes) -> list[Chunk]:
    decoder = OpenAIResponses().decoder(chat(stream=True), ENDPOINT, kind)
    chunks: list[Chunk] = []
    chunks += decoder.feed(data)
    with suppress(ProviderError):
        chunks += decoder.end()
    return chunks


@settings(deadline=None)
@given(st.lists(_events, max_size=5), _responses)
def test_any_answer_decodes_or_is_the_providers_fault(
    events: list[dict[str, Any]], response: dict[str, Any]
) -> None:
    final = {"type": "response.completed", "response": response}
    framed = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in [*events, final])

    printed(decoded("text/event-stream", framed))
    printed(decoded("application/json", json.dumps(response).encode()))


@given(_json)
def test_any_json_decodes_or_is_the_providers_fault(value: Any) -> None:
    data = json.dumps(value).encode()

    printed(decoded("application/json", data))
    printed(decoded("text/event-stream", b"data: " + data + b"\n\n"))
