"""Recorded Messages traffic: it decodes to what the SDK reads, however split, and goes back as it came."""

import json
from typing import Any

import pytest

from service.types.fold import fold
from tests.asking import chat
from tests.dialects.anthropic_asking import sent
from tests.wire import anthropic as reader
from tests.wire.replay import body_of, decoded, records, replayed, splits
from tests.wire.seen import differences

RECORDS = [record for record in records(reader.KINDS) if reader.is_chat(record)]
ANSWERS = [record for record in RECORDS if record["status"] == 200]
WHOLE = [record for record in RECORDS if "content" in record["response"].get("json", {})]

pytestmark = pytest.mark.skipif(not RECORDS, reason="no recorded traffic beside the repository")


def each(found: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("record", found, ids=[record["case"] for record in found])


@each(RECORDS)
def test_it_decodes_to_what_the_sdk_reads(record: dict[str, Any]) -> None:
    assert not differences(reader.expected(record), replayed(reader, record))


@each(ANSWERS)
def test_splits_change_nothing(record: dict[str, Any]) -> None:
    data = body_of(record)
    whole = decoded(reader, record, [data])

    for pieces in splits(data, record["case"]):
        assert decoded(reader, record, pieces) == whole


@each(WHOLE)
def test_an_answer_goes_back_as_it_came(record: dict[str, Any]) -> None:
    delta = fold(decoded(reader, record, [body_of(record)])).choices[0].delta
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
            **call.extra,
        }
        for call in delta.tool_calls or ()
    ]
    echo: dict[str, Any] = {
        "role": "assistant",
        "content": delta.content,
        "reasoning_details": json.loads(json.dumps(delta.reasoning_details)),
        "tool_calls": calls or None,
    }
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "?"} for call in calls]
    asked = chat(
        messages=[{"role": "user", "content": "Hi"}, echo, *results, {"role": "user", "content": "Go on"}]
    )

    turns = sent(asked)[0]["messages"]
    assert turns[1:-1] == [{"role": "assistant", "content": plain(record["response"]["json"]["content"])}]


def plain(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks as they go back: texts in a row are one, without citations; the model as caller is the rule."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        if block["type"] == "text":
            if found and found[-1]["type"] == "text":
                found[-1]["text"] += block["text"]
            else:
                found.append({"type": "text", "text": block["text"]})
        elif block["type"] == "tool_use":
            found.append({name: value for name, value in block.items() if value != {"type": "direct"}})
        else:
            found.append(block)
    return [block for block in found if block["type"] != "text" or block["text"].strip()]
