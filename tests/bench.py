"""`make bench`: what a request costs, on this machine, right now. Trust ratios, not absolutes."""

import asyncio
import functools
import multiprocessing
import os
import statistics
import time
import timeit
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from service.providers.configured import catalog
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.routing.names import resolve
from service.types.flavour import OPENAI
from tests.routing.crowd import MODELS, PROVIDERS, planners
from tests.running import KEY, Pointsman, client_of, running
from tests.upstreams.fake_vendor import DONE, USAGE, FakeVendor, VendorCall, delta, event, hello

_REQUESTS = 1500
_STREAMS = 300
_WORDS = 100
_PARALLEL = 16
_CANCELS = 20
_NAMES = 2000
_PLANS = 100
_ROUNDS = 10
_ASKED = 8
_CONFIG = """
[server]
workers = 1
[providers.fake]
dialect = "openai"
base_url = "{}"
api_key = "k"
"""


async def _words(call: VendorCall) -> None:
    """A stream of small frames, each in a write of its own."""
    await call.start()
    await call.send(delta(role="assistant", content=""))
    for number in range(_WORDS):
        await call.send(delta(content=f"word{number} "))
    await call.send(delta(finish="stop") + event(choices=[], usage=USAGE) + DONE)


def _vendor(pipe: Connection) -> None:
    """Runs the vendor in a process of its own, not to slow the client; tells when calls ended."""

    async def hang(call: VendorCall) -> None:
        await call.start()
        await call.send(delta(content="x"))
        try:
            await call.hang()
        finally:
            pipe.send(time.time())

    with FakeVendor() as vendor:
        vendor.script("hello", hello)
        vendor.script("words", _words)
        vendor.script("hang", hang)
        pipe.send(vendor.base_url)
        pipe.recv()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _load(session: aiohttp.ClientSession, body: dict[str, Any], count: int) -> list[float]:
    times: list[float] = []
    left = iter(range(count))

    async def one_after_another() -> None:
        for _ in left:
            started = time.perf_counter()
            async with session.post("/v1/chat/completions", json=body) as response:
                assert response.status == 200, await response.text()
                await response.read()
            times.append(time.perf_counter() - started)

    await asyncio.gather(*(one_after_another() for _ in range(_PARALLEL)))
    return times


async def _measure(pointsman: Pointsman, pipe: Connection) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    worker = pointsman.workers()[0]
    envoy = next(pid for pid, command in pointsman.children().items() if "bin/envoy" in command)
    async with aiohttp.ClientSession(pointsman.url, headers=headers) as session:
        messages = [{"role": "user", "content": "Hi"}]
        for name, body, count in (
            ("whole", {"model": "fake/hello", "messages": messages}, _REQUESTS),
            (f"stream of {_WORDS}", {"model": "fake/words", "messages": messages, "stream": True}, _STREAMS),
        ):
            await _load(session, body, count // 10)
            cpu = {pid: _cpu_seconds(pid) for pid in (worker, envoy)}
            started = time.perf_counter()
            times = await _load(session, body, count)
            seconds = time.perf_counter() - started
            spent = {pid: (_cpu_seconds(pid) - cpu[pid]) / count * 1e6 for pid in cpu}
            print(
                f"{name}: {count / seconds:.0f} req/s, median {statistics.median(times) * 1000:.1f} ms, "
                f"worker {spent[worker]:.0f} us CPU a request, Envoy {spent[envoy]:.0f} us"
            )
        delays = []
        for _ in range(_CANCELS):
            body = {"model": "fake/hang", "messages": messages, "stream": True}
            response = await session.post("/v1/chat/completions", json=body)
            await response.content.readany()
            gone = time.time()
            response.close()
            delays.append(await asyncio.to_thread(pipe.recv) - gone)
        median, longest = statistics.median(delays) * 1000, max(delays) * 1000
        print(f"upstream closed after the caller went: median {median:.1f} ms, longest {longest:.1f} ms")


def _names() -> None:
    """What reading a model's name costs where every provider of the catalog is on."""
    shipped = catalog()
    providers = {
        name: Provider(name=name, catalog=name, dialect="openai", base_url="https://x.test")
        for name in shipped.providers
    }
    started = time.perf_counter()
    directory = Directory(providers, shipped)
    made = time.perf_counter()
    count = len(list(directory.listed()))
    joined = time.perf_counter()
    print(f"directory: {(made - started) * 1e6:.0f} us, its {count} endpoints {(joined - made) * 1e3:.1f} ms")
    for shows, name in (
        ("an endpoint's id", "openai/gpt-5"),
        ("bare", "gpt-oss-120b"),
        ("with a suffix", "gpt-oss-120b:nitro"),
        ("author/model", "anthropic/claude-sonnet-4.5"),
        ("not listed", "openai/gpt-99"),
        ("newest", "~anthropic/claude-opus-latest"),
    ):
        reading = functools.partial(resolve, name, directory, OPENAI)
        seconds = timeit.repeat(reading, number=_NAMES, repeat=3)
        print(f"name, {shows}: {min(seconds) / _NAMES * 1e6:.1f} us")


def _plans() -> None:
    """What choosing whom to ask costs where there are many, most of them measured."""
    print(f"planning over {PROVIDERS * MODELS} endpoints:")
    for shows, plan in planners().items():
        seconds = timeit.repeat(plan, number=_PLANS, repeat=5)
        print(f"plan, {shows}: {min(seconds) / _PLANS * 1e6:.0f} us")


def _spread(vendor: str) -> None:
    """How long it takes until every worker knows what one of them does."""

    def seen(http: httpx.Client, model: str, member: str) -> set[Any]:
        asked = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
        answers = [http.post("/router/v1/explain", json=asked).json() for _ in range(_ASKED)]
        return {each["candidates"][0][member] for each in answers}

    def until(known: Callable[[], bool]) -> float:
        started = time.perf_counter()
        while not known():
            pass
        return time.perf_counter() - started

    def told(what: str, delays: list[float]) -> None:
        median, longest = statistics.median(delays) * 1000, max(delays) * 1000
        print(f"{what}, known to all workers after: median {median:.0f} ms, longest {longest:.0f} ms")

    config = _CONFIG.format(vendor).replace("workers = 1", "workers = 2")
    with running(config) as pointsman, client_of(pointsman) as http:
        observed = []
        for number in range(_ROUNDS):
            body = {"model": "fake/hello", "messages": [{"role": "user", "content": "Hi"}]}
            assert http.post("/v1/chat/completions", json=body).is_success
            observed.append(until(lambda: seen(http, "fake/hello", "requests") == {number + 1}))  # noqa: B023
        told("an observation", observed)
        changed = []
        for number in range(_ROUNDS + 1):
            model = ("fake/hello", "fake/words")[number % 2]
            variants = [{"variant": {"variant_id": "v", "model_id": model}, "weight": 100}]
            router = {"name": "r", "defaultRoute": {"route_id": "d", "variants": variants}}
            if number == 0:
                assert http.post("/router/v1/routers", json=router).is_success
                continue
            assert http.patch("/router/v1/routers/r", json=router).is_success
            changed.append(until(lambda: seen(http, "inworld/r", "model") == {model}))  # noqa: B023
        told("a router's change", changed)


def main() -> None:
    """Measures and prints."""
    _names()
    _plans()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    vendor = multiprocessing.get_context("spawn").Process(target=_vendor, args=(theirs,), daemon=True)
    vendor.start()
    started = time.perf_counter()
    address = ours.recv()
    with running(_CONFIG.format(address)) as pointsman:
        print(f"ready after {time.perf_counter() - started:.2f} s")
        asyncio.run(_measure(pointsman, ours))
    _spread(address)
    ours.send(None)
    vendor.join(5)


if __name__ == "__main__":
    main()
