"""Fetches what a request points to, for vendors that want the bytes themselves.

A caller names the address, so it is looked at twice: what it says, and what its name resolves to at the very
moment of connecting. Private and link-local addresses are refused unless a setting lists the host.
"""

import asyncio
import base64
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Final

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from service.errors import InvalidRequest, Violation
from service.settings import MediaSettings
from service.types.media import OPEN, Media, is_bucket_url
from service.upstream.media_type import media_type

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_CHUNK_BYTES: Final = 64 * 1024


class MediaFetcher:
    """Fetches URLs within limits of size, time and redirects; `settings` may be replaced at any time."""

    def __init__(self, settings: MediaSettings) -> None:
        self.settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, urls: Mapping[str, str]) -> Mapping[str, Media]:
        """Fetches all of them at once; each URL comes with the field of the request that names it.

        Objects of clouds are not fetched, but stand for themselves (`OPEN`) if a setting lists their bucket:
        a vendor would read them with the operator's rights. Raises `InvalidRequest` naming every URL that
        cannot be had, and why.
        """
        if len(urls) > self.settings.max_count:
            limit = self.settings.max_count
            raise InvalidRequest(
                [Violation("messages", f"{len(urls)} URLs to fetch; at most {limit} are allowed")]
            )
        budget = _Budget(self.settings.max_total_bytes)
        results = await asyncio.gather(*(self._fetch(url, budget) for url in urls), return_exceptions=True)
        faults: list[Violation] = []
        media: dict[str, Media] = {}
        for (url, field), result in zip(urls.items(), results, strict=True):
            if isinstance(result, Media):
                media[url] = result
            elif isinstance(result, _Refused):
                faults.append(Violation(field, f"the URL {_shown(url)} {result}"))
            else:
                raise result
        if faults:
            raise InvalidRequest(faults)
        return media

    async def aclose(self) -> None:
        """Closes every connection."""
        if self._session:
            await self._session.close()

    async def _fetch(self, url: str, budget: "_Budget") -> Media:
        if is_bucket_url(url):
            if "/".join(url.split("/")[:3]) not in self.settings.allowed_hosts:
                raise _Refused("must be http, https or a data URL; buckets are closed to callers")
            return OPEN
        try:
            async with asyncio.timeout(self.settings.seconds):
                return await self._follow(url, budget)
        except TimeoutError:
            raise _Refused(f"could not be fetched within {self.settings.seconds:g} s") from None
        except (aiohttp.ClientError, httpx.InvalidURL, OSError, ValueError) as error:
            raise _refusal(error) or _Refused("could not be fetched") from None

    async def _follow(self, url: str, budget: "_Budget") -> Media:
        for _ in range(self.settings.max_redirects + 1):
            self._check(url)
            session = self._session = self._session or self._new_session()
            async with session.get(url, allow_redirects=False) as answer:
                target = answer.headers.get("location")
                if answer.status in _REDIRECTS and target:
                    url = str(httpx.URL(url).join(target))
                    continue
                if answer.status != 200:
                    raise _Refused(f"answered {answer.status}")
                data = await self._read(answer, budget)
                return Media(media_type(data, answer.content_type), base64.b64encode(data).decode())
        raise _Refused(f"redirects more than {self.settings.max_redirects} times")

    async def _read(self, answer: aiohttp.ClientResponse, budget: "_Budget") -> bytes:
        limit = self.settings.max_bytes
        data = bytearray()
        async for piece in answer.content.iter_chunked(_CHUNK_BYTES):
            data += piece
            if len(data) > limit:
                raise _Refused(f"holds more than {limit} bytes")
            budget.take(len(piece))
        return bytes(data)

    def _check(self, url: str) -> None:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            raise _Refused("is not valid") from None
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise _Refused("must be http or https")
        if parsed.userinfo:
            raise _Refused("must not hold a user or password")
        if _is_address(parsed.host) and not _allowed(parsed.host, parsed.host, self.settings.allowed_hosts):
            raise _Refused("leads to a private address")

    def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            # Each request has a bound of its own; one's slow sites must not hold another's.
            connector=aiohttp.TCPConnector(resolver=_Guard(self), use_dns_cache=False, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"user-agent": "pointsman", "accept": "*/*", "accept-encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
        )


class _Budget:
    """The bytes that all the URLs of a request may hold together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise _Refused(f"is too much: all together may hold {self._limit} bytes")


class _Refused(Exception):
    """Why a URL is not fetched."""


class _Guard(AbstractResolver):
    """Resolves names to what is then connected to, and keeps only addresses that a caller may reach."""

    def __init__(self, fetcher: MediaFetcher) -> None:
        self._fetcher = fetcher
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        kept = [each for each in found if _allowed(host, each["host"], self._fetcher.settings.allowed_hosts)]
        if found and not kept:
            raise OSError("refused") from _Refused("leads to a private address")
        return kept

    async def close(self) -> None:
        await self._resolver.close()


def _refusal(error: BaseException | None) -> "_Refused | None":
    """What the guard said, below whatever was made of it."""
    while error:
        if isinstance(error, _Refused):
            return error
        error = error.__cause__ or getattr(error, "os_error", None)
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _allowed(host: str, address: str, hosts: Sequence[str]) -> bool:
    if host.casefold() in (each.casefold() for each in hosts):
        return True
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        # An IPv4 address in another dress (mapped, NAT64, 6to4) is judged as what it is.
        inner = parsed.ipv4_mapped or parsed.sixtofour or _embedded(parsed)
        if inner:
            parsed = inner
    return parsed.is_global and not parsed.is_multicast


_EMBEDDING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    inside = any(address in prefix for prefix in _EMBEDDING)
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None


def _shown(url: str) -> str:
    return repr(url if len(url) <= 200 else url[:200] + "…")
