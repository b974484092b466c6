"""Which way leads to which address."""

import httpx
import pytest

from service.upstream.transports import Transports

PORTS = (8000, 9000)


@pytest.mark.parametrize("order", [PORTS, PORTS[::-1]], ids=["excepted first", "excepted last"])
def test_an_exception_to_the_proxy_counts_for_its_port_alone(
    monkeypatch: pytest.MonkeyPatch, order: tuple[int, int]
) -> None:
    for name, value in {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "acme.test:8000"}.items():
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name.lower(), value)
    transports = Transports()

    ways = {port: transports.to(httpx.URL(f"http://acme.test:{port}/v1")) for port in order}

    assert ways[8000] is not ways[9000]
    assert ways[8000] is not transports.to(httpx.URL("http://other.test/v1"))
    assert ways[9000] is transports.to(httpx.URL("http://other.test/v1"))
