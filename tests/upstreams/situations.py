"""Vendors on loopback that act out the same situations, each in its own language.

A model's id says what happens: `claude-x--tools` asks for two parallel calls at any vendor. So one table of
conversations holds for all dialects; and each vendor is itself proven with the vendor's own SDK as client.
"""

import asyncio
import json
import threading
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

# What the model says in each situation, the same at every vendor.
TEXT = "Hello from the vendor."
PROMPT_TOKENS, COMPLETION_TOKENS = 12, 5
CALLS = (("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"}))  # two parallel calls
AFTER_RESULTS = "Paris 18, Rome 22."  # the turn that follows the results
IMAGE = "A red square."
SCHEMA = {"name": "Ada", "age": 36}
THOUGHTS, SIGNATURE, ANSWER = "Let me think.", "c2lnbmF0dXJl", "42"
PARTIAL = "Hel"  # what comes before the stream is cut, or fails
RETRY_AFTER = 7

SITUATIONS = (
    "text",  # TEXT, PROMPT_TOKENS in and COMPLETION_TOKENS out
    "tools",  # CALLS
    "tool-result",  # AFTER_RESULTS
    "image",  # IMAGE
    "schema",  # SCHEMA as the vendor gives structured outputs
    "reasoning",  # THOUGHTS with SIGNATURE where the vendor signs, then ANSWER
    "refusal",  # the vendor's refusal or safety block
    "cut",  # streamed: PARTIAL, then the connection ends without an end; whole: half a body
    "failing",  # streamed: PARTIAL, then the vendor's in-band error; whole: as `server-error`
    "rate-limit",  # 429 with Retry-After: RETRY_AFTER
    "context-length",  # the prompt is too long
    "auth",  # the key is wrong
    "overloaded",  # 503, or 529 where the vendor says so
    "bad-request",  # some parameter is wrong
    "not-found",  # no such model
    "content-policy",  # the prompt is refused by status, where the vendor does so
    "invalid-image",  # the picture cannot be read
    "server-error",  # 500
)


@dataclass
class Reply:
    """What the vendor sends. With `cut` the connection breaks after the writes."""

    status: int = 200
    content_type: str = "application/json"
    writes: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False

    @classmethod
    def of_json(cls, body: Any, status: int = 200, **headers: str) -> Self:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, writes=[json.dumps(body).encode()], headers=named)


@dataclass
class Received:
    """One request as it arrived."""

    path: str
    query: str
    headers: dict[str, str]
    body: Any
    raw: bytes


class SituationVendor:
    """Runs in a thread on loopback. Derived classes read the model and the streaming wish, and reply."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def model(self, request: Received) -> str:
        """The model id that the request names."""
        raise NotImplementedError

    def streams(self, request: Received) -> bool:
        """Whether the request wants a stream."""
        raise NotImplementedError

    def reply(self, situation: str, request: Received, *, stream: bool) -> Reply:
        """What the vendor says in this situation."""
        raise NotImplementedError

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def last(self, model: str) -> Received:
        """The latest request for a model."""
        return next(request for request in reversed(self.received) if self.model(request) == model)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        # The path as it was sent: escapes are part of what is tested.
        path, _, query = request.raw_path.partition("?")
        received = Received(path, query, headers, json.loads(raw), raw)
        self.received.append(received)
        situation = self.model(received).rpartition("--")[2]
        reply = self.reply(situation, received, stream=self.streams(received))
        response = web.StreamResponse(
            status=reply.status, headers={"content-type": reply.content_type, **reply.headers}
        )
        await response.prepare(request)
        for data in reply.writes:
            await response.write(data)
        if reply.cut and request.transport:
            request.transport.close()  # after what is written has left
        return response
