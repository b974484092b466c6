"""The file's locks: to close any descriptor of it would drop them, and others would remove the log."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.errors import Unavailable
from service.store.routers import Routers
from tests.store.engines import opened
from tests.store.rows import create

# Another process that writes, until it is told to stop.
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""
READER = """
import sqlite3, sys
print(*(row[0] for row in sqlite3.connect(sys.argv[1]).execute("SELECT name FROM routers ORDER BY name")))
"""


@contextmanager
def held(path: Path) -> Iterator[Callable[[], object]]:
    """Another process holds the write lock; gives what ends it."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield lambda: holder.communicate("go\n", timeout=10)


def names(path: Path) -> list[str]:
    """The routers that another process finds."""
    command = [sys.executable, "-c", READER, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_what_is_written_after_a_call_that_was_given_up_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "pointsman.db"

    async def play() -> None:
        async with opened(None, tmp_path, call_seconds=0.5) as database, opened(None, tmp_path) as second:
            routers = Routers(database)
            await create(routers, "before")
            await second.connect()
            with held(path) as release:
                with pytest.raises(Unavailable):
                    await create(routers, "refused")
                await routers.get("before")  # opens the store anew
                await asyncio.to_thread(release)
            await create(routers, "after")
            assert await asyncio.to_thread(names, path) == ["after", "before"]

    asyncio.run(play())
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
