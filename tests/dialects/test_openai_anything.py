"""Whatever a provider sends, it is decoded or it is the provider's fault; nothing else is raised."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.dialects.openai.decoder import BodyDecoder, StreamDecoder
from service.errors import ProviderError
from service.types.chunk import Chunk
from service.types.fold import fold

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
_messages = _members(
    *("role", "content", "refusal", "reasoning", "reasoning_details", "images", "audio", "annotations"),
    tool_calls=st.lists(_calls, max_size=3),
)
_choices = _members("index", "finish_reason", "logprobs", message=_messages, delta=_messages)
_answers = _members(
    "error",
    "system_fingerprint",
    "service_tier",
    "x_groq",
    choices=st.lists(_choices, max_size=3),
    usage=_members("prompt_tokens", "completion_tokens", "prompt_tokens_details"),
)


@given(_answers)
def test_any_answer_decodes_or_is_the_providers_fault(answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode()
    for decoder in (BodyDecoder("acme"), StreamDecoder("acme")):
        framed = data if isinstance(decoder, BodyDecoder) else b"data: " + data + b"\n\ndata: [DONE]\n\n"
        chunks: list[Chunk] = []
        with suppress(ProviderError):
            chunks += decoder.feed(framed)
            chunks += decoder.end()
        fold(chunks)


@given(st.binary(max_size=100), st.sampled_from([b"", b"data: ", b"event: error\ndata: "]))
def test_any_bytes_decode_or_are_the_providers_fault(data: bytes, lead: bytes) -> None:
    for decoder in (BodyDecoder("acme"), StreamDecoder("acme")):
        with suppress(ProviderError):
            decoder.feed(lead + data)
            decoder.end()
