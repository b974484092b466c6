"""Recorded Bedrock traffic: however it is split it decodes to the same, and to what botocore reads."""

import json
from typing import Any

import pytest

from service.types.fold import fold
from tests.dialects.converse import sent
from tests.wire import bedrock as reader
from tests.wire.replay import body_of, decoded, records, replayed, splits
from tests.wire.seen import differences

RECORDS = [record for record in records(reader.KINDS) if reader.is_chat(record)]
ANSWERS = [record for record in RECORDS if record["status"] == 200]
WHOLE = [record for record in ANSWERS if "json" in record["response"]]

pytestmark = pytest.mark.skipif(not RECORDS, reason="no recorded traffic beside the repository")


def each(found: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("record", found, ids=[record["case"] for record in found])


@each(RECORDS)
def test_it_decodes_to_what_botocore_reads(record: dict[str, Any]) -> None:
    assert not differences(reader.expected(record), replayed(reader, record))


@each(ANSWERS)
def test_splits_change_nothing(record: dict[str, Any]) -> None:
    data = body_of(record)
    whole = decoded(reader, record, [data])

    for pieces in splits(data, record["case"]):
        assert decoded(reader, record, pieces) == whole


@each(WHOLE)
def test_an_answer_that_comes_back_is_what_the_model_wrote(record: dict[str, Any]) -> None:
    _, endpoint = reader.dialect_of(record)
    delta = fold(decoded(reader, record, [body_of(record)])).choices[0].delta
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in delta.tool_calls or ()
    ]
    back = {
        "role": "assistant",
        "content": delta.content,
        "reasoning_details": delta.reasoning_details,
        **({"tool_calls": calls} if calls else {}),
    }

    [_, turn] = sent(endpoint.model, messages=[{"role": "user", "content": "Hi"}, back])["messages"]

    assert turn["content"] == [
        block for block in map(_echoed, record["response"]["json"]["output"]["message"]["content"]) if block
    ]


def _echoed(block: dict[str, Any]) -> dict[str, Any] | None:
    """A block as it may be sent: unsigned thoughts stay at home, and what only answers have is left out."""
    use = block.get("toolUse")
    if use:
        return {"toolUse": {name: use[name] for name in ("toolUseId", "name", "input")}}
    if "reasoningContent" in block and "signature" not in json.dumps(block):
        return None
    return block
