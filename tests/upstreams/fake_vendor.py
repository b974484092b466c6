"""A scriptable OpenAI-compatible vendor on loopback.

A test says what the vendor does for one model id: send these bytes, wait, break off. Each call of it is
recorded as it arrived, and knows when its caller went away.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
from aiohttp import web

Script = Callable[["VendorCall"], Coroutine[Any, Any, None]]


@dataclass
class VendorCall:
    """One request the vendor received, and its answer in the making (for scripts)."""

    body: bytes
    headers: dict[str, str]
    request: web.Request
    closed: threading.Event = field(default_factory=threading.Event)
    closed_at: float | None = None
    response: web.StreamResponse | None = None
    peer_port: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def members(self) -> dict[str, bytes]:
        """The top-level members as they were written, in their order."""
        raws = msgspec.json.decode(self.body, type=dict[str, msgspec.Raw])
        return {name: bytes(value) for name, value in raws.items()}

    async def start(self, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.response = web.StreamResponse(status=status, headers={"content-type": content_type, **named})
        await self.response.prepare(self.request)

    async def send(self, data: bytes) -> None:
        assert self.response
        await self.response.write(data)

    async def reply(
        self, body: Any, status: int = 200, content_type: str = "application/json", **headers: str
    ) -> None:
        await self.start(status, content_type, **headers)
        await self.send(body if isinstance(body, bytes) else json.dumps(body).encode())

    async def break_off(self) -> None:
        """Drops the connection in the middle."""
        assert self.request.transport
        self.request.transport.abort()

    async def hang(self) -> None:
        """Sends nothing more until the caller goes away."""
        await asyncio.sleep(60)


class FakeVendor:
    """Runs in a thread; `script(model, what)` says what it does for a model, `calls(model)` what came."""

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._calls: dict[str, list[VendorCall]] = {}
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

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def script(self, model: str, script: Script) -> None:
        self._scripts[model] = script
        self._calls[model] = []

    def calls(self, model: str) -> list[VendorCall]:
        return self._calls.get(model, [])

    def call(self, model: str, seconds: float = 5.0) -> VendorCall:
        """The first call for a model; waits until it has come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if calls := self.calls(model):
                return calls[0]
            time.sleep(0.005)
        raise AssertionError(f"no call for {model}")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._answer)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = VendorCall(body, {name.lower(): value for name, value in request.headers.items()}, request)
        call.peer_port = request.transport.get_extra_info("peername")[1] if request.transport else 0
        model = call.json["model"]
        script = self._scripts.get(model)
        if script is None:
            error = {"message": f"The model {model} does not exist", "code": "model_not_found"}
            return web.json_response({"error": error}, status=404)
        self._calls[model].append(call)
        try:
            await script(call)
        except (asyncio.CancelledError, ConnectionError):
            call.closed_at = time.monotonic()
            call.closed.set()
            raise
        return call.response or web.Response(status=500, text="the script sent nothing")


def event(**members: Any) -> bytes:
    """One server-sent event holding a chunk."""
    return (
        b"data: "
        + json.dumps({"id": "up-1", "object": "chat.completion.chunk", **members}).encode()
        + b"\n\n"
    )


def delta(index: int = 0, finish: str | None = None, **content: Any) -> bytes:
    """A chunk with one choice."""
    return event(choices=[{"index": index, "delta": content, "finish_reason": finish}])


USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
# As it is printed: of a model whose price nobody knows.
PRINTED_USAGE = USAGE | {"cost": None}
DONE = b"data: [DONE]\n\n"
HELLO = (
    delta(role="assistant", content="")
    + delta(content="Hel")
    + delta(content="lo")
    + delta(finish="stop")
    + event(choices=[], usage=USAGE)
    + DONE
)


def completion(content: str | None = "Hello", **message: Any) -> dict[str, Any]:
    """A whole answer."""
    return {
        "id": "up-1",
        "object": "chat.completion",
        "created": 1,
        "model": "upstream-name",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, **message},
                "finish_reason": "tool_calls" if "tool_calls" in message else "stop",
            }
        ],
        "usage": USAGE,
    }


async def hello(call: VendorCall) -> None:
    """Answers "Hello", streamed or whole."""
    if call.json.get("stream"):
        await call.start()
        await call.send(HELLO)
    else:
        await call.reply(completion())


def replying(body: Any, status: int = 200, content_type: str = "application/json", **headers: str) -> Script:
    """A script: this answer."""

    async def script(call: VendorCall) -> None:
        await call.reply(body, status, content_type, **headers)

    return script


def streaming(*writes: bytes, gap: float = 0.0, ends: str = "close") -> Script:
    """A script: a 200, then these writes with pauses between; then it closes, breaks off or hangs."""

    async def script(call: VendorCall) -> None:
        await call.start()
        for place, data in enumerate(writes):
            if place and gap:
                await asyncio.sleep(gap)
            await call.send(data)
        if ends == "break":
            await call.break_off()
        elif ends == "hang":
            await call.hang()

    return script
