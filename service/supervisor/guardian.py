"""Ends all children when the supervisor is gone, however it went.

The guardian is a shell that waits on a pipe whose other end only the supervisor holds. All children live in
its process group. When the pipe closes, the supervisor has ended, `kill -9` included; the shell then removes
the run folder and kills the group. A group of their own also keeps the terminal's Ctrl-C away from children:
the supervisor decides what it means.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

_SCRIPT = 'trap "" INT TERM HUP; read _; rm -rf "$0"; kill -KILL 0'


class Guardian:
    """The process group that children are started in."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._spawning = asyncio.Lock()

    @classmethod
    async def start(cls, run_dir: Path, environment: Mapping[str, str]) -> Self:
        """Starts the shell as the leader of a new group."""
        process = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", _SCRIPT, str(run_dir)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment,
            process_group=0,
        )
        return cls(process)

    async def spawn(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        """Starts a child in the group; what it says goes to our error stream.

        It starts with SIGHUP held back, which would end it before it can handle it. Raises `OSError`.
        """
        async with self._spawning:  # else one would let SIGHUP through while another starts
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
            try:
                return await asyncio.create_subprocess_exec(
                    *command,
                    stdin=subprocess.DEVNULL,
                    stdout=sys.stderr,
                    env=environment,
                    process_group=self._process.pid,
                )
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})

    async def wait(self) -> None:
        """Returns when the guardian itself has ended; the group is then unguarded."""
        await self._process.wait()

    async def end(self) -> None:
        """Kills what is left of the group, and the guardian with it."""
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()
        # A guardian that was itself killed has left the group behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
