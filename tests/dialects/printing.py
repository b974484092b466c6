"""What becomes of any decoder's chunks: they are joined, priced and printed at both doors."""

from collections.abc import Iterable
from decimal import Decimal

from service.catalog.cost import priced
from service.edge import openai_json, typed_answer
from service.types.chunk import Chunk
from service.types.fold import fold
from service.types.price import Price

_PRICE = Price(prompt=Decimal(1), completion=Decimal(2), web_search=Decimal(3))


def printed(chunks: Iterable[Chunk]) -> Chunk:
    """The folded answer, after all that is done with one; its members have their declared types."""
    chunks = list(chunks)
    for chunk in chunks:
        openai_json.encode(openai_json.chunk(chunk, "x", 1, "m"))
        typed_answer.chunk(chunk, "x", 1, "m").SerializeToString()
    whole = fold(chunks)
    if whole.usage:
        whole.usage = priced(whole.usage, _PRICE, whole.service_tier)
    openai_json.encode(openai_json.completion(whole, "x", 1, "m"))
    typed_answer.completion(whole, "x", 1, "m").SerializeToString()
    for choice in whole.choices:
        said = choice.delta
        texts = [choice.finish_reason, choice.native_finish_reason, said.role, said.content, said.reasoning]
        for call in said.tool_calls or ():
            assert type(call.index) is int
            texts += [call.id, call.type, call.name, call.arguments]
        assert all(text is None or isinstance(text, str) for text in [*texts, said.refusal])
        for listed in (said.reasoning_details, said.images, said.annotations):
            assert all(isinstance(each, dict) for each in listed or ())
    return whole
