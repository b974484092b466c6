"""Recorded answers through a decoder: whole, byte by byte, and split anywhere."""

import base64
import json
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from service.errors import ProviderError
from service.types.chunk import Chunk
from tests.asking import chat
from tests.wire.seen import Seen, seen_of

WIRE = Path(__file__).parents[3] / "shared" / "wire"
_RANDOM_SPLITS = 20

Record = dict[str, Any]


def records(kinds: Sequence[str]) -> list[Record]:
    """The exchanges of these kinds; none where the recordings are absent."""
    files = [path for kind in kinds if (path := WIRE / f"{kind}.jsonl").exists()]
    return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]


def body_of(record: Record) -> bytes:
    """The bytes of the answer."""
    response = record["response"]
    if "base64" in response:
        return base64.b64decode(response["base64"])
    text: str = response["text"] if "text" in response else json.dumps(response["json"])
    return text.encode()


def decoded(reader: Any, record: Record, pieces: Sequence[bytes]) -> list[Chunk]:
    """The chunks of an answer that comes in these pieces."""
    dialect, endpoint = reader.dialect_of(record)
    asked = bool((record["request"] or {}).get("stream"))
    decoder = dialect.decoder(chat(stream=asked), endpoint, record["content_type"] or "")
    chunks: list[Chunk] = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    return [*chunks, *decoder.end()]


def replayed(reader: Any, record: Record) -> Seen:
    """What a client sees of an exchange; of an error its status and the vendor's message, under `others`."""
    try:
        if record["status"] < 300:
            return seen_of(decoded(reader, record, [body_of(record)]))
        dialect, endpoint = reader.dialect_of(record)
        error = dialect.error(endpoint, record["status"], {}, body_of(record))
    except ProviderError as failure:  # one that came inside a 200
        error = failure
    return Seen(others={"error": (error.status, error.message.partition(": ")[2])})


def splits(data: bytes, seed: str) -> Iterator[list[bytes]]:
    """Byte by byte, then cut at random places."""
    yield [data[place : place + 1] for place in range(len(data))]
    chance = random.Random(seed)
    for _ in range(_RANDOM_SPLITS):
        cuts = sorted(chance.sample(range(len(data)), min(len(data), chance.randint(1, 12))))
        yield [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]
