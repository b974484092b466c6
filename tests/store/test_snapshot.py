"""The file in which the last snapshot outlives the store."""

import asyncio
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store import snapshot as snapshots
from service.store.keys import Keys
from service.store.routers import Routers
from service.store.rows import StoredKey, StoredRouter
from service.store.snapshot import Snapshot, load_file, save_file
from tests.store.engines import opened
from tests.store.rows import NOW, create, key

SNAPSHOT = Snapshot(7, (StoredRouter("a", b"{}", "e", NOW, NOW + 1),), (key("k", expires=NOW),))
times = st.floats(allow_nan=False)
snapshots_of_any_kind = st.builds(
    Snapshot,
    st.integers(0, 2**63 - 1),
    st.lists(st.builds(StoredRouter, st.text(), st.binary(), st.text(), times, times)).map(tuple),
    st.lists(
        st.builds(
            StoredKey,
            st.text(),
            st.binary(),
            st.text(),
            st.lists(st.text()).map(tuple),
            times,
            times | st.none(),
            times | st.none(),
        )
    ).map(tuple),
)


def test_a_snapshot_is_all_of_one_moment(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as database:
            assert await snapshots.read(database) == Snapshot(0, (), ())
            routers = [await create(Routers(database), name) for name in ("b", "a")]
            await Keys(database).create(key("k"))
            found = await snapshots.read(database)
            assert found == Snapshot(3, (routers[1], routers[0]), (key("k"),))

    asyncio.run(play())


@given(snapshots_of_any_kind)
def test_what_is_kept_is_what_is_found(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot) -> None:
    folder = tmp_path_factory.mktemp("data")
    save_file(folder, snapshot)

    assert load_file(folder) == snapshot


def test_the_file_is_the_owners_alone_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    save_file(folder, SNAPSHOT)
    save_file(folder, msgspec.structs.replace(SNAPSHOT, revision=8))
    (file,) = folder.iterdir()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert load_file(folder) == msgspec.structs.replace(SNAPSHOT, revision=8)


def test_what_is_kept_already_is_not_written_again(tmp_path: Path) -> None:
    save_file(tmp_path, SNAPSHOT)
    before = (tmp_path / "snapshot").stat()
    save_file(tmp_path, SNAPSHOT)
    after = (tmp_path / "snapshot").stat()

    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    assert load_file(tmp_path) is None
    save_file(tmp_path, SNAPSHOT)
    file = tmp_path / "snapshot"
    whole = file.read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place])
        assert load_file(tmp_path) is None
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert load_file(tmp_path) is None
    file.write_bytes(whole + b"x")
    assert load_file(tmp_path) is None
    file.write_bytes(whole)
    assert load_file(tmp_path) == SNAPSHOT


@given(st.binary(max_size=200))
def test_any_bytes_are_none(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("data")
    (folder / "snapshot").write_bytes(data)

    assert load_file(folder) is None


def test_a_file_that_cannot_be_kept_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "occupied").touch()
    with pytest.raises(IsADirectoryError):
        save_file(tmp_path, SNAPSHOT)

    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]
