"""Starts `tests.store.child`, and ends it whatever happens."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).parent.parent.parent


class Child:
    """A process that is ready to begin."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self.process = process
        self.words: IO[str] = process.stdout
        self._stdin: IO[str] = process.stdin

    def word(self) -> str:
        """The next thing it says; nothing when it has ended."""
        return self.words.readline().strip()

    def go(self) -> None:
        """Has it begin."""
        self._stdin.write("go\n")
        self._stdin.flush()


@contextmanager
def children(count: int, do: str, url: str, folder: Path) -> Iterator[list[Child]]:
    """Processes named a, b, c ..., all ready."""
    with ExitStack() as stack:
        started = []
        for number in range(count):
            command = [sys.executable, "-m", "tests.store.child", do, url, str(folder), "abcdefgh"[number]]
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            started.append(Child(process))
        for child in started:
            assert child.word() == "ready"
        yield started
