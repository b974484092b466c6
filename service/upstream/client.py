"""HTTP to providers: the only place that sends to them and reads from them."""

import asyncio
import errno
import functools
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import httpx

from service.errors import ErrorKind, ProviderError
from service.settings import UpstreamSettings
from service.types.upstream import Endpoint, UpstreamRequest
from service.upstream.credentials import Credential
from service.upstream.transports import Transports

_LOG = logging.getLogger(__name__)
_ERROR_BODY_BYTES: Final = 64 * 1024
_ERROR_BODY_SECONDS: Final = 2.0
_HEADERS: Final = {
    "accept-encoding": "gzip, deflate",
    "content-type": "application/json",
    "user-agent": "pointsman",
}
_TRANSPORT_ERRORS: Final = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError)
_parsed_url = functools.lru_cache(1024)(httpx.URL)


class UpstreamResponse:
    """An answer whose headers have come; its body is read within the limits of the call.

    `first_byte_by` is the loop's time by which the first byte of the body must be there.
    """

    def __init__(
        self, response: httpx.Response, provider: str, limits: UpstreamSettings, first_byte_by: float
    ) -> None:
        self._response = response
        self._body = response.aiter_bytes()
        self._provider = provider
        self._limits = limits
        self._first_byte_by: float | None = first_byte_by
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.content_type = response.headers.get("content-type", "").lower()

    async def read(self) -> bytes:
        """Gives the next bytes of the body, b"" at its end.

        Raises `ProviderError` when the body breaks off or falls silent.
        """
        data: bytes | None = b""
        while not data:
            try:
                async with self._limit():
                    data = await anext(self._body, None)
            except TimeoutError:
                first = self._first_byte_by is not None
                seconds = self._limits.first_byte_seconds if first else self._limits.idle_seconds
                raise _silence(self._provider, seconds) from None
            except _TRANSPORT_ERRORS as error:
                raise _failure(self._provider, error) from None
            self._first_byte_by = None
            if data is None:
                return b""
        return data

    def _limit(self) -> asyncio.Timeout:
        if self._first_byte_by is not None:
            return asyncio.timeout_at(self._first_byte_by)
        return asyncio.timeout(self._limits.idle_seconds)

    async def error_body(self) -> bytes:
        """Reads as much of an error's body as is worth showing and waiting for; the rest is left out."""
        body = b""
        try:
            async with asyncio.timeout(_ERROR_BODY_SECONDS):
                while len(body) < _ERROR_BODY_BYTES and (data := await self.read()):
                    body += data
        except (TimeoutError, ProviderError):
            pass
        return body[:_ERROR_BODY_BYTES]

    async def aclose(self) -> None:
        """Lets the provider go."""
        await self._response.aclose()


class UpstreamClient:
    """Sends requests to providers."""

    def __init__(self) -> None:
        self._transports = Transports()
        self._running: Counter[str] = Counter()

    @asynccontextmanager
    async def send(
        self,
        request: UpstreamRequest,
        endpoint: Endpoint,
        credential: Credential,
        limits: UpstreamSettings,
    ) -> AsyncIterator[UpstreamResponse]:
        """Sends a request and gives the answer once its headers are there; leaving closes it.

        Redirects are not followed. Raises `ProviderError` when the provider cannot be reached or is silent,
        when there is no credential for it, or when as many calls of it are running as there may be.
        """
        provider = endpoint.provider
        if self._running[provider] >= limits.max_concurrent:
            raise _busy(provider, limits.max_concurrent)
        self._running[provider] += 1
        try:
            response = await self._open(request, endpoint, credential, limits)
            try:
                yield response
            finally:
                await response.aclose()
        finally:
            self._running[provider] -= 1

    async def _open(
        self, request: UpstreamRequest, endpoint: Endpoint, credential: Credential, limits: UpstreamSettings
    ) -> UpstreamResponse:
        headers = {**_HEADERS, **endpoint.headers, **request.headers, **await credential.headers(request)}
        connect = {"connect": limits.connect_seconds, "pool": limits.connect_seconds}
        first_byte_by = asyncio.get_running_loop().time() + limits.first_byte_seconds
        try:
            url = _parsed_url(request.url)
            outgoing = httpx.Request(
                "POST", url, headers=headers, content=request.body, extensions={"timeout": connect}
            )
            async with asyncio.timeout_at(first_byte_by):
                response = await self._transports.to(url).handle_async_request(outgoing)
        except aiohttp.ClientError as error:  # some of them are TimeoutErrors too
            raise _failure(endpoint.provider, error) from None
        except TimeoutError:
            raise _silence(endpoint.provider, limits.first_byte_seconds) from None
        except _TRANSPORT_ERRORS as error:
            raise _failure(endpoint.provider, error) from None
        return UpstreamResponse(response, endpoint.provider, limits, first_byte_by)

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._transports.aclose()


def _failure(provider: str, error: Exception) -> ProviderError:
    """Reads a transport error.

    Addresses are the operator's affair: they go to the log, not to the caller.
    """
    _LOG.warning("provider %s: %s", provider, str(error) or type(error).__name__)
    unreachable = (
        *(aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL),
        *(httpx.InvalidURL, httpx.UnsupportedProtocol),
    )
    if isinstance(error, unreachable):
        kind, what = ErrorKind.PROVIDER_UNREACHABLE, "cannot be reached"
    elif isinstance(error, aiohttp.ClientConnectorError):
        # asyncio puts the address into strerror.
        number = error.os_error.errno or 0
        reason = os.strerror(number) if number in errno.errorcode else "its name cannot be resolved"
        kind, what = ErrorKind.PROVIDER_UNREACHABLE, f"cannot be reached: {reason}"
    elif isinstance(error, aiohttp.ServerTimeoutError):
        kind, what = ErrorKind.PROVIDER_TIMEOUT, "could not be connected to in time"
    else:
        kind, what = ErrorKind.PROVIDER_UNREACHABLE, "broke the connection"
    return ProviderError(kind, provider, f"Provider '{provider}' {what}")


def _busy(provider: str, limit: int) -> ProviderError:
    text = f"Provider '{provider}' was not asked: {limit} calls of it are running, which is the limit"
    return ProviderError(ErrorKind.CONCURRENCY_LIMIT, provider, text, retry_after=1)


def _silence(provider: str, seconds: float) -> ProviderError:
    text = f"Provider '{provider}' sent nothing for {seconds:g} s"
    return ProviderError(ErrorKind.PROVIDER_TIMEOUT, provider, text)
