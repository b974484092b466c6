"""Recorded provider traffic through the OpenAI dialect: nothing raises, and nothing is lost.

The recordings are reference material beside the repository; where they are absent these tests are skipped.
"""

import json
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.dialects import DIALECTS
from service.edge.chat_request import parse
from service.errors import NotServed, ProviderError
from service.types.chunk import Chunk, Delta, Usage
from service.types.fold import fold
from service.types.quirks import Quirks
from service.types.upstream import Endpoint
from tests.asking import chat

WIRE = Path(__file__).parents[3] / "shared" / "wire"
FILES = sorted(WIRE.glob("chat.*.jsonl"))
OPENAI = DIALECTS["openai"]
ENDPOINT = Endpoint(provider="acme", model="m", base_url="https://api.acme.test/v1", dialect="openai")

pytestmark = pytest.mark.skipif(not FILES, reason="no recorded traffic beside the repository")
each_file = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])

Record = dict[str, Any]


def records(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def data_of(record: Record) -> bytes:
    response = record["response"]
    text: str = response["text"] if "text" in response else json.dumps(response["json"])
    return text.encode()


def decode(record: Record, *pieces: bytes) -> list[Chunk]:
    request = chat(stream=bool((record["request"] or {}).get("stream")))
    decoder = OPENAI.decoder(request, ENDPOINT, record["content_type"] or "")
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    return chunks + decoder.end()


def answers_of(record: Record) -> list[Record]:
    """The JSON of the answer, as recorded: one object, or one for each event."""
    response = record["response"]
    if "json" in response:
        return [response["json"]]
    lines = response["text"].replace("\r", "").split("\n")
    return [json.loads(line[5:]) for line in lines if line.startswith("data:") and "[DONE]" not in line]


def is_answer(record: Record) -> bool:
    """Whether it is a success that holds an answer and no failure."""
    if record["status"] != 200 or "json" not in record["content_type"] + record["content_type"].replace(
        "event-stream", "json"
    ):
        return False
    answers = answers_of(record)
    return any(answer.get("choices") for answer in answers) and not any(a.get("error") for a in answers)


@each_file
def test_every_error_is_read(path: Path) -> None:
    for record in records(path):
        if record["status"] >= 300:
            error = OPENAI.error(ENDPOINT, record["status"], {}, data_of(record))
            told = record["response"]["json"]["error"]
            assert error.status == record["status"]
            assert told["message"] in error.message
            assert error.provider_code == (str(told["code"]) if told.get("code") else None)
            assert (told.get("metadata") or {}).get("raw", "") in error.message


@each_file
def test_an_answer_that_is_none_is_the_providers_fault(path: Path) -> None:
    for record in records(path):
        if record["status"] == 200 and not is_answer(record):
            with pytest.raises(ProviderError):
                decode(record, data_of(record))


@each_file
def test_nothing_is_lost(path: Path) -> None:
    for record in filter(is_answer, records(path)):
        told, whole = Told(answers_of(record)), fold(decode(record, data_of(record)))
        assert len(whole.choices) == len(told.choices), record["case"]
        for choice in whole.choices:
            said = told.choices[choice.index]
            delta = choice.delta
            assert (delta.content or "") == said["content"], record["case"]
            assert (delta.reasoning or "") == said["reasoning"], record["case"]
            assert (delta.refusal or "") == said["refusal"], record["case"]
            assert calls_of(delta) == said["calls"], record["case"]
            assert said["finish_reason"] in (choice.finish_reason, None), record["case"]
            assert choice.finish_reason, record["case"]
            assert len(json.dumps(delta.reasoning_details or [])) >= said["details"], record["case"]
            for name, value in said["others"].items():
                assert delta.extra.get(name, getattr(delta, name, None)) == value, (record["case"], name)
        assert counts_of(whole) == told.counts, record["case"]
        for name, value in told.others.items():
            # Our own account has the name `metadata`.
            kept = "provider_metadata" if name == "metadata" else name
            assert whole.extra[kept] == value, (record["case"], name)


@each_file
def test_streams_split_anywhere_give_the_same_chunks(path: Path) -> None:
    chance = random.Random(7)
    for record in filter(is_answer, records(path)):
        if "text" not in record["response"]:
            continue
        data = data_of(record)
        expected = decode(record, data)
        for _ in range(3):
            cuts = [0, *sorted(chance.sample(range(len(data)), min(200, len(data)))), len(data)]
            assert decode(record, *(data[a:b] for a, b in pairwise(cuts))) == expected


# What these requests say of it is Pointsman's to decide.
OURS = ("provider",)
UNSERVED = ("preset",)
# OpenRouter's object asks for reasoning there; elsewhere it is translated.
ROUTERS = ("chat.openrouter", "chat.snowflake")


@each_file
def test_every_request_reaches_the_provider_as_it_was(path: Path) -> None:
    style: Any = "reasoning" if path.stem in ROUTERS else "reasoning_effort"
    endpoint = msgspec.structs.replace(ENDPOINT, quirks=Quirks(reasoning_request=style))
    for record in records(path):
        given = record["request"]
        if given is None:
            continue
        body = {**given, "model": f"acme/{given['model']}"}
        if any(name in given for name in UNSERVED):
            with pytest.raises(NotServed):
                parse(json.dumps(body).encode())
            continue
        sent = json.loads(OPENAI.encode(parse(json.dumps(body).encode()), endpoint, {}).body)
        asked = {name: value for name, value in given.items() if value is not None and name not in OURS}
        expected = asked | {"model": "m"}
        for each in (expected, sent):
            each.pop("stream_options", None)
        assert sent == expected, record["case"]
        # What is said anew stands last.
        order = sorted(expected, key="reasoning".__eq__)
        assert list(sent) == order, record["case"]


# Costs are ours to say; what the vendor said of them stays in `extra`.
USAGE = [f for f in Usage.__struct_fields__ if f not in ("extra", "cost", "cost_details")]


class Told:
    """What the recorded JSON says, gathered without the code under test."""

    def __init__(self, answers: list[Record]) -> None:
        self.choices: dict[int, Record] = {}
        self.counts: Record = {}
        self.others: Record = {}
        for answer in answers:
            usage = answer.get("usage") or (answer.get("x_groq") or {}).get("usage") or {}
            self.counts |= {name: value for name, value in usage.items() if value is not None}
            cached = [usage[name] for name in ("cached_tokens", "num_cached_tokens") if name in usage]
            if cached and "prompt_tokens_details" not in self.counts:
                self.counts["prompt_tokens_details"] = {"cached_tokens": cached[0]}
            own = (
                "choices",
                "usage",
                "id",
                "object",
                "created",
                "model",
                "system_fingerprint",
                "service_tier",
                "error",
            )
            self.others |= {name: value for name, value in answer.items() if name not in own}
            for choice in answer.get("choices") or ():
                self._add(choice)

    def _add(self, choice: Record) -> None:
        message = choice.get("message") or choice.get("delta") or {}
        said = self.choices.setdefault(
            choice["index"],
            {
                "content": "",
                "reasoning": "",
                "refusal": "",
                "calls": {},
                "finish_reason": None,
                "details": 0,
                "others": {},
            },
        )
        content = message.get("content") or ""
        if isinstance(content, list):
            said["reasoning"] += "".join(t["text"] for part in content for t in part.get("thinking", ()))
            content = "".join(part.get("text", "") for part in content)
        said["content"] += content
        details = message.get("reasoning_details") or ()
        thoughts = message.get("reasoning") or message.get("reasoning_content")
        said["reasoning"] += thoughts or "".join(d.get("text") or d.get("summary") or "" for d in details)
        said["refusal"] += message.get("refusal") or ""
        said["finish_reason"] = choice.get("finish_reason") or said["finish_reason"]
        said["details"] += sum(len(d.get("text") or d.get("data") or "") for d in details)
        for place, call in enumerate(message.get("tool_calls") or ()):
            known = said["calls"].setdefault(
                call.get("index", place) if "delta" in choice else place, ["", "", ""]
            )
            function = call["function"]
            known[0] += call.get("id") or ""
            known[1] += function.get("name") or ""
            known[2] += function.get("arguments") or ""
        for name in ("annotations", "images", "audio", "function_call", "executed_tools"):
            if message.get(name):
                said["others"][name] = message[name]


def calls_of(delta: Delta) -> dict[int, list[str]]:
    return {
        call.index: [call.id or "", call.name or "", call.arguments or ""] for call in delta.tool_calls or ()
    }


def counts_of(whole: Chunk) -> Record:
    if whole.usage is None:
        return {}
    named = {name: getattr(whole.usage, name) for name in USAGE}
    return {name: value for name, value in {**whole.usage.extra, **named}.items() if value is not None}
