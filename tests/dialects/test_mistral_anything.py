"""Whatever Mistral sends, it is decoded or it is the provider's fault; nothing else is raised."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.dialects.mistral import Mistral
from service.errors import ProviderError
from service.types.chunk import Chunk
from tests.asking import ENDPOINT, chat
from tests.dialects.printing import printed
from tests.dialects.test_openai_anything import _calls, _json, _members

_chunks = _members(
    "text",
    "thinking",
    "reference_ids",
    "url",
    "signature",
    "image_url",
    type=st.sampled_from(["text", "thinking", "reference", "tool_reference", "image_url", "hologram"]),
)
_messages = _members(content=st.lists(_chunks, max_size=3), tool_calls=st.lists(_calls, max_size=2))
_answers = _members(
    choices=st.lists(_members("index", "finish_reason", message=_messages, delta=_messages), max_size=2),
    usage=_members("prompt_tokens", "num_cached_tokens", "service_tier"),
)


@given(st.lists(_answers, min_size=1, max_size=3) | st.lists(_json, min_size=1, max_size=1))
def test_any_answer_decodes_or_is_the_providers_fault(answers: list[Any]) -> None:
    framed = (
        b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in answers) + b"data: [DONE]\n\n"
    )
    for kind, data in (("application/json", json.dumps(answers[0]).encode()), ("text/event-stream", framed)):
        decoder = Mistral().decoder(chat(stream=True), ENDPOINT, kind)
        chunks: list[Chunk] = []
        chunks += decoder.feed(data)
        with suppress(ProviderError):
            chunks += decoder.end()
        printed(chunks)
