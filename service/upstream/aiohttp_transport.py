"""httpx's transport interface over aiohttp. URLs go out exactly as they are: signatures cover them."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import httpx
from yarl import URL


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends by an aiohttp session, which is made on first use. Errors are aiohttp's own."""

    def __init__(self, new_session: Callable[[], aiohttp.ClientSession], proxy: httpx.Proxy | None) -> None:
        self._new_session = new_session
        self._session: aiohttp.ClientSession | None = None
        self._proxy = URL(str(proxy.url)) if proxy else None
        self._proxy_headers = proxy.headers if proxy else None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request and gives the answer once its headers are there."""
        session = self._session = self._session or self._new_session()
        timeout = request.extensions.get("timeout", {})
        answer = await session.request(
            request.method,
            URL(str(request.url), encoded=True),
            headers=request.headers,
            data=request.content or None,
            allow_redirects=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(sock_connect=timeout.get("connect"), connect=timeout.get("pool")),
            proxy=self._proxy,
            proxy_headers=self._proxy_headers,
        )
        return httpx.Response(
            answer.status, headers=answer.raw_headers, stream=_Body(answer), request=request
        )

    async def aclose(self) -> None:
        """Closes every connection."""
        if self._session:
            await self._session.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._answer.content.iter_any():
            yield data

    async def aclose(self) -> None:
        # Closes a connection whose answer is not read to its end, gives back one whose answer is.
        await self._answer.__aexit__(None, None, None)
