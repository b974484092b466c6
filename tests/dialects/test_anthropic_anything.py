"""Whatever Anthropic sends or a caller asks, it is translated or refused; nothing else is raised."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.catalog.cost import priced
from service.dialects.anthropic.decoder import BodyDecoder, StreamDecoder
from service.dialects.anthropic.progress import AnswerTool
from service.edge import openai_json, typed_answer
from service.errors import InvalidRequest, NotServed, ProviderError
from service.types.chunk import Chunk
from service.types.fold import fold
from service.types.media import Media
from service.types.price import Price
from tests.asking import chat
from tests.dialects.anthropic_asking import ANTHROPIC, NEW, NEWEST, OLD, endpoint
from tests.dialects.test_openai_anything import _json, _members

PRICE = Price(prompt=Decimal(1), completion=Decimal(1))
_types = st.sampled_from(
    [
        *("text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use"),
        *("web_search_tool_result", "mcp_tool_result", "compaction"),
    ]
)
_citations = _members("type", "url", "title", "cited_text", "source")
_blocks = _members(
    *("text", "thinking", "signature", "data", "input", "content", "caller", "novel"),
    type=_types,
    name=st.just("answer"),
    id=st.sampled_from(["a", "b"]),
    tool_use_id=st.sampled_from(["a", "b"]),
    citations=st.lists(_citations, max_size=2),
)
_usage = _members(
    *("input_tokens", "output_tokens", "cache_read_input_tokens", "service_tier", "server_tool_use"),
    cache_creation=_members("ephemeral_1h_input_tokens"),
    output_tokens_details=_members("thinking_tokens"),
)
_ends: dict[str, Any] = {"stop_details": _members("type", "explanation"), "stop_reason": st.just("refusal")}
_answers = _members(
    "stop_sequence", "container", "error", content=st.lists(_blocks, max_size=3), usage=_usage, **_ends
)
_indices = st.sampled_from([0, 1])
_deltas = _members("type", "text", "thinking", "signature", "partial_json", "citation", "novel")
_events = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("message_start"), "message": _members(usage=_usage, content=st.lists(_blocks))}
    ),
    st.fixed_dictionaries(
        {"type": st.just("content_block_start"), "index": _indices, "content_block": _blocks}
    ),
    st.fixed_dictionaries({"type": st.just("content_block_delta"), "index": _indices, "delta": _deltas}),
    st.fixed_dictionaries({"type": st.just("content_block_stop"), "index": _indices}),
    st.fixed_dictionaries({"type": st.just("message_delta"), "delta": _members(**_ends), "usage": _usage}),
    _members("type", "index", "delta", "message"),
)
_tools = st.sampled_from([None, AnswerTool("answer", alone=True), AnswerTool("answer", alone=False)])


def printed(chunks: list[Chunk]) -> None:
    """Does with an answer what is done with every answer."""
    whole = fold(chunks)
    if whole.usage:
        whole.usage = priced(whole.usage, PRICE)
    openai_json.encode(openai_json.completion(whole, "id", 0, "model"))
    typed_answer.completion(whole, "id", 0, "model").SerializeToString()
    for chunk in chunks:
        typed_answer.chunk(chunk, "id", 0, "model").SerializeToString()
    for choice in whole.choices:
        delta = choice.delta
        texts = [delta.content, delta.reasoning, delta.refusal, choice.native_finish_reason]
        texts += [text for call in delta.tool_calls or () for text in (call.id, call.name, call.arguments)]
        assert all(text is None or isinstance(text, str) for text in texts)
        assert choice.finish_reason


@given(_answers, _tools)
def test_any_body_decodes_or_is_the_providers_fault(answer: dict[str, Any], tool: AnswerTool | None) -> None:
    decoder = BodyDecoder("acme", tool)
    decoder.feed(json.dumps(answer).encode())
    with suppress(ProviderError):
        printed(decoder.end())


@given(st.lists(_events, max_size=6), _tools)
def test_any_stream_decodes_or_is_the_providers_fault(
    events: list[dict[str, Any]], tool: AnswerTool | None
) -> None:
    decoder = StreamDecoder("acme", tool)
    told = [*events, {"type": "message_stop"}]
    chunks = decoder.feed(b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in told))
    with suppress(ProviderError):
        printed([*chunks, *decoder.end()])


@given(_json)
def test_any_json_decodes_or_is_the_providers_fault(value: Any) -> None:
    for decoder, lead in ((BodyDecoder("acme"), b""), (StreamDecoder("acme"), b"data: ")):
        decoder.feed(lead + json.dumps(value).encode() + b"\n\n")
        with suppress(ProviderError):
            decoder.end()


_schemas = _members(
    *("format", "$ref", "minItems", "description", "additionalProperties", "enum"),
    **{"type": st.sampled_from(["object", "array", ["object", "null"]]), "$defs": _members("a")},
    properties=_members(a=_members("format", "oneOf", "anyOf", "type", "$ref")),
)
_details = _members(
    *("text", "signature", "data", "arguments", "tool_call_id", "tool_name"),
    type=st.sampled_from(["reasoning.text", "reasoning.encrypted", "reasoning.server_tool_call"]),
    format=st.just("anthropic-claude-v1"),
    index=st.integers(0, 2),
    position=_members("content", "tool_calls"),
    block=_members(type=st.just("server_tool_use")),
    result_block=_members("index", "position", type=st.just("web_search_tool_result")),
    result=_members("type", "content", "id").map(json.dumps),
)
_requests = _members(
    *("thinking", "output_config", "container", "betas", "fallbacks", "speed", "mcp_servers", "diagnostics"),
    *("tool_choice", "metadata", "cache_control", "inference_geo"),
    context_management=_members(edits=st.lists(_members("type"), max_size=2)),
    web_search_options=_members(user_location=_members("city", "approximate")),
    tools=st.lists(
        _members(
            *("name", "user_location", "filters"),
            type=st.sampled_from(["function", "web_search", "web_search_20250305", "custom"]),
            function=st.fixed_dictionaries(
                {"name": st.just("f"), "parameters": _schemas, "strict": st.booleans()}
            ),
        ),
        max_size=2,
    ),
    response_format=st.fixed_dictionaries(
        {
            "type": st.just("json_schema"),
            "json_schema": st.fixed_dictionaries({"name": st.just("n"), "schema": _schemas}),
        }
    ),
    messages=st.lists(
        _members(
            role=st.just("assistant"),
            content=st.just("Hello there"),
            reasoning_details=st.lists(_details, max_size=3),
            tool_calls=st.lists(
                st.fixed_dictionaries(
                    {"id": st.text(max_size=2), "function": st.just({"name": "f", "arguments": "{}"})},
                    optional={"caller": _json, "toolset_name": _json},
                ),
                max_size=2,
            ),
        ),
        min_size=1,
        max_size=2,
    ).map(lambda turns: [{"role": "user", "content": "Hi"}, *turns]),
)


@given(_requests, st.sampled_from([OLD, NEW, NEWEST]))
def test_any_request_is_encoded_or_refused(members: dict[str, Any], model: str) -> None:
    try:
        request = chat(**members)
    except (InvalidRequest, NotServed):
        return
    ANTHROPIC.obstacles(request, endpoint(model))
    media = dict.fromkeys(ANTHROPIC.links(request, endpoint(model)), Media("image/png", "iVBORw0K"))
    with suppress(InvalidRequest, NotServed):
        ANTHROPIC.encode(request, endpoint(model), media)
