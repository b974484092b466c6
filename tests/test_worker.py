"""The composition of a worker: what a reload changes."""

import asyncio

from service.settings import MediaSettings, Settings
from service.types.secret import Secret
from service.worker import Worker

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
