"""Recorded chat of Cohere: it decodes to what the SDK reads, and requests go out as they were."""

import json
from typing import Any

import pytest

from service.edge.chat_request import parse
from tests.wire import cohere as reader
from tests.wire.replay import body_of, decoded, records, replayed, splits
from tests.wire.seen import differences

RECORDS = [record for record in records(reader.KINDS) if reader.is_chat(record)]

pytestmark = pytest.mark.skipif(not RECORDS, reason="no recorded traffic beside the repository")
each = pytest.mark.parametrize("record", RECORDS, ids=[record["case"] for record in RECORDS])


@each
def test_it_decodes_to_what_the_sdk_reads(record: dict[str, Any]) -> None:
    assert not differences(reader.expected(record), replayed(reader, record))


@each
def test_splits_change_nothing(record: dict[str, Any]) -> None:
    data = body_of(record)
    whole = decoded(reader, record, [data])

    for pieces in splits(data, record["case"]):
        assert decoded(reader, record, pieces) == whole


@each
def test_a_request_in_coheres_words_goes_out_as_it_was(record: dict[str, Any]) -> None:
    dialect, endpoint = reader.dialect_of(record)

    sent = dialect.encode(parse(json.dumps(record["request"]).encode()), endpoint, {})

    assert json.loads(sent.body) == record["request"]
    assert sent.dropped == ()
