"""Whatever Google sends, it is an answer or Google's fault; nothing else is raised."""

import contextlib
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from service.catalog.cost import priced
from service.edge import openai_json, typed_answer
from service.errors import ProviderError
from service.types.chunk import Chunk
from service.types.price import Price
from tests.dialects.google_answering import Json, stream, whole

# Where Google's names stand, any JSON may.
NAMES = (
    *(
        "candidates",
        "content",
        "parts",
        "text",
        "thought",
        "thoughtSignature",
        "functionCall",
        "name",
        "args",
    ),
    *("inlineData", "mimeType", "data", "executableCode", "toolCall", "toolResponse", "id", "finishReason"),
    *("groundingMetadata", "groundingChunks", "groundingSupports", "segment", "web", "uri", "usageMetadata"),
    *("promptTokenCount", "promptTokensDetails", "logprobsResult", "promptFeedback", "blockReason", "error"),
    *("partialArgs", "jsonPath", "willContinue", "citationMetadata", "citations", "index", "details"),
    *("audioTranscription", "partMetadata", "partIndex", "startIndex", "endIndex", "groundingChunkIndices"),
    *("title", "chosenCandidates", "topCandidates", "token", "logProbability", "serviceTier", "modality"),
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 5)
    | st.text(max_size=3)
    | st.sampled_from(["$.a[0]", "audio/l16", "image/png", "TEXT", "QUJD", 2**70, 1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
parts = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)


NAMED = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)
PRICE = Price(prompt=Decimal(1), completion=Decimal(2), audio=Decimal(3), internal_reasoning=Decimal(4))


@given(parts, parts, NAMED)
def test_any_shape_is_an_answer_or_the_providers_fault(part: Json, other: Json, members: Json) -> None:
    """What is decoded can be folded, priced and printed at both doors."""
    pieces = {"parts": [part, other]}
    answer = {"candidates": [{"content": pieces, "finishReason": "STOP", **members}], **members}
    for got in (whole, stream):
        with contextlib.suppress(ProviderError):
            chunk = got(answer)
            if chunk.usage:
                chunk.usage = priced(chunk.usage, PRICE)
            openai_json.encode(openai_json.completion(chunk, "id", 1, "m"))
            typed_answer.completion(chunk, "id", 1, "m").SerializeToString()
            msgspec.convert(msgspec.to_builtins(chunk), Chunk)
