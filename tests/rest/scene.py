"""What the REST tests share: a model of their own, requests to it, and the reading of answers."""

import itertools
import json
import socket
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from tests.running import Pointsman, eventually
from tests.upstreams.fake_vendor import FakeVendor, Script, VendorCall

PATH = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "Hi"}]
_numbers = itertools.count(1)


class Scene:
    """One model of the fake vendor, one caller."""

    def __init__(self, http: httpx.Client, vendor: FakeVendor, pointsman: Pointsman) -> None:
        self.http = http
        self.vendor = vendor
        self.pointsman = pointsman
        self.name = f"model-{next(_numbers)}"
        self.model = f"fake/{self.name}"

    def plays(self, script: Script) -> "Scene":
        self.vendor.script(self.name, script)
        return self

    @property
    def call(self) -> VendorCall:
        """What reached the vendor."""
        return self.vendor.call(self.name)

    def body(self, **members: Any) -> dict[str, Any]:
        return {"model": self.model, "messages": MESSAGES, **members}

    def ask(self, headers: dict[str, str] | None = None, **members: Any) -> httpx.Response:
        return self.http.post(PATH, json=self.body(**members), headers=headers)

    def post(self, content: bytes, **headers: str) -> httpx.Response:
        named = {"content-type": "application/json", **headers}
        return self.http.post(PATH, content=content, headers=named)

    def ask_raw(self, members: bytes) -> httpx.Response:
        """Sends a body whose further members are written out, to see what becomes of every byte."""
        head = json.dumps(self.body())[:-1].encode()
        return self.post(head + b", " + members + b"}")

    def stream(self, **members: Any) -> list[Any]:
        """A streamed answer: its chunks in order, `"[DONE]"` included."""
        response = self.ask(stream=True, **members)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/event-stream")
        return events(response.text)

    def record(self, generation_id: str) -> dict[str, Any]:
        """The log line of a request."""
        return eventually(lambda: records(self.pointsman, generation_id=generation_id))[0]


def records(pointsman: Pointsman, **facts: Any) -> list[dict[str, Any]]:
    """The records in the log that state these facts."""
    lines = (json.loads(line) for line in pointsman.log.splitlines() if line.endswith("}"))
    return [line for line in lines if line.get("event") == "request" and facts.items() <= line.items()]


def events(text: str) -> list[Any]:
    """The data of server-sent events; comments are left out."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def text_of(chunks: list[Any]) -> str:
    """The text of a streamed answer."""
    choices = [choice for chunk in chunks if chunk != "[DONE]" for choice in chunk.get("choices", ())]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


class Wire:
    """A bare HTTP/1.1 connection: every header as sent, every chunk by itself with the time it came."""

    def __init__(self, pointsman: Pointsman) -> None:
        self._pointsman = pointsman
        self._socket = socket.create_connection(("127.0.0.1", pointsman.port), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self.status = 0
        self.headers: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, body: dict[str, Any], *extra_headers: str) -> None:
        data = json.dumps(body).encode()
        lines = ("content-type: application/json", f"content-length: {len(data)}", *extra_headers)
        self.send_head("POST", PATH, *lines)
        self.send(data)

    def send_head(self, method: str, path: str, *headers: str, key: bool = True) -> None:
        authorization = (f"authorization: {self._pointsman.headers['authorization']}",) if key else ()
        lines = (f"{method} {path} HTTP/1.1", "host: localhost", *authorization, *headers, "", "")
        self.send("\r\n".join(lines).encode("latin-1"))

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read_head(self) -> int:
        self.status = int(self._file.readline().split()[1])
        self.headers = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            self.headers[name.lower()] = value.strip()
        return self.status

    def chunks(self) -> Iterator[tuple[float, bytes]]:
        """Every chunk of the body, with the time it came."""
        while size := int(self._file.readline(), 16):
            data = self._file.read(size)
            yield time.monotonic(), data
            self._file.readline()
        self._file.readline()

    def read_body(self) -> bytes:
        if "content-length" in self.headers:
            return self._file.read(int(self.headers["content-length"]))
        return b"".join(data for _, data in self.chunks())

    def close(self) -> None:
        self._file.close()
        self._socket.close()
