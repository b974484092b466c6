"""Streams whose end the test decides, and the asking of them."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.running import KEY
from tests.upstreams.fake_vendor import DONE, FakeVendor, Script, VendorCall, delta

CONFIG = """
[server]
workers = 2
drain_seconds = 20

[providers.fake]
dialect = "openai"
base_url = "{base_url}"
api_key = "sk-fake-upstream-key"

[providers.demo]
"""
PATH = "/v1/chat/completions"
HEADERS = {"authorization": f"Bearer {KEY}"}


def body(model: str, **members: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}], **members}


def ask(url: str, model: str = "fake/hello") -> httpx.Response:
    """One short request over a connection of its own."""
    return httpx.post(url + PATH, json=body(model), headers=HEADERS, timeout=10, trust_env=False)


class Stream:
    """A stream that has begun: the vendor has sent "Hel" and goes on when it is told to."""

    def __init__(self, response: httpx.Response, finishing: threading.Event) -> None:
        self._lines = response.iter_lines()
        self._finishing = finishing
        self._read_until("Hel")

    def finish(self) -> list[str]:
        """Lets the vendor finish and reads the rest; the last line that says something is `[DONE]`."""
        self._finishing.set()
        return self.rest()

    def rest(self) -> list[str]:
        """Reads what comes until the stream ends, well or badly."""
        lines: list[str] = []
        try:
            lines += (line.removeprefix("data: ") for line in self._lines if line.startswith("data: "))
        except httpx.TransportError as error:
            lines.append(type(error).__name__)
        return lines

    def _read_until(self, text: str) -> None:
        for line in self._lines:
            if line.startswith("data: ") and text in json.dumps(json.loads(line[6:])["choices"]):
                return
        raise AssertionError(f"the stream ended before {text!r}")


def held(finishing: threading.Event) -> Script:
    """Says "Hel", and "lo" once it is told to finish."""

    async def script(call: VendorCall) -> None:
        await call.start()
        await call.send(delta(role="assistant", content="Hel"))
        while not finishing.is_set():  # noqa: ASYNC110 - it is set by another thread
            await asyncio.sleep(0.01)
        await call.send(delta(content="lo") + delta(finish="stop") + DONE)

    return script


@contextmanager
def streaming(url: str, vendor: FakeVendor) -> Iterator[Stream]:
    """Begins a stream."""
    finishing = threading.Event()
    vendor.script("held", held(finishing))
    request = body("fake/held", stream=True)
    with (
        httpx.Client(headers=HEADERS, timeout=30, trust_env=False) as client,
        client.stream("POST", url + PATH, json=request) as response,
    ):
        assert response.status_code == 200
        yield Stream(response, finishing)


def refuses(address: str) -> bool:
    """Whether nobody listens at HOST:PORT or unix:PATH."""
    host, _, port = address.rpartition(":")
    is_path = host == "unix"
    with socket.socket(socket.AF_UNIX if is_path else socket.AF_INET) as probe:
        return probe.connect_ex(port if is_path else (host, int(port))) != 0
