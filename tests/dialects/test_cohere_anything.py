"""Whatever Cohere sends, it is decoded or it is the provider's fault; nothing else is raised."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.dialects.cohere import Cohere
from service.errors import ProviderError
from service.types.chunk import Chunk
from tests.asking import ENDPOINT, chat
from tests.dialects.printing import printed
from tests.dialects.test_openai_anything import _json, _members

_calls = _members("id", "type", function=_members("name", "arguments"))
_parts = _members("type", "text", "thinking")
_citations = _members(
    "start", "end", "text", "content_index", "type", sources=st.lists(_members("document"), max_size=2)
)
_usage = _members("cached_tokens", "billed_units", tokens=_members("input_tokens", "output_tokens"))
_answers = _members(
    "finish_reason",
    "logprobs",
    message=_members(
        "tool_plan",
        content=st.lists(_parts, max_size=3),
        tool_calls=st.lists(_calls, max_size=2),
        citations=st.lists(_citations, max_size=2),
    ),
    usage=_usage,
)
_events = _members(
    "index",
    "logprobs",
    type=st.sampled_from(
        [
            "content-start",
            "content-delta",
            "tool-plan-delta",
            "tool-call-start",
            "tool-call-delta",
            "citation-start",
        ]
    ),
    delta=_members(message=_members("tool_plan", content=_parts, tool_calls=_calls, citations=_citations)),
)
_ends = _members(type=st.just("message-end"), delta=_members("finish_reason", "error", usage=_usage))


@given(_answers, st.lists(_events, max_size=4), _ends)
def test_any_answer_decodes_or_is_the_providers_fault(
    answer: dict[str, Any], events: list[dict[str, Any]], end: dict[str, Any]
) -> None:
    framed = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in [*events, end])
    for kind, data in (("application/json", json.dumps(answer).encode()), ("text/event-stream", framed)):
        decoder = Cohere().decoder(chat(stream=True), ENDPOINT, kind)
        chunks: list[Chunk] = []
        chunks += decoder.feed(data)
        with suppress(ProviderError):
            chunks += decoder.end()
        printed(chunks)


@given(_json)
def test_any_json_decodes_or_is_the_providers_fault(value: Any) -> None:
    decoder = Cohere().decoder(chat(), ENDPOINT, "application/json")
    decoder.feed(json.dumps(value).encode())
    with suppress(ProviderError):
        decoder.end()
