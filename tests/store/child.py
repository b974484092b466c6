"""Another process at the same store. Arguments: what to do, the store's URL, a folder.

It says "ready" when it is, and begins when it is told to by a line.
"""

import asyncio
import itertools
import sys
from pathlib import Path

from service.errors import AlreadyExists, Conflict
from service.store.database import Database
from service.store.routers import Routers
from tests.store.rows import create, operation


def tell(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


async def open_it(database: Database, _: Routers, __: str) -> None:
    tell("ready")
    sys.stdin.readline()
    await database.connect()
    tell("alembic" if "alembic.command" in sys.modules else "open")


async def race(database: Database, routers: Routers, name: str) -> None:
    """Creates what all create, then changes what all change, then writes a lot of its own."""
    await database.connect()
    tell("ready")
    sys.stdin.readline()
    try:
        await create(routers, "shared")
        tell("created")
    except AlreadyExists:
        tell("exists")
    try:
        await routers.update("shared", name.encode(), name, "etag-shared", operation(f"operations/{name}"))
        tell("updated")
    except Conflict:
        tell("conflict")
    for number in range(40):
        await create(routers, f"{name}-{number}")
    tell("done")


async def write(database: Database, routers: Routers, name: str) -> None:
    """Writes until it is killed, and says what it has written."""
    await database.connect()
    tell("ready")
    sys.stdin.readline()
    for number in itertools.count():
        await create(routers, f"{name}-{number}", "x" * 5000)
        tell(f"{name}-{number}")


async def main(do: str, url: str, folder: str, name: str) -> None:
    database = Database(url, Path(folder))
    try:
        await {"open": open_it, "race": race, "write": write}[do](database, Routers(database), name)
    finally:
        await database.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
