"""Whatever Bedrock sends, it is decoded and can be told, or it is the provider's fault."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.catalog.cost import priced
from service.edge import openai_json, typed_answer
from service.errors import ProviderError
from service.types.chunk import Chunk, Delta
from service.types.fold import fold
from service.types.price import Price
from tests.asking import chat
from tests.dialects.converse import BEDROCK, CLAUDE, endpoint_of
from tests.dialects.test_openai_anything import _json, _members
from tests.upstreams.fake_bedrock import EVENT_STREAM, message

NOVA = "us.amazon.nova-2-lite-v1:0"
FORM = {"type": "json_schema", "json_schema": {"name": "person", "schema": {"type": "object"}}}
PRICE = Price(prompt=Decimal(1), completion=Decimal(2))
KINDS = (
    *("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop"),
    *("metadata", "heartbeat"),
)

_names = st.sampled_from(["f", "person"])
_use = _members("input", name=_names, toolUseId=st.text(max_size=3), type=st.just("server_tool_use"))
_result = _members("type", "status", toolUseId=st.text(max_size=3), content=st.lists(_json, max_size=2))
_text = st.text(max_size=5)
_thought = _members(
    reasoningText=_members(text=_text, signature=_text), redactedContent=_text, text=_text, signature=_text
)
_citation = _members(
    *("title", "source", "sourceContent"), location=_members(web=_members("url", "domain"), x=_json)
)
_image = _members("error", format=_text, source=_members(bytes=_text, s3Location=_members("uri")))
_block = _members(
    text=_text,
    toolUse=_use,
    toolResult=_result,
    reasoningContent=_thought,
    citationsContent=_members(
        content=st.lists(_members("text"), max_size=2), citations=st.lists(_citation, max_size=2)
    ),
    image=_image,
    hologram=_json,
)
_delta = _members(
    text=_text,
    toolUse=_members(input=_text),
    toolResult=st.lists(_json, max_size=2),
    reasoningContent=_thought,
    citation=_citation,
    image=_image,
)
_usage = _members(
    *("inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens"),
    *("cost", "cacheDetails", "cacheReadInputTokenCount"),
)
_tier = _members("type")
_answer = _members(
    *("metrics", "trace"),
    output=_members(message=_members(content=st.lists(_block, max_size=4))),
    stopReason=st.sampled_from(["end_turn", "tool_use"]),
    usage=_usage,
    serviceTier=_tier,
)
_event = _members(
    *("metrics", "role"),
    contentBlockIndex=st.integers(0, 2),
    start=_block,
    delta=_delta,
    stopReason=st.sampled_from(["end_turn", "tool_use"]),
    usage=_usage,
    serviceTier=_tier,
)
_events = st.lists(st.tuples(st.sampled_from(KINDS), _event | _json), max_size=8)
_ASKED = st.sampled_from([{}, {"response_format": FORM}])


def told(content_type: str, data: bytes, model: str, members: dict[str, Any]) -> None:
    """Reads the answer, and tells what came of it through both doors."""
    decoder = BEDROCK.decoder(chat(**members), endpoint_of(model), content_type)
    chunks: list[Chunk] = []
    chunks += decoder.feed(data)
    with suppress(ProviderError):
        chunks += decoder.end()
    answer = fold(chunks)
    if answer.usage:
        answer.usage = priced(answer.usage, PRICE, answer.service_tier)
    json.loads(openai_json.encode(openai_json.completion(answer, "id", 0, "m")))
    typed_answer.completion(answer, "id", 0, "m").SerializeToString()
    for choice in answer.choices:
        assert all(isinstance(text, str | None) for text in texts(choice.delta))
        assert isinstance(choice.native_finish_reason, str | None)
    assert isinstance(answer.service_tier, str | None)


def texts(delta: Delta) -> list[Any]:
    calls = delta.tool_calls or ()
    said = [text for call in calls for text in (call.id, call.name, call.arguments)]
    return [delta.content, delta.reasoning, delta.refusal, *said]


@given(_answer | _json, st.sampled_from([CLAUDE, NOVA]), _ASKED)
def test_any_body(answer: Any, model: str, members: dict[str, Any]) -> None:
    told("application/json", json.dumps(answer).encode(), model, members)


@given(_events, st.sampled_from([CLAUDE, NOVA]), _ASKED)
def test_any_events(events: list[tuple[str, Any]], model: str, members: dict[str, Any]) -> None:
    frames = (
        message({":event-type": kind, ":message-type": "event"}, json.dumps(said).encode())
        for kind, said in events
    )
    end = message({":event-type": "messageStop", ":message-type": "event"}, b'{"stopReason":"end_turn"}')
    told(EVENT_STREAM, b"".join(frames) + end, model, members)


@given(st.binary(max_size=100))
def test_any_bytes(data: bytes) -> None:
    for content_type in ("application/json", EVENT_STREAM):
        told(content_type, data, CLAUDE, {})
