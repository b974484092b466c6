"""Runs `pointsman up` for tests: real workers, real Envoy, a folder of its own, a port of its own."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

KEY = "test-key-0123456789"
_ROOT = Path(__file__).parent.parent
_START_SECONDS = 60


class Pointsman:
    """A running installation. `output` holds what it printed; logs of all its processes are in `log`."""

    def __init__(self, folder: Path, config: str, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        (folder / "pointsman.toml").write_text(config, "utf-8")
        self._log = folder / "log"
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
        for name in [name for name in inherited if name.startswith("POINTSMAN_")]:
            del inherited[name]
        env = inherited | {
            "POINTSMAN_PORT": "0",
            "POINTSMAN_API_KEY": KEY,
            "PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'gen'}",
            "NO_PROXY": "127.0.0.1,localhost",
        }
        env |= environment or {}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "up"],
                cwd=folder,
                env={name: value for name, value in env.items() if value},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.output = self._read_greeting()
        found = re.search(r"(http://\S+?:(\d+)) ", self.output)
        if not found:
            self.stop()
            raise AssertionError(f"did not start: {self.output}\n{self.log}")
        self.url = found[1]
        self.port = int(found[2])

    def __enter__(self) -> "Pointsman":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {KEY}"}

    def children(self) -> dict[int, str]:
        """Process ids of workers, Envoy and guardian with their command lines."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        ).stdout
        return {int(line.split()[0]): line.split(None, 1)[1] for line in listed.splitlines()}

    def workers(self) -> list[int]:
        return [pid for pid, command in self.children().items() if "service.cli serve" in command]

    def stop(self) -> None:
        """Ends it at once."""
        for _ in range(2):
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                time.sleep(0.1)
        try:
            self.process.wait(15)
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
def running(config: str = "", environment: Mapping[str, str] | None = None) -> Iterator[Pointsman]:
    """Runs an installation for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="pm-test-") as folder:
        with Pointsman(Path(folder), config, environment) as pointsman:
            yield pointsman
