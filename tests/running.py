"""Runs `pointsman` for tests: real workers, real Envoy, a folder of its own, a port of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from service.providers.rows import ROWS

T = TypeVar("T")
KEY = "test-key-0123456789"
_ROOT = Path(__file__).parent.parent
_START_SECONDS = 60
_PROVIDERS_OWN = {variable for row in ROWS.values() for variable in row.key_variables}
_STOP_SECONDS = 15


@dataclass(frozen=True)
class Process:
    """A row of `ps`; `rss` is resident memory in KiB."""

    pid: int
    parent: int
    group: int
    rss: int
    command: str


def processes() -> list[Process]:
    """All processes of this machine that have not ended."""
    command = ["ps", "-e", "-ww", "-o", "pid=,ppid=,pgid=,rss=,state=,args="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 5) for line in listed.splitlines()]
    alive = [row for row in rows if len(row) == 6 and not row[4].startswith("Z")]
    return [Process(int(row[0]), int(row[1]), int(row[2]), int(row[3]), row[5]) for row in alive]


def eventually(look: Callable[[], T], seconds: float = 10.0) -> T:
    """Looks until what is seen is true, and gives it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last seen: {seen!r}")
        time.sleep(0.01)
    return seen


def launch(
    folder: Path,
    config: str = "",
    environment: Mapping[str, str] | None = None,
    arguments: Sequence[str] = ("up",),
    *,
    new_session: bool = False,
    terminal: str | None = None,
) -> "subprocess.Popen[bytes]":
    """Starts `pointsman` in a folder with its configuration; its error stream goes to the file `log` there.

    Of the caller's own environment no key and no setting of Pointsman gets through. An empty value removes
    a variable. With a new session, `terminal` becomes the one that controls it.
    """
    (folder / "pointsman.toml").write_text(config, "utf-8")
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in _PROVIDERS_OWN and not name.startswith(("POINTSMAN_", "AWS_", "GOOGLE_"))
    }
    env |= {
        "POINTSMAN_PORT": "0",
        "POINTSMAN_API_KEY": KEY,
        "PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'gen'}",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    env |= environment or {}
    # A session without a terminal gets the first one that it opens.
    through = ("sh", "-c", f'exec "$@" <{terminal}', "sh") if terminal else ()
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*through, sys.executable, "-m", "service.cli", *arguments],
            cwd=folder,
            env={name: value for name, value in env.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=new_session,
        )


class Pointsman:
    """A running installation. `output` holds what it printed; logs of all its processes are in `log`."""

    def __init__(
        self,
        folder: Path,
        config: str,
        environment: Mapping[str, str] | None = None,
        *,
        new_session: bool = False,
        terminal: str | None = None,
    ) -> None:
        self.folder = folder
        self._log = folder / "log"
        started = time.monotonic()
        self.process = launch(folder, config, environment, new_session=new_session, terminal=terminal)
        self.output = self._read_greeting()
        self.start_seconds = time.monotonic() - started
        found = re.search(r"(http://\S+?:(\d+)) ", self.output)
        if not found:
            self.stop()
            raise AssertionError(f"did not start: {self.output}\n{self.log}")
        self.url = found[1]
        self.port = int(found[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def log_lines(self) -> list[dict[str, Any]]:
        """The log as far as it is JSON."""
        return [
            json.loads(line) for line in self.log.splitlines() if line.startswith("{") and line[-1] == "}"
        ]

    @property
    def address(self) -> str:
        return self.url.removeprefix("http://")

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {KEY}"}

    def children(self) -> dict[int, str]:
        """Process ids of workers, Envoy and guardian with their command lines."""
        return {each.pid: each.command for each in processes() if each.parent == self.process.pid}

    def workers(self) -> list[int]:
        return [pid for pid, command in self.children().items() if "service.cli serve" in command]

    def envoy(self) -> int:
        return next(pid for pid, command in self.children().items() if "--config-path" in command)

    def guardian(self) -> int:
        return next(pid for pid, command in self.children().items() if command.startswith("/bin/sh"))

    def run_folder(self) -> Path:
        """Where the sockets are."""
        found = re.search(r"--config-path (\S+)/envoy.json", "\n".join(self.children().values()))
        assert found
        return Path(found[1])

    def stop(self) -> None:
        """Ends it at once: by two different signals, since equal ones may arrive as one."""
        for number in (signal.SIGTERM, signal.SIGINT):
            if self.process.poll() is None:
                self.process.send_signal(number)
        try:
            self.process.wait(_STOP_SECONDS)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()

    def _read_greeting(self) -> str:
        """Reads up to the printed curl line, or all if it ends before."""
        assert self.process.stdout
        text = ""
        os.set_blocking(self.process.stdout.fileno(), False)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and "-d '" not in text:
            data = self.process.stdout.read()
            text += (data or b"").decode()
            if not data:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        return text


@contextmanager
def running(
    config: str = "", environment: Mapping[str, str] | None = None, *, new_session: bool = False
) -> Iterator[Pointsman]:
    """Runs an installation for the length of a block."""
    with (
        tempfile.TemporaryDirectory(prefix="pm-test-") as folder,
        Pointsman(Path(folder), config, environment, new_session=new_session) as pointsman,
    ):
        yield pointsman


def client_of(pointsman: Pointsman) -> httpx.Client:
    """A REST caller with the key."""
    return httpx.Client(base_url=pointsman.url, headers=pointsman.headers, timeout=20, trust_env=False)
