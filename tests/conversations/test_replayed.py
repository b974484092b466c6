"""Recorded answers through the running service: what a REST caller gets is what the vendor's SDK reads."""

import asyncio
import importlib
import json
import threading
from collections.abc import Iterator
from typing import Any, Self

import httpx
import pytest
from aiohttp import web

from tests.conversations.gathering import gathered
from tests.rest.scene import PATH, events
from tests.running import Pointsman, client_of, running
from tests.wire.replay import Record, body_of, records
from tests.wire.seen import Seen, differences

READERS = [
    importlib.import_module(f"tests.wire.{name}")
    for name in ("openai_chat", "anthropic", "google", "bedrock", "responses", "cohere")
]
SECTIONS = {
    "anthropic": 'dialect = "anthropic"\nbase_url = "{origin}"\napi_key = "k"',
    "google": 'dialect = "google"\nbase_url = "{origin}"\napi_key = "k"',
    "vertex": (
        'dialect = "vertex"\nbase_url = "{origin}"\nproject = "p"\nlocation = "global"\naccess_token = "t"'
    ),
    "bedrock": (
        'dialect = "bedrock"\nbase_url = "{origin}"\nregion = "us-east-1"\n'
        'access_key_id = "a"\nsecret_access_key = "s"'
    ),
    "responses": 'dialect = "openai-responses"\nbase_url = "{origin}/v1"\napi_key = "k"',
    "cohere": 'dialect = "cohere"\nbase_url = "{origin}"\napi_key = "k"',
    "mistral": 'dialect = "mistral"\nbase_url = "{origin}/v1"\napi_key = "k"',
    "chat": 'dialect = "openai"\nbase_url = "{origin}/v1"\napi_key = "k"',
}
PROVIDERS = {
    "anthropic.messages": "anthropic",
    "google.generative": "google",
    "google.vertex": "vertex",
    "bedrock.converse": "bedrock",
    "responses.openai": "responses",
    "cohere.chat": "cohere",
    "chat.mistral": "mistral",
}


class Replay:
    """Answers whatever is asked with one recorded answer, until it is told another."""

    def __init__(self) -> None:
        self.record: Record = {}
        self.received: Any = None
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application()
        app.router.add_post("/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.received = await request.json()
        headers = {"content-type": self.record["content_type"]}
        return web.Response(body=body_of(self.record), status=self.record["status"], headers=headers)


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay() as replay:
        yield replay


@pytest.fixture(scope="module")
def pointsman(replay: Replay) -> Iterator[Pointsman]:
    origin = f"http://127.0.0.1:{replay.port}"
    sections = [f"[providers.{name}-replay]\n{lines}" for name, lines in SECTIONS.items()]
    base = "[server]\nworkers = 1\n[routing]\nmax_rest_seconds = 0.001"
    settings = "\n".join((base, *sections)).format(origin=origin)
    with running(settings) as pointsman:
        yield pointsman


def seen_of_rest(whole: dict[str, Any]) -> Seen:
    """What a REST caller sees in a whole answer."""
    seen = Seen(service_tier=whole.get("service_tier") or "")
    usage = whole.get("usage") or {}
    prompt, answer = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    counts = {
        "prompt": usage.get("prompt_tokens"),
        "completion": usage.get("completion_tokens"),
        "total": usage.get("total_tokens"),
        "cached": prompt.get("cached_tokens"),
        "cache_write": prompt.get("cache_write_tokens"),
        "reasoning": answer.get("reasoning_tokens"),
    }
    seen.usage = {name: count for name, count in counts.items() if count is not None}
    for choice in whole["choices"][:1]:
        message = choice["message"]
        seen.content, seen.reasoning = message.get("content") or "", message.get("reasoning") or ""
        seen.refusal = message.get("refusal") or ""
        for detail in message.get("reasoning_details") or ():
            if detail["type"] == "reasoning.server_tool_call":
                seen.server_tools.append(detail["tool_name"])
            elif secret := detail.get("signature") or detail.get("data"):
                seen.signatures.append(secret)
        seen.tool_calls = [
            (
                call.get("id") or "",
                call["function"]["name"],
                json.loads(call["function"]["arguments"] or "{}"),
            )
            for call in message.get("tool_calls") or ()
        ]
        seen.finish_reason = choice["finish_reason"] or ""
        seen.native_finish_reason = choice.get("native_finish_reason") or ""
        cited = [
            each["url_citation"]
            for each in message.get("annotations") or ()
            if each["type"] == "url_citation"
        ]
        seen.citations = [(each["url"], each.get("title") or "") for each in cited]
        seen.images = [each["image_url"]["url"] for each in message.get("images") or ()]
        seen.audio = (message.get("audio") or {}).get("data") or ""
        seen.logprobs = len((choice.get("logprobs") or {}).get("content") or ())
    return seen


CASES = [
    (reader, kind)
    for reader in READERS
    for kind in reader.KINDS
    if kind != "bedrock.invoke" and records([kind])
]


@pytest.mark.skipif(not CASES, reason="no recorded traffic beside the repository")
@pytest.mark.parametrize(("reader", "kind"), CASES, ids=[kind for _, kind in CASES])
def test_every_recorded_answer(pointsman: Pointsman, replay: Replay, reader: Any, kind: str) -> None:
    provider = f"{PROVIDERS.get(kind, 'chat')}-replay"
    faults: dict[str, Any] = {}
    with client_of(pointsman) as http:
        for record in filter(reader.is_chat, records([kind])):
            replay.record = record
            _, endpoint = reader.dialect_of(record)
            # The way of streaming is the recorded answer's, whatever its request says.
            stream = "json" not in record["content_type"]
            body = {"model": f"{provider}/{endpoint.model}", "messages": [{"role": "user", "content": "Hi"}]}
            response = http.post(PATH, json={**body, "stream": stream})
            expected = reader.expected(record)
            if "error" in expected.others:
                status, message = expected.others["error"]
                # Of an error inside a 200 the status is what its body states, if it states one.
                inside = response.is_success
                told = (events(response.text)[-1] if inside else response.json())["error"]
                if (
                    told["provider_status"] not in ((status, None) if inside else (status,))
                    or message not in told["message"]
                ):
                    faults[record["case"]] = told
            elif response.status_code != 200:
                faults[record["case"]] = response.text[:500]
            elif differing := differences(expected, seen_of_rest(whole_of(response, stream=stream))):
                faults[record["case"]] = differing
    assert not faults


def whole_of(response: httpx.Response, *, stream: bool) -> dict[str, Any]:
    """The whole answer, however it came."""
    if not stream:
        whole: dict[str, Any] = response.json()
        return whole
    *chunks, done = events(response.text)
    assert done == "[DONE]"
    return gathered(chunks)


# What these ask for is Pointsman's to decide, and not there yet.
OURS = ("provider", "preset")
OPENAI = [kind for _, kind in CASES if kind.startswith("chat.")]


@pytest.mark.skipif(not CASES, reason="no recorded traffic beside the repository")
@pytest.mark.parametrize("kind", OPENAI)
def test_every_recorded_request_arrives_as_it_was(pointsman: Pointsman, replay: Replay, kind: str) -> None:
    provider = "mistral-replay" if kind == "chat.mistral" else "chat-replay"
    faults: dict[str, Any] = {}
    with client_of(pointsman) as http:
        for record in records([kind]):
            asked = record["request"]
            if not asked or any(name in asked for name in OURS):
                continue
            replay.record, replay.received = record, None
            http.post(PATH, json={**asked, "model": f"{provider}/{asked['model']}"})
            arrived, wanted = dict(replay.received or {}), dict(asked)
            if wanted.pop("reasoning", None):
                # Ours, said in the words of the dialect; the row of a vendor may know better ones.
                arrived.pop("reasoning_effort", None)
            for each in (arrived, wanted):
                each.pop("stream_options", None)
            if arrived != {name: value for name, value in wanted.items() if value is not None}:
                faults[record["case"]] = (wanted, replay.received)
    assert not faults
