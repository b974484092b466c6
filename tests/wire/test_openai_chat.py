"""Recorded chat completions: they decode to what the SDK reads, however split."""

from typing import Any

import pytest

from tests.wire import openai_chat as reader
from tests.wire.replay import body_of, decoded, records, replayed, splits
from tests.wire.seen import differences

RECORDS = [record for record in records(reader.KINDS) if reader.is_chat(record)]
ANSWERS = [
    record
    for record in RECORDS
    if record["status"] == 200 and not any(each.get("error") for each in reader.objects(record))
]

pytestmark = pytest.mark.skipif(not RECORDS, reason="no recorded traffic beside the repository")


@pytest.mark.parametrize("record", RECORDS, ids=[record["case"] for record in RECORDS])
def test_it_decodes_to_what_the_sdk_reads(record: dict[str, Any]) -> None:
    assert not differences(reader.expected(record), replayed(reader, record))


@pytest.mark.parametrize("record", ANSWERS, ids=[record["case"] for record in ANSWERS])
def test_splits_change_nothing(record: dict[str, Any]) -> None:
    data = body_of(record)
    whole = decoded(reader, record, [data])

    for pieces in splits(data, record["case"]):
        assert decoded(reader, record, pieces) == whole
