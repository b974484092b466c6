"""Measurements in lists of models, through the real Envoy: what was called has them, and nothing else."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openrouter import OpenRouter

from tests.rest.command_line import run_command
from tests.running import KEY, Pointsman, client_of, eventually, running
from tests.upstreams.fake_vendor import FakeVendor, hello, replying

CALLS = 3
CONFIG = """
[server]
workers = 2

[providers.acme]
dialect = "openai"
base_url = "{base_url}"
models = ["quick", "failing", "idle"]
"""


@pytest.fixture(scope="module")
def measuring() -> Iterator[Pointsman]:
    """An installation after some calls, whose workers have told each other of them."""
    with FakeVendor() as vendor, running(CONFIG.format(base_url=vendor.base_url)) as pointsman:
        vendor.script("quick", hello)
        vendor.script("failing", replying({"error": {"message": "broken"}}, 500))
        with client_of(pointsman) as client:
            for model in ("quick", "failing"):
                for _ in range(CALLS):
                    body = {"model": f"acme/{model}", "messages": [{"role": "user", "content": "Hi"}]}
                    client.post("/v1/chat/completions", json=body)
            eventually(lambda: all(_is_told(client) for _ in range(30)))
        yield pointsman


@pytest.fixture(scope="module")
def client(measuring: Pointsman) -> Iterator[httpx.Client]:
    with client_of(measuring) as client:
        yield client


def measured(client: httpx.Client) -> dict[str, dict[str, Any]]:
    listed = client.get("/v1/models").json()["data"]
    return {each["id"]: each["measured"] for each in listed if "measured" in each}


def _is_told(client: httpx.Client) -> bool:
    """Whether the worker that answers knows of all calls; Envoy spreads questions over them."""
    known = measured(client)
    return known.keys() == {"acme/quick", "acme/failing"} and all(
        each["requests"] >= CALLS for each in known.values()
    )


def test_openais_shape(client: httpx.Client) -> None:
    quick, failing = measured(client)["acme/quick"], measured(client)["acme/failing"]

    assert (quick["window_seconds"], quick["requests"], quick["error_rate"]) == (300, CALLS, 0.0)
    assert quick["standing"] == "well"
    assert 0 < quick["latency_ms"]["p50"] <= quick["latency_ms"]["p99"] < 20_000
    assert failing["error_rate"] == 1.0
    assert "latency_ms" not in failing
    assert client.get("/v1/models/acme/quick").json()["measured"]["requests"] == CALLS
    assert "measured" not in client.get("/v1/models/acme/idle").json()


def test_openrouters_sdk_reads_them(measuring: Pointsman) -> None:
    with OpenRouter(api_key=KEY, server_url=f"{measuring.url}/api/v1") as router:
        (quick,) = router.endpoints.list(author="acme", slug="quick").data.endpoints
        (failing,) = router.endpoints.list(author="acme", slug="failing").data.endpoints
        (idle,) = router.endpoints.list(author="acme", slug="idle").data.endpoints

    latency: Any = quick.latency_last_30m
    assert 0 < latency.p50 < 20  # seconds
    assert (quick.uptime_last_5m, quick.uptime_last_30m) == (100, None)
    assert (failing.uptime_last_5m, failing.latency_last_30m) == (0, None)
    assert (idle.uptime_last_5m, idle.latency_last_30m, idle.throughput_last_30m) == (None, None, None)


@pytest.mark.parametrize("sort", ["latency-low-to-high", "throughput-high-to-low"])
def test_openrouters_orders(client: httpx.Client, sort: str) -> None:
    response = client.get("/api/v1/models", params={"sort": sort})

    assert response.status_code == 200, response.text
    listed = [each["id"] for each in response.json()["data"]]
    assert set(listed) == {"acme/quick", "acme/failing", "acme/idle"}
    if sort.startswith("latency"):
        assert listed[0] == "acme/quick"


def list_models(
    folder: Path, pointsman: Pointsman, *arguments: str, **changed: str
) -> "subprocess.CompletedProcess[str]":
    (folder / "pointsman.toml").write_text(CONFIG.format(base_url="http://127.0.0.1:9/v1"), "utf-8")
    return run_command(pointsman, folder, "models", "--provider", "acme", *arguments, **changed)


def test_the_command_asks_the_running_server(measuring: Pointsman, tmp_path: Path) -> None:
    done = list_models(tmp_path, measuring)

    rows = {line.split("\t")[0]: line.split("\t") for line in done.stdout.splitlines()}
    assert (done.returncode, done.stderr) == (0, "")
    assert rows["MODEL"][4:6] == ["TTFT", "TOK/S"]
    assert rows["acme/quick"][4].endswith(("ms", "s"))
    assert rows["acme/idle"][4:6] == ["-", "-"]
    assert rows["acme/failing"][4:6] == ["-", "-"]


def test_the_command_prints_them_as_json(measuring: Pointsman, tmp_path: Path) -> None:
    done = list_models(tmp_path, measuring, "--json", "quick")

    assert f'"requests": {CALLS}' in done.stdout


@pytest.mark.parametrize(
    "changed", [{"POINTSMAN_PORT": "9"}, {"POINTSMAN_API_KEY": "wrong"}, {"POINTSMAN_API_KEY": ""}], ids=str
)
def test_the_command_needs_no_server(measuring: Pointsman, tmp_path: Path, changed: dict[str, str]) -> None:
    done = list_models(tmp_path, measuring, **changed)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "MODEL\tCONTEXT\tIN $/M\tOUT $/M\tCAN"
    assert not (tmp_path / ".pointsman").exists()
