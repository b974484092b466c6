"""HTTP to providers: the only place that opens connections to them.

httpx is the interface; the transport below it is chosen in `_transport`. aiohttp's was measured at about
half of httpcore's CPU per request (ARCHITECTURE.md).
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from service.errors import ErrorKind, ProviderError
from service.settings import UpstreamSettings
from service.types.secret import Secret
from service.types.upstream import Endpoint, UpstreamRequest
from service.upstream import demo
from service.upstream.demo.transport import DemoTransport

_ERROR_BODY_BYTES: Final = 64 * 1024
_KEEPALIVE_SECONDS: Final = 30.0
# Not all of aiohttp's errors are translated: an answer that is no HTTP, for one, comes as its own.
_TRANSPORT_ERRORS: Final = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError)


class UpstreamResponse:
    """An answer whose headers have come; its body is read within the limits of the call."""

    def __init__(self, response: httpx.Response, provider: str, limits: UpstreamSettings) -> None:
        self._body = response.aiter_bytes()
        self._provider = provider
        self._limits = limits
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.content_type = response.headers.get("content-type", "").lower()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yields the body as it arrives, going on where an earlier reading stopped.

        Raises `ProviderError` when it breaks off or falls silent.
        """
        while True:
            try:
                async with asyncio.timeout(self._limits.idle_seconds):
                    data = await anext(self._body, None)
            except TimeoutError:
                raise _silence(self._provider, self._limits.idle_seconds) from None
            except _TRANSPORT_ERRORS as error:
                raise _failure(self._provider, error) from None
            if data is None:
                return
            if data:
                yield data

    async def error_body(self) -> bytes:
        """Reads as much of an error's body as is worth showing; what cannot be read is left out."""
        body = b""
        try:
            async for data in self.chunks():
                body += data
                if len(body) >= _ERROR_BODY_BYTES:
                    break
        except ProviderError:
            pass
        return body[:_ERROR_BODY_BYTES]


class UpstreamClient:
    """One pool of connections for all providers."""

    def __init__(self) -> None:
        self._http = _Client(
            mounts={f"all://{httpx.URL(demo.BASE_URL).host}": DemoTransport()},
            # A provider's cookies must not travel from one caller's request to the next.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=None,
            follow_redirects=False,
            headers={"user-agent": "pointsman"},
        )

    @asynccontextmanager
    async def send(
        self,
        request: UpstreamRequest,
        endpoint: Endpoint,
        credential: Secret | None,
        limits: UpstreamSettings,
    ) -> AsyncIterator[UpstreamResponse]:
        """Sends a request and gives the answer once its headers are there; leaving closes it.

        Raises `ProviderError` when the provider cannot be reached or stays silent.
        """
        headers = {"content-type": "application/json", **request.headers}
        if credential:
            headers["authorization"] = f"Bearer {credential.reveal()}"
        outgoing = self._http.build_request(
            "POST",
            request.url,
            content=request.body,
            headers=headers,
            timeout=httpx.Timeout(None, connect=limits.connect_seconds, pool=limits.connect_seconds),
        )
        try:
            async with asyncio.timeout(limits.first_byte_seconds):
                response = await self._http.send(outgoing, stream=True)
        except TimeoutError:
            raise _silence(endpoint.provider, limits.first_byte_seconds) from None
        except _TRANSPORT_ERRORS as error:
            raise _failure(endpoint.provider, error) from None
        try:
            yield UpstreamResponse(response, endpoint.provider, limits)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._http.aclose()


class _Client(httpx.AsyncClient):
    """httpx over our transport, also where the environment names a proxy."""

    def _init_transport(
        self, *_: object, transport: httpx.AsyncBaseTransport | None = None, **__: object
    ) -> httpx.AsyncBaseTransport:
        return transport or _transport()

    def _init_proxy_transport(self, proxy: httpx.Proxy, *_: object, **__: object) -> httpx.AsyncBaseTransport:
        return _transport(proxy)


def _transport(proxy: httpx.Proxy | None = None) -> httpx.AsyncBaseTransport:
    """The transport that is swapped to change how bytes get to providers."""

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    return AiohttpTransport(client=session, proxy=_with_credentials_in_header(proxy))


def _with_credentials_in_header(proxy: httpx.Proxy | None) -> httpx.Proxy | None:
    """Says a proxy's user and password as aiohttp wants to hear them; their own parameter is deprecated."""
    if proxy is None or proxy.auth is None:
        return proxy
    credentials = base64.b64encode(":".join(proxy.auth).encode()).decode()
    # aiohttp renames it to Proxy-Authorization.
    return httpx.Proxy(proxy.url, headers={**proxy.headers, "authorization": f"Basic {credentials}"})


def _failure(provider: str, error: Exception) -> ProviderError:
    """Reads a transport error by its cause: httpx-aiohttp calls nearly all of them a connect timeout."""
    cause = error.__cause__
    unreachable = (httpx.ProxyError, httpx.InvalidURL, httpx.UnsupportedProtocol)
    if isinstance(error, unreachable) or isinstance(cause, aiohttp.ClientConnectorError):
        kind, what = ErrorKind.PROVIDER_UNREACHABLE, f"cannot be reached: {error}"
    elif isinstance(cause, aiohttp.ServerTimeoutError):
        kind, what = ErrorKind.PROVIDER_TIMEOUT, "could not be connected to in time"
    else:
        kind, what = (
            ErrorKind.PROVIDER_UNREACHABLE,
            f"broke the connection: {str(error) or type(error).__name__}",
        )
    return ProviderError(kind, provider, f"Provider '{provider}' {what}")


def _silence(provider: str, seconds: float) -> ProviderError:
    text = f"Provider '{provider}' sent nothing for {seconds:g} s"
    return ProviderError(ErrorKind.PROVIDER_TIMEOUT, provider, text)
