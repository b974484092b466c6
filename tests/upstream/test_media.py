"""What may be fetched for a request, and what may not."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from service.errors import InvalidRequest
from service.settings import MediaSettings
from service.types.media import OPEN, Media
from service.upstream import media
from service.upstream.media import MediaFetcher
from service.upstream.media_type import media_type

PIXEL = b"\x89PNG\r\n"


@asynccontextmanager
async def site() -> AsyncIterator[str]:
    """A server on loopback; gives its address without a scheme."""

    async def image(_: web.Request) -> web.Response:
        return web.Response(body=PIXEL, content_type="image/png")

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 5000, content_type="image/png")

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async def hop(request: web.Request) -> web.Response:
        left = int(request.match_info["left"])
        raise web.HTTPFound("/image" if left == 0 else f"/hop/{left - 1}")

    async def broken(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"location": "http://[::"})

    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data")

    app = web.Application()
    app.router.add_get("/image", image)
    app.router.add_get("/large", large)
    app.router.add_get("/slow", slow)
    app.router.add_get("/hop/{left}", hop)
    app.router.add_get("/away", away)
    app.router.add_get("/broken", broken)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def fetching(*urls: str, **changes: Any) -> dict[str, Media]:
    """Fetches from the server, whose address is `{site}`; it may be reached unless said otherwise."""

    async def play() -> dict[str, Media]:
        async with site() as address:
            settings = MediaSettings(
                **{"allowed_hosts": ["127.0.0.1", "localhost"], "seconds": 5.0, **changes}
            )
            fetcher = MediaFetcher(settings)
            try:
                actual = {url.format(site=address, port=address[10:]): url for url in urls}
                found = await fetcher.fetch({url: f"field {place}" for place, url in enumerate(actual)})
                return {actual[url]: each for url, each in found.items()}
            finally:
                await fetcher.aclose()

    return asyncio.run(asyncio.wait_for(play(), 20))


IMAGE = Media("image/png", base64.b64encode(PIXEL).decode())


def test_bytes_and_type() -> None:
    assert fetching("http://{site}/image") == {"http://{site}/image": IMAGE}


def test_redirects_are_followed_up_to_the_limit() -> None:
    assert fetching("http://{site}/hop/2", max_redirects=3) == {"http://{site}/hop/2": IMAGE}
    with pytest.raises(InvalidRequest, match="redirects more than 2 times"):
        fetching("http://{site}/hop/2", max_redirects=2)


REFUSED = [
    ("loopback address", "http://{site}/image", {"allowed_hosts": []}, "leads to a private address"),
    ("loopback name", "http://localhost:{port}/image", {"allowed_hosts": []}, "leads to a private address"),
    ("private address", "http://10.0.0.1/x", {}, "leads to a private address"),
    ("link-local address", "http://169.254.169.254/x", {}, "leads to a private address"),
    ("IPv6 loopback", "http://[::1]/x", {}, "leads to a private address"),
    ("IPv4 in IPv6", "http://[::ffff:10.0.0.1]/x", {}, "leads to a private address"),
    ("NAT64", "http://[64:ff9b::a00:1]/x", {}, "leads to a private address"),
    ("redirect to one", "http://{site}/away", {}, "leads to a private address"),
    ("redirect to nowhere", "http://{site}/broken", {}, "could not be fetched"),
    ("IPv4 inside IPv6", "http://[::7f00:1]/x", {}, "leads to a private address"),
    ("other schemes", "file:///etc/passwd", {}, "must be http or https"),
    ("a password", "http://a:b@{site}/image", {}, "must not hold a user or password"),
    ("too large", "http://{site}/large", {"max_bytes": 4999}, "holds more than 4999 bytes"),
    ("too slow", "http://{site}/slow", {"seconds": 0.1}, "could not be fetched within 0.1 s"),
    ("missing", "http://{site}/nothing", {}, "answered 404"),
    ("nobody there", "http://127.0.0.1:1/x", {}, "could not be fetched"),
    (
        "too large together",
        "http://{site}/large",
        {"max_total_bytes": 4999},
        "may hold 4999 bytes",
    ),
    ("too many", "http://{site}/image", {"max_count": 0}, "at most 0 are allowed"),
]


@pytest.mark.parametrize(("url", "changes", "why"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(url: str, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        fetching(url, **changes)


def test_every_fault_is_told() -> None:
    with pytest.raises(InvalidRequest) as caught:
        fetching("http://10.0.0.1/x", "http://{site}/image", "http://{site}/nothing")

    assert len(caught.value.violations) == 2


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        *(("8.8.8.8", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True)),
        *(("100.64.0.1", False), ("192.168.1.1", False), ("0.0.0.0", False), ("224.0.0.1", False)),
        *(("fe80::1%eth0", False), ("fc00::1", False), ("2002:0a00:0001::", False), ("::", False)),
    ],
)
def test_what_is_public(address: str, allowed: bool) -> None:
    assert media._allowed("example.org", address, []) is allowed
    assert media._allowed("example.org", address, ["example.org"])


@pytest.mark.parametrize(
    ("url", "hosts", "taken"),
    [
        ("s3://bucket/a.png", [], False),
        ("gs://bucket/a.png", [], False),
        ("GS://bucket/a.png", [], False),
        (" s3://bucket/a.png", [], False),
        ("s3://bucket/a.png", ["s3://bucket"], True),
        ("s3://bucket-2/a.png", ["s3://bucket"], False),
        ("gs://bucket/a.png", ["s3://bucket"], False),
    ],
)
def test_buckets_of_the_operator_are_closed_to_callers(url: str, hosts: list[str], taken: bool) -> None:
    if taken:
        assert fetching(url, allowed_hosts=hosts) == {url: OPEN}
        return
    with pytest.raises(InvalidRequest, match="buckets are closed to callers"):
        fetching(url, allowed_hosts=hosts)


def test_a_fault_names_its_field() -> None:
    with pytest.raises(InvalidRequest) as caught:
        fetching("http://10.0.0.1/x", "file:///x")

    assert [each.field for each in caught.value.violations] == ["field 0", "field 1"]


def test_all_together_are_bounded_while_they_come() -> None:
    with pytest.raises(InvalidRequest, match="all together may hold 9000 bytes"):
        fetching("http://{site}/large", "http://{site}/large?2", max_total_bytes=9000)


TYPES = [
    (b"\x89PNG\r\n\x1a\n...", "application/octet-stream", "image/png"),
    (b"\xff\xd8\xff...", "", "image/jpeg"),
    (b"RIFF....WEBPVP8 ", "binary/octet-stream", "image/webp"),
    (b"RIFF....WAVEfmt ", "", "audio/wav"),
    (b"....ftypisom", "", "video/mp4"),
    (b"%PDF-1.7", "", "application/pdf"),
    (b"%PDF-1.7", "Text/Plain", "text/plain"),
    (b"hello", "", "application/octet-stream"),
    (b"", "", "application/octet-stream"),
]


@pytest.mark.parametrize(("data", "said", "kind"), TYPES)
def test_a_type_that_a_server_does_not_know_is_found(data: bytes, said: str, kind: str) -> None:
    assert media_type(data, said) == kind
