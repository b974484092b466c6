"""Recorded Gemini traffic: however it is split it decodes to the same, and to what `google-genai` reads."""

import json
from typing import Any

import pytest

from service.dialects.google.history import FOREIGN_SIGNATURE
from service.types.fold import fold
from tests.asking import chat
from tests.wire import google
from tests.wire.replay import body_of, decoded, records, replayed, splits
from tests.wire.seen import differences

RECORDS = [record for record in records(google.KINDS) if google.is_chat(record)]
ANSWERS = [record for record in RECORDS if record["status"] < 300]

pytestmark = pytest.mark.skipif(not RECORDS, reason="no recorded traffic beside the repository")
each_record = pytest.mark.parametrize("record", RECORDS, ids=[record["case"] for record in RECORDS])
each_answer = pytest.mark.parametrize("record", ANSWERS, ids=[record["case"] for record in ANSWERS])


@each_record
def test_it_decodes_to_what_the_sdk_reads(record: dict[str, Any]) -> None:
    assert not differences(google.expected(record), replayed(google, record))


@each_answer
def test_splits_change_nothing(record: dict[str, Any]) -> None:
    data = body_of(record)
    whole = fold(decoded(google, record, [data]))

    for pieces in splits(data, record["case"]):
        assert fold(decoded(google, record, pieces)) == whole


# What Pointsman says anew for every answer.
ANEW = ("createTime", "role", "index")


@each_answer
def test_nothing_is_lost(record: dict[str, Any]) -> None:
    whole = fold(decoded(google, record, [body_of(record)]))
    choices = [(choice.delta, choice.logprobs, choice.extra) for choice in whole.choices]
    told = (whole.usage, whole.extra, whole.service_tier, choices)
    kept = json.dumps(told, default=lambda value: {f: getattr(value, f) for f in value.__struct_fields__})
    whole_text = "".join(choice.delta.content or "" for choice in whole.choices)

    for said in leaves(google.raw_answers(record)):
        assert json.dumps(said)[1:-1] in kept or said in whole_text or escaped(said) in kept


def leaves(value: Any) -> list[str]:
    """Every text in the recorded JSON but for what is said anew, and finish reasons, which are compared."""
    if isinstance(value, dict):
        named = (each for name, each in value.items() if name not in (*ANEW, "finishReason", "modality"))
        return [leaf for each in named for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value] if isinstance(value, str) else []


def escaped(text: str) -> str:
    """A text inside JSON text inside JSON, as arguments of calls are."""
    return json.dumps(json.dumps(text, ensure_ascii=False)[1:-1])[1:-1]


@each_answer
def test_a_turn_comes_back_as_it_was(record: dict[str, Any]) -> None:
    """What a client echoes goes out as the parts that Google sent."""
    dialect, endpoint = google.dialect_of(record)
    candidates = [each for raw in google.raw_answers(record) for each in raw.get("candidates") or ()]
    given = [part for each in candidates for part in (each.get("content") or {}).get("parts") or ()]
    delta = fold(decoded(google, record, [body_of(record)])).choices[0].delta
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in delta.tool_calls or ()
    ]
    message = {
        "role": "assistant",
        "content": delta.content,
        "tool_calls": calls or None,
        "reasoning_details": delta.reasoning_details,
    }
    request = chat(messages=[{"role": "user", "content": "Hi"}, message])

    contents = json.loads(dialect.encode(request, endpoint, {}).body)["contents"]

    assert without_made(joined(contents[1]["parts"] if contents[1:] else [])) == without_made(joined(given))


def joined(parts: list[Any]) -> list[Any]:
    """Unsigned texts that follow each other say the same as one."""
    whole: list[Any] = []
    for part in parts:
        last = whole[-1] if whole else {}
        unsigned = all("text" in each and "thoughtSignature" not in each for each in (part, last))
        if unsigned and last.get("thought") == part.get("thought"):
            last["text"] += part["text"]
            continue
        if part != {"text": ""}:
            whole.append(dict(part))
    return whole


def without_made(parts: list[Any]) -> list[Any]:
    """Without the ids that are made, and the signature that stands for none."""
    kept: list[Any] = json.loads(json.dumps(parts))
    for part in kept:
        if (call := part.get("functionCall")) and call.get("id", "").startswith("call_"):
            del call["id"]
        if part.get("thoughtSignature") == FOREIGN_SIGNATURE:
            del part["thoughtSignature"]
    return kept
