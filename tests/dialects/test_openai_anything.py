"""Whatever a provider sends, it is decoded or it is the provider's fault; nothing else is raised."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.dialects.openai.decoder import BodyDecoder, StreamDecoder
from service.errors import ProviderError
from service.types.chunk import Chunk
from tests.dialects.printing import printed

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _members(*names: str, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {}, optional={**dict.fromkeys(names, _json), **{k: _json | v for k, v in known.items()}}
    )


_calls = _members("index", "id", "type", function=_members("name", "arguments"))
_kinds = st.sampled_from(["text", "thinking", "reasoning", "redacted_thinking", "reasoning.text", "refusal"])
_parts = _members(
    *("text", "thinking", "signature", "data", "citations"),
    type=_kinds,
    summary=st.lists(_members("type", "text", "signature"), max_size=2),
)
_details = _members("text", "summary", "data", "format", "index", "id", type=_kinds)
_messages = _members(
    *("role", "refusal", "reasoning", "reasoning_content", "images", "audio", "function_call"),
    content=st.lists(_parts, max_size=3),
    reasoning_details=st.lists(_json | _details, max_size=3),
    annotations=st.lists(_json | _members("type", url_citation=_members("url", "title", "start_index"))),
    tool_calls=st.lists(_calls | st.none(), max_size=3),
)
_tokens = st.lists(_members("token", "logprob", "bytes", "top_logprobs"), max_size=2)
_choices = _members(
    "index",
    "finish_reason",
    message=_messages,
    delta=_messages,
    logprobs=_members("refusal", content=_tokens),
)
_usage = _members(
    *("prompt_tokens", "completion_tokens", "total_tokens", "cost", "cached_tokens", "num_search_queries"),
    prompt_tokens_details=_members("cached_tokens", "cache_write_tokens", "audio_tokens"),
    completion_tokens_details=_members("reasoning_tokens", "audio_tokens"),
)
_answers = _members(
    "error",
    "system_fingerprint",
    "service_tier",
    *("x_groq", "message", "code", "errors", "base_resp", "citations", "search_results", "metadata"),
    choices=st.lists(_choices, max_size=3),
    usage=_usage,
)


@given(_answers)
def test_any_answer_decodes_or_is_the_providers_fault(answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode()
    for decoder in (BodyDecoder("acme"), StreamDecoder("acme")):
        framed = data if isinstance(decoder, BodyDecoder) else b"data: " + data + b"\n\ndata: [DONE]\n\n"
        chunks: list[Chunk] = []
        chunks += decoder.feed(framed)
        with suppress(ProviderError):
            chunks += decoder.end()
        printed(chunks)


@given(st.binary(max_size=100), st.sampled_from([b"", b"data: ", b"event: error\ndata: "]))
def test_any_bytes_decode_or_are_the_providers_fault(data: bytes, lead: bytes) -> None:
    for decoder in (BodyDecoder("acme"), StreamDecoder("acme")):
        decoder.feed(lead + data)
        with suppress(ProviderError):
            decoder.end()
