"""The composition of a worker: what a reload changes."""

import asyncio
import time
from pathlib import Path

import pytest

from service.settings import MediaSettings, Settings, SharedSettings
from service.types.observation import Observation
from service.types.routing_settings import RoutingSettings
from service.types.secret import Secret
from service.worker import Worker
from tests.dispatch.sharers import until

BEFORE = Settings(api_key=Secret("k-0123456789"))


def test_a_reload_takes_over_what_may_be_fetched() -> None:
    async def play() -> None:
        changed = Settings(api_key=BEFORE.api_key, media=MediaSettings(max_count=1))
        worker = Worker(BEFORE, load=lambda: changed)
        assert worker._media.settings == MediaSettings()
        worker.reload()
        assert worker._media.settings.max_count == 1
        await worker.stop(0)

    asyncio.run(play())


def test_a_reload_takes_over_how_long_things_rest_and_stay() -> None:
    async def play() -> None:
        routing = RoutingSettings(affinity_seconds=5, max_rest_seconds=7, share_seconds=9)
        worker = Worker(BEFORE, load=lambda: Settings(api_key=BEFORE.api_key, routing=routing))
        worker.reload()
        now = time.time()
        worker._sharing.observe(
            Observation(
                at=now,
                provider="demo",
                endpoint="demo/fast",
                outcome="ok",
                conversation="c",
                rest_until=now + 60,
            )
        )
        view = worker._health_view
        assert worker._sharing.share_seconds == 9
        assert view.holder("c", now + 4)
        assert not view.holder("c", now + 6)
        assert view.rest_of("demo", "demo/fast", "", now + 6)
        assert not view.rest_of("demo", "demo/fast", "", now + 8)
        await worker.stop(0)

    asyncio.run(play())


def test_a_reload_says_that_another_server_is_shared_by_after_a_new_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def play() -> None:
        changed = Settings(api_key=BEFORE.api_key, shared=SharedSettings(url="redis://:secret@elsewhere"))
        settings = [BEFORE, changed]
        worker = Worker(BEFORE, load=lambda: settings.pop(0))
        worker.reload()
        assert not warnings()
        worker.reload()
        assert warnings() == ["[shared]: the change takes effect when the workers are started anew"]
        await worker.stop(0)

    def warnings() -> list[str]:
        return [record.message for record in caplog.records if record.levelname == "WARNING"]

    asyncio.run(play())


def test_workers_whose_sockets_are_side_by_side_know_what_each_other_sees(tmp_path: Path) -> None:
    async def play() -> None:
        workers = [Worker(BEFORE) for _ in range(2)]
        for number, worker in enumerate(workers):
            await worker.start(f"unix:{tmp_path}/worker-{number}.sock")
        now = time.time()
        workers[0]._sharing.observe(
            Observation(at=now, provider="demo", endpoint="demo/fast", outcome="ok", ttft=0.1)
        )
        await until(lambda: workers[1]._health_view.vitals("demo/fast", time.time()).requests == 1, 2.0)
        for worker in workers:
            await worker.stop(0)

    asyncio.run(play())
