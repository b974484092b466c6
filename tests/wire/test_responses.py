"""Recorded Responses traffic: whole, byte by byte, split at random, and against the SDK's own reading."""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from service.dialects.responses.thoughts import items_of
from service.errors import ProviderError
from service.types.chunk import Chunk
from service.types.fold import fold
from tests.asking import chat
from tests.wire.responses import KINDS, dialect_of, expected
from tests.wire.seen import differences, seen_of

WIRE = Path(__file__).parents[3] / "shared" / "wire"


def records() -> list[dict[str, Any]]:
    paths = [WIRE / f"{kind}.jsonl" for kind in KINDS]
    return [
        json.loads(line) for path in paths if path.exists() for line in path.read_text("utf-8").splitlines()
    ]


RECORDS = records()
pytestmark = pytest.mark.skipif(not RECORDS, reason="the recorded traffic is not here")
ANSWERS = [pytest.param(record, id=record["case"]) for record in RECORDS if record["status"] == 200]
STREAMS = [
    pytest.param(record, id=record["case"])
    for record in RECORDS
    if record["status"] == 200 and "text" in record["response"]
]
ERRORS = [pytest.param(record, id=record["case"]) for record in RECORDS if record["status"] != 200]


def body_of(record: dict[str, Any]) -> bytes:
    answer = record["response"]
    text: str = answer["text"] if "text" in answer else json.dumps(answer["json"], ensure_ascii=False)
    return text.encode()


def decoded(record: dict[str, Any], pieces: Iterable[bytes]) -> list[Chunk]:
    dialect, endpoint = dialect_of(record)
    decoder = dialect.decoder(chat(), endpoint, record["content_type"])
    chunks: list[Chunk] = []
    for piece in pieces:
        chunks += decoder.feed(piece)
    return chunks + decoder.end()


def split(data: bytes, rng: random.Random) -> list[bytes]:
    cuts = sorted(rng.sample(range(len(data) + 1), k=min(rng.randint(1, 40), len(data))))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@pytest.mark.parametrize("record", ANSWERS)
def test_says_what_the_sdk_says(record: dict[str, Any]) -> None:
    assert differences(expected(record), seen_of(decoded(record, [body_of(record)]))) == {}


@pytest.mark.parametrize("record", ANSWERS)
def test_splits_change_nothing(record: dict[str, Any]) -> None:
    data, rng = body_of(record), random.Random(record["case"])
    whole = decoded(record, [data])

    assert decoded(record, (data[at : at + 1] for at in range(len(data)))) == whole
    for _ in range(20):
        assert decoded(record, split(data, rng)) == whole


@pytest.mark.parametrize("record", STREAMS)
def test_a_stream_folds_to_its_final_response(record: dict[str, Any]) -> None:
    last = [line for line in record["response"]["text"].splitlines() if line.startswith("data:")][-1]
    whole = {
        **record,
        "content_type": "application/json",
        "response": {"json": json.loads(last[5:])["response"]},
    }
    streamed, at_once = fold(decoded(record, [body_of(record)])), fold(decoded(whole, [body_of(whole)]))

    assert settled(streamed) == settled(at_once)


def settled(answer: Chunk) -> Chunk:
    """Without what the recorded streams tell differently: late details, and logprobs of more digits."""
    [choice] = answer.choices
    choice.delta.reasoning_details = sorted(
        choice.delta.reasoning_details or (), key=lambda each: each["index"]
    )
    for token in (choice.logprobs or {}).get("content") or ():
        token["logprob"] = round(token["logprob"], 3) + 0.0
    return answer


@pytest.mark.parametrize("record", ANSWERS)
def test_an_echo_gives_back_the_items(record: dict[str, Any]) -> None:
    """All items that are neither messages nor calls come back unmodified from the details, in order."""
    [choice] = fold(decoded(record, [body_of(record)])).choices
    items = items_of(choice.delta.reasoning_details or ())

    given = {index: item for index, item in enumerate(output_of(record)) if is_kept(item)}
    assert {index: bare(item) for index, item in items.items()} == {
        index: bare(item) for index, item in given.items()
    }


def output_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    answer = record["response"]
    if "json" in answer:
        output: list[dict[str, Any]] = answer["json"]["output"]
        return output
    last = [line for line in answer["text"].splitlines() if line.startswith("data:")][-1]
    final: list[dict[str, Any]] = json.loads(last[5:])["response"]["output"]
    return final


def is_kept(item: dict[str, Any]) -> bool:
    if item["type"] == "reasoning":
        return bool(item.get("encrypted_content"))
    callers = item["type"] == "tool_search_call" and item["execution"] == "client"
    return item["type"] not in ("message", "function_call") and not callers


def bare(item: dict[str, Any]) -> dict[str, Any]:
    """Without what means nothing: an empty list of contents."""
    return {name: value for name, value in item.items() if (name, value) != ("content", [])}


@pytest.mark.parametrize("record", ERRORS)
def test_errors_keep_the_vendors_words(record: dict[str, Any]) -> None:
    dialect, endpoint = dialect_of(record)
    error = dialect.error(endpoint, record["status"], {}, body_of(record))
    response = httpx2.Response(
        record["status"], json=record["response"]["json"], request=httpx2.Request("POST", endpoint.base_url)
    )
    with openai.OpenAI(api_key="unused") as client:
        parsed = client._make_status_error_from_response(response)

    assert isinstance(parsed, openai.BadRequestError)
    assert isinstance(error, ProviderError)
    assert isinstance(parsed.body, dict)
    assert error.message.endswith(parsed.body["message"])
    assert (error.provider_code, error.provider_type) == (parsed.code, parsed.type)
    assert (error.status, error.row.http_status) == (400, 400)
