"""Keeping a child that cannot be started."""

import asyncio
import logging
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from service.supervisor.child import Child
from service.supervisor.guardian import Guardian


class Reluctant(Guardian):
    """Cannot start the first process it is asked for."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__(process)
        self.started = asyncio.Event()
        self._asked = 0

    async def spawn(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        self._asked += 1
        process = await super().spawn(["/nowhere"] if self._asked == 1 else command, environment)
        self.started.set()
        return process


def test_a_failed_start_is_told_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def keep() -> Child:
        guardian = await Reluctant.start(tmp_path / "run", {})
        child = Child("Sleeper", ["/bin/sleep", "60"], guardian, {})
        keeper = asyncio.create_task(child.keep())
        async with asyncio.timeout(5):
            await guardian.started.wait()
            child.stop(signal.SIGTERM)
            await keeper
        await guardian.end()
        return child

    with caplog.at_level(logging.ERROR):
        child = asyncio.run(keep())

    assert child.restarts == 1
    (record,) = caplog.records
    assert "Sleeper" in record.getMessage()
    assert "No such file" in record.getMessage()
