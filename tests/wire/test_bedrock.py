"""Recorded Bedrock traffic: however it is split it decodes to the same, and to what botocore reads."""

import json
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from service.types.chunk import Chunk
from service.types.fold import fold
from tests.asking import chat
from tests.wire.bedrock import KINDS, body_of, dialect_of, expected
from tests.wire.seen import Seen, differences, seen_of

WIRE = Path(__file__).parents[3] / "shared" / "wire"
FILES = [path for kind in KINDS if (path := WIRE / f"{kind}.jsonl").exists()]
RECORDS = [json.loads(line) for path in FILES for line in path.read_text("utf-8").splitlines()]

pytestmark = pytest.mark.skipif(not RECORDS, reason="no recorded traffic beside the repository")
each_record = pytest.mark.parametrize("record", RECORDS, ids=[record["case"] for record in RECORDS])


def decoded(record: dict[str, Any], pieces: Sequence[bytes]) -> list[Chunk]:
    dialect, endpoint = dialect_of(record)
    decoder = dialect.decoder(chat(), endpoint, record["content_type"])
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    return chunks + decoder.end()


def splits(data: bytes, seed: str) -> Iterator[list[bytes]]:
    yield [data[place : place + 1] for place in range(len(data))]
    chance = random.Random(seed)
    for _ in range(20):
        cuts = sorted(chance.sample(range(len(data)), min(len(data), chance.randint(1, 12))))
        yield [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]


@each_record
def test_it_decodes_to_what_botocore_reads(record: dict[str, Any]) -> None:
    if record["status"] != 200:
        dialect, endpoint = dialect_of(record)
        error = dialect.error(endpoint, record["status"], {}, body_of(record))
        message = error.message.partition(": ")[2]
        actual = Seen(others={"error": (error.status, message)})
    else:
        actual = seen_of(decoded(record, [body_of(record)]))

    assert not differences(expected(record), actual)


@each_record
def test_splits_change_nothing(record: dict[str, Any]) -> None:
    if record["status"] != 200:
        pytest.skip("errors are read whole")
    data = body_of(record)
    whole = fold(decoded(record, [data]))

    for pieces in splits(data, record["case"]):
        assert fold(decoded(record, pieces)) == whole
