"""Migrations make what the code expects, once, and nothing older touches what is newer."""

import asyncio
import importlib.util
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

import service.store
from service.errors import Unavailable
from service.settings import SettingsError
from service.store import migrating, schema
from service.store.database import Database, StoreUnavailable
from service.store.routers import Routers
from tests.store.children import children
from tests.store.engines import opened, postgres_url
from tests.store.rows import create

PACKAGE = Path(service.store.__file__).parent


def test_migrations_make_exactly_the_tables_of_the_code(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as database:
            await database.connect()
            assert await database.read(_differences) == []

    asyncio.run(play())


async def _differences(connection: AsyncConnection) -> Any:
    return await connection.run_sync(
        lambda plain: compare_metadata(MigrationContext.configure(plain), schema.METADATA)
    )


def test_keys_indexes_and_orders_are_those_of_the_code_too(url: str, tmp_path: Path) -> None:
    """What Alembic does not compare: the same facts of a store that the code's tables made."""

    async def play() -> None:
        async with opened(url, tmp_path) as database:
            migrated = await _facts(database)
            await database.write(_make_anew)
            assert await _facts(database) == migrated
            assert any("pk_feedback" in fact for fact in migrated)

    asyncio.run(play())


async def _make_anew(connection: AsyncConnection) -> None:
    await connection.run_sync(schema.METADATA.drop_all)
    await connection.run_sync(schema.METADATA.create_all)


async def _facts(database: Database) -> set[str]:
    columns = "table_name, column_name, collation_name, data_type, is_nullable, column_default"
    asked = (
        ["SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"]
        if database.path
        else [
            "SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
            f"SELECT concat_ws(' ', {columns}) FROM information_schema.columns WHERE table_schema = 'public'",
        ]
    )

    async def facts(connection: AsyncConnection) -> set[str]:
        return {fact for each in asked for fact in await connection.scalars(sql.text(each))}

    return {" ".join(fact.split()) for fact in await database.read(facts)}


def test_the_code_names_the_newest_migration_and_they_are_counted() -> None:
    scripts = ScriptDirectory(str(PACKAGE / "migrations"))
    numbers = sorted(script.revision for script in scripts.walk_revisions())

    assert scripts.get_heads() == [schema.VERSION]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_workers_that_start_at_once_migrate_once(url: str, tmp_path: Path) -> None:
    with children(4, "open", url, tmp_path) as started:
        for child in started:
            child.go()
        assert {child.word() for child in started} <= {"alembic", "open"}
    with children(1, "open", url, tmp_path) as (late,):
        late.go()
        assert late.word() == "open"


def test_tasks_that_begin_at_once_open_once(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(None, tmp_path / "data") as database:
            routers = Routers(database)
            await asyncio.gather(*(create(routers, f"r{number}") for number in range(20)))
            assert len(await routers.list(100)) == 20

    asyncio.run(play())


@pytest.mark.parametrize("version", ["0002", "0100", "abc"])
def test_a_store_of_a_newer_version_is_left_alone(url: str, tmp_path: Path, version: str) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as database:
            await create(Routers(database), "a")

            async def claim(connection: AsyncConnection) -> None:
                await connection.execute(sql.text(f"UPDATE alembic_version SET version_num = '{version}'"))

            await database.write(claim)
        async with opened(url, tmp_path) as database:
            with pytest.raises(Unavailable, match=f"newer version of Pointsman: it is at {version}"):
                await database.connect()
            with pytest.raises(Unavailable, match="newer version of Pointsman"):
                await Routers(database).get("a")

    asyncio.run(play())


def test_a_migration_that_is_cut_off_leaves_nothing_behind(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("cut off")

    async def play() -> None:
        async with opened(url, tmp_path) as database:
            migrating.prepare()
            with monkeypatch.context() as patch:
                script = "alembic.runtime.migration.HeadMaintainer.update_to_step"  # runs after the tables
                patch.setattr(script, fail)
                with pytest.raises(StoreUnavailable):
                    await database.connect()
            await create(Routers(database), "a")

    asyncio.run(play())


def test_files_and_folders_are_the_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"

    async def play() -> None:
        async with opened(None, folder) as database:
            await create(Routers(database), "a")
            assert {path.name for path in folder.iterdir()} == {
                f"pointsman.db{suffix}" for suffix in ("", "-wal", "-shm")
            }
            assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}

    asyncio.run(play())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with sqlite3.connect(folder / "pointsman.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "50% off #1 é" / "a b.db"

    async def play() -> None:
        async with opened(f"sqlite:///{path}", tmp_path) as database:
            await create(Routers(database), "a")
        async with opened(None, tmp_path / "what?") as database:
            await create(Routers(database), "a")

    asyncio.run(play())
    assert path.exists()
    assert (tmp_path / "what?" / "pointsman.db").exists()


@pytest.mark.parametrize(
    "url",
    ["", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///a.db?mode=ro", "mysql://u:hunter2@h/d"],
)
def test_a_url_that_is_none_is_refused_without_being_shown(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\[store\] url") as caught:
        Database(url, tmp_path)

    assert "hunter2" not in str(caught.value)


def test_both_spellings_of_postgresql_are_known(tmp_path: Path) -> None:
    async def play(url: str) -> None:
        async with opened(url.replace("postgresql://", "postgresql+asyncpg://"), tmp_path) as database:
            await database.connect()

    with postgres_url() as url:
        asyncio.run(play(url))


def test_nothing_slow_is_imported_before_the_store_is_opened() -> None:
    rooms = ["routers", "keys", "snapshot", "watch", "database", "rows", "revisions"]
    rooms += [room for room in ("requests", "feedback") if importlib.util.find_spec(f"service.store.{room}")]
    script = "; ".join(f"import service.store.{room}" for room in rooms)
    script += "; import sys; print({'sqlalchemy', 'asyncpg', 'aiosqlite', 'alembic'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "set()"
