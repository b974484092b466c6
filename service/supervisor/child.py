"""A child process that is kept running."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from service.supervisor.guardian import Guardian

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0
_STEADY_SECONDS = 10.0


class Child:
    """Starts a command and starts it again whenever it ends, ever more slowly if it keeps ending."""

    def __init__(
        self, name: str, command: Sequence[str], guardian: Guardian, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.restarts = 0
        self._command = command
        self._guardian = guardian
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def keep(self) -> None:
        """Runs until `stop` is called and the process has ended."""
        pause = _FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while not self._stopping:
            started = loop.time()
            end = await self._run()
            if self._is_stopping():
                return
            self.restarts += 1
            pause = _FIRST_PAUSE_SECONDS if loop.time() - started > _STEADY_SECONDS else pause * 2
            pause = min(pause, _LONGEST_PAUSE_SECONDS)
            _LOG.error("%s %s; starting it again in %.1f s", self.name, end, pause)
            await asyncio.sleep(pause)

    async def _run(self) -> str:
        """Runs the command once and tells how it ended."""
        try:
            self._process = await self._guardian.spawn(self._command, self._environment)
        except OSError as error:
            return f"cannot be started: {error}"
        return f"ended with status {await self._process.wait()}"

    def signal(self, number: int) -> None:
        """Sends a signal if the process runs."""
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)

    def stop(self, number: int) -> None:
        """Asks the process to end, for good."""
        self._stopping = True
        self.signal(number)

    def _is_stopping(self) -> bool:
        return self._stopping

    async def ended(self) -> None:
        """Returns when the process does not run."""
        if self._process:
            await self._process.wait()
