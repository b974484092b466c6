"""Which transport leads to a provider: over aiohttp, through a proxy the environment names, or to the demo.

httpx's transport interface is what the rest of the code knows. Its client on top is left out, and aiohttp is
the transport below: measured in one run, a call took 750 us of CPU with httpx's own transport, 455 with
aiohttp's below the client, 270 with aiohttp's alone.
"""

import base64
import ssl
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp
import httpx

from service.upstream import demo
from service.upstream.aiohttp_transport import AiohttpTransport
from service.upstream.demo.transport import DemoTransport

_KEEPALIVE_SECONDS = 30.0


class Transports:
    """One pool of connections for all providers, and one for each proxy."""

    def __init__(self) -> None:
        # The one thing read from the environment outside the settings: other tools set it for all programs.
        self._proxies = getproxies_environment()
        self._tls = httpx.create_ssl_context()
        self._by_proxy: dict[str | None, httpx.AsyncBaseTransport] = {}
        self._by_origin: dict[tuple[str, bytes], httpx.AsyncBaseTransport] = {}
        home = httpx.URL(demo.BASE_URL)
        self._by_origin[home.scheme, home.netloc] = DemoTransport()

    def to(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        """Gives the transport for an address. Raises `httpx.UnsupportedProtocol` for an unusable proxy."""
        origin = (url.scheme, url.netloc)
        transport = self._by_origin.get(origin)
        if transport is None:
            proxy = self._proxy_for(url)
            transport = self._by_proxy.get(proxy) or _transport(proxy, self._tls)
            self._by_proxy[proxy] = self._by_origin[origin] = transport
        return transport

    async def aclose(self) -> None:
        """Closes every connection."""
        for transport in self._by_proxy.values():
            await transport.aclose()

    def _proxy_for(self, url: httpx.URL) -> str | None:
        """Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY as the standard library does."""
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if proxy is None or proxy_bypass(url.netloc.decode("ascii")):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"


def _transport(proxy: str | None, tls: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """The transport that is swapped to change how bytes get to providers."""
    if proxy and not proxy.startswith(("http://", "https://")):
        scheme = proxy.partition("://")[0]
        raise httpx.UnsupportedProtocol(
            f"the environment names a {scheme} proxy; only HTTP proxies are supported"
        )

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE_SECONDS, ssl=tls),
            # A provider's cookies must not travel from one caller's request to the next.
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    return AiohttpTransport(session, _with_credentials_in_header(proxy))


def _with_credentials_in_header(url: str | None) -> httpx.Proxy | None:
    """Says a proxy's user and password as aiohttp wants to hear them; their own parameter is deprecated."""
    if url is None:
        return None
    proxy = httpx.Proxy(url)
    if proxy.auth is None:
        return proxy
    credentials = base64.b64encode(":".join(proxy.auth).encode()).decode()
    # aiohttp renames it to Proxy-Authorization.
    return httpx.Proxy(proxy.url, headers={**proxy.headers, "authorization": f"Basic {credentials}"})
