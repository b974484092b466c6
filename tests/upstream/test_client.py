"""HTTP to providers: what goes over the wire, and what stays off it."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from service.dialects import DIALECTS
from service.errors import ProviderError
from service.providers.provider import Provider
from service.settings import UpstreamSettings
from service.types.fold import fold
from service.types.secret import Secret
from service.upstream import demo
from service.upstream.client import UpstreamClient
from service.upstream.credentials import Anonymous
from tests.asking import chat
from tests.upstream.calling import LIMITS, call, endpoint, limits, run
from tests.upstreams.fake_vendor import FakeVendor, VendorCall, completion, hello

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        vendor.script("hello", hello)
        yield vendor


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@asynccontextmanager
async def open_client() -> AsyncIterator[UpstreamClient]:
    client = UpstreamClient()
    try:
        yield client
    finally:
        await client.aclose()


def test_headers_of_a_row_go_with_every_request(vendor: FakeVendor) -> None:
    vendor.script("own-headers", hello)
    row = Provider(name="acme", dialect="openai", base_url=vendor.base_url, headers={"x-version": "7"})

    async def scene() -> None:
        async with open_client() as client:
            await call(client, chat(), row.endpoint("own-headers"))

    run(scene())
    assert vendor.calls("own-headers")[0].headers["x-version"] == "7"


def test_what_a_provider_receives(vendor: FakeVendor) -> None:
    vendor.script("headers", hello)

    async def scene() -> None:
        async with open_client() as client:
            await call(client, chat(stream=True), endpoint(vendor.base_url, "headers"), Secret("sk-1"))
            await call(client, chat(), endpoint(vendor.base_url, "headers"))

    run(scene())
    streamed, whole = vendor.calls("headers")
    assert streamed.headers["authorization"] == "Bearer sk-1"
    assert (streamed.headers["accept"], whole.headers["accept"]) == ("text/event-stream", "application/json")
    assert "authorization" not in whole.headers
    for received in (streamed, whole):
        assert received.headers["content-type"] == "application/json"
        assert received.headers["content-length"] == str(len(received.body))
        assert received.headers["user-agent"] == "pointsman"
        allowed = {"host", "accept", "accept-encoding", "connection", "authorization"}
        assert set(received.headers) <= allowed | {"content-type", "content-length", "user-agent"}


@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
def test_a_connection_is_used_again(vendor: FakeVendor, streams: bool) -> None:
    vendor.script("again", hello)

    async def scene() -> None:
        async with open_client() as client:
            for _ in range(4):
                await call(client, chat(stream=streams), endpoint(vendor.base_url, "again"))

    run(scene())
    assert len({received.peer_port for received in vendor.calls("again")}) == 1


def test_a_providers_cookies_are_not_sent_back(vendor: FakeVendor) -> None:
    async def sticky(received: VendorCall) -> None:
        await received.reply(completion(), set_cookie="session=other-callers; Path=/")

    vendor.script("cookies", sticky)

    async def scene() -> None:
        async with open_client() as client:
            for _ in range(2):
                _, headers, _ = await call(client, chat(), endpoint(vendor.base_url, "cookies"))
                assert "set-cookie" in headers

    run(scene())
    assert ["cookie" in received.headers for received in vendor.calls("cookies")] == [False, False]


def test_redirects_are_not_followed(vendor: FakeVendor) -> None:
    vendor.script("elsewhere", hello)

    async def away(received: VendorCall) -> None:
        await received.reply(b"moved", 307, "text/plain", location=f"{vendor.base_url}/chat/completions")

    vendor.script("moved", away)

    async def scene() -> None:
        async with open_client() as client:
            await call(client, chat(), endpoint(vendor.base_url, "moved"), Secret("sk-1"))

    with pytest.raises(ProviderError, match="answered 307: moved") as caught:
        run(scene())
    assert (caught.value.kind, caught.value.status) == ("provider_failure", 307)
    assert len(vendor.calls("moved")) == 1


def test_a_packed_answer_is_unpacked(vendor: FakeVendor) -> None:
    async def packed(received: VendorCall) -> None:
        await received.reply(gzip.compress(json.dumps(completion()).encode()), content_encoding="gzip")

    vendor.script("packed", packed)

    async def scene() -> str | None:
        async with open_client() as client:
            _, _, chunks = await call(client, chat(), endpoint(vendor.base_url, "packed"))
            return fold(chunks).choices[0].delta.content

    assert run(scene()) == "Hello"


@pytest.mark.parametrize(
    "base_url",
    ["http://127.0.0.1:9/v1", "http://nowhere.invalid/v1", "http://[::1]:9/v1", "https://127.0.0.1:9/v1"],
)
def test_a_provider_that_is_not_there(base_url: str) -> None:
    async def scene() -> None:
        async with open_client() as client:
            await call(client, chat(), endpoint(base_url, "m"), Secret("sk-1"))

    with pytest.raises(ProviderError, match="Provider 'acme' cannot be reached") as caught:
        run(scene())
    assert (caught.value.kind, caught.value.status) == ("provider_unreachable", None)


def test_tls_to_a_server_that_speaks_none(vendor: FakeVendor) -> None:
    async def scene() -> None:
        async with open_client() as client:
            await call(client, chat(), endpoint(vendor.base_url.replace("http:", "https:"), "m"))

    with pytest.raises(ProviderError) as caught:
        run(scene())
    assert caught.value.kind == "provider_unreachable"


def test_a_long_error_body_is_read_in_part(vendor: FakeVendor) -> None:
    async def flood(received: VendorCall) -> None:
        await received.start(500, "text/plain")
        for _ in range(200):
            await received.send(b"x" * 10_000)

    vendor.script("flood", flood)

    async def scene() -> int:
        async with open_client() as client:
            to = endpoint(vendor.base_url, "flood")
            async with client.send(
                DIALECTS["openai"].encode(chat(), to, {}), to, Anonymous(), LIMITS
            ) as response:
                return len(await response.error_body())

    assert run(scene()) == 64 * 1024


def test_an_error_body_that_does_not_end_is_waited_for_briefly(vendor: FakeVendor) -> None:
    async def hangs(received: VendorCall) -> None:
        await received.start(429, "text/plain")
        await received.send(b"too many")
        await received.hang()

    vendor.script("hangs", hangs)
    patient = UpstreamSettings(idle_seconds=60)

    async def scene() -> bytes:
        async with open_client() as client:
            to = endpoint(vendor.base_url, "hangs")
            async with client.send(
                DIALECTS["openai"].encode(chat(), to, {}), to, Anonymous(), patient
            ) as response:
                return await response.error_body()

    assert run(scene()) == b"too many"


class Proxy:
    """The smallest HTTP proxy: writes down what it is asked for and answers it all by itself."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.headers = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(self.headers.split(b"\r\n")[0].decode())
        if self.asked[-1].startswith("CONNECT"):
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        else:
            body = json.dumps(completion("by proxy")).encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async def call(self, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str) -> str | None:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(proxy=f"127.0.0.1:{port}"))
        async with server, open_client() as client:
            _, _, chunks = await call(client, chat(), endpoint(url, "hello"), Secret("sk-1"))
            return fold(chunks).choices[0].delta.content


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    proxy = Proxy()

    answer = run(proxy.call(monkeypatch, {name: "http://{proxy}"}, "http://api.acme.test/v1"))

    assert answer == "by proxy"
    assert proxy.asked == ["POST http://api.acme.test/v1/chat/completions HTTP/1.1"]


def test_a_proxy_that_asks_for_a_password_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy()

    run(proxy.call(monkeypatch, {"HTTP_PROXY": "http://me:pass@{proxy}"}, "http://api.acme.test/v1"))

    assert b"proxy-authorization: basic bwu6cgfzcw==" in proxy.headers.lower()


def test_https_goes_through_the_proxy_as_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy()

    with pytest.raises(ProviderError) as caught:
        run(proxy.call(monkeypatch, {"HTTPS_PROXY": "http://{proxy}"}, "https://api.acme.test/v1"))

    assert proxy.asked == ["CONNECT api.acme.test:443 HTTP/1.1"]
    assert caught.value.kind == "provider_unreachable"


def test_exceptions_to_the_proxy_are_kept(monkeypatch: pytest.MonkeyPatch, vendor: FakeVendor) -> None:
    proxy = Proxy()
    variables = {"HTTP_PROXY": "http://{proxy}", "NO_PROXY": "127.0.0.1"}

    assert run(proxy.call(monkeypatch, variables, vendor.base_url)) == "Hello"
    assert proxy.asked == []


def test_exceptions_to_the_proxy_may_name_a_port(monkeypatch: pytest.MonkeyPatch, vendor: FakeVendor) -> None:
    proxy = Proxy()
    variables = {"HTTP_PROXY": "http://{proxy}", "NO_PROXY": "127.0.0.1:9"}

    assert run(proxy.call(monkeypatch, variables, vendor.base_url)) != "Hello"
    assert len(proxy.asked) == 1


def test_the_demo_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(proxy: Proxy) -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with server, open_client() as client:
            await call(client, chat(), endpoint(demo.BASE_URL, "fast"))

    proxy = Proxy()
    run(scene(proxy))
    assert proxy.asked == []


@pytest.mark.parametrize(
    "spoken",
    [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", b""],
    ids=["another protocol", "no status", "no header", "nothing"],
)
def test_a_server_that_speaks_no_http(spoken: bytes) -> None:
    async def scene() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(spoken)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, open_client() as client:
            port = server.sockets[0].getsockname()[1]
            await call(client, chat(), endpoint(f"http://127.0.0.1:{port}/v1", "m"))

    with pytest.raises(ProviderError, match="broke the connection") as caught:
        run(scene())
    assert caught.value.kind == "provider_unreachable"


def test_connecting_takes_no_longer_than_it_may() -> None:
    async def scene() -> None:
        # A listener whose queue is full: the kernel answers no further greeting.
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        try:
            for each in waiting:
                each.setblocking(False)
                each.connect_ex(listener.getsockname())
            await asyncio.sleep(0.05)
            to = endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "m")
            outgoing = DIALECTS["openai"].encode(chat(), to, {})
            async with open_client() as client, client.send(outgoing, to, Anonymous(), limits(connect=0.2)):
                pass
        finally:
            for each in (*waiting, listener):
                each.close()

    with pytest.raises(ProviderError, match="could not be connected to in time") as caught:
        run(scene())
    assert caught.value.kind == "provider_timeout"
