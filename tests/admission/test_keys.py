"""Who may come in: the header, the bootstrap key, and the keys of the store."""

import asyncio
import hashlib
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from service.admission.identity import OPERATOR, Identity
from service.admission.keys import KeyRing, bootstrap_key, key_path
from service.errors import Unauthenticated, Unavailable
from service.settings import Settings
from service.store.rows import StoredKey
from service.types.secret import Secret

ROOT = Path(__file__).parents[2]
RING = KeyRing([Secret("one-key"), Secret("kéy two")])
NOW = 1_700_000_000.0


def admitted(ring: KeyRing, authorization: str | None) -> Identity:
    return asyncio.run(ring.admit(authorization))


@pytest.mark.parametrize(
    "header",
    [
        "Bearer one-key",
        "Basic one-key",
        "bearer one-key",
        "BASIC one-key",
        "  Bearer   one-key  ",
        "Bearer kéy two",
    ],
)
def test_let_in(header: str) -> None:
    assert admitted(RING, header) is OPERATOR
    assert RING.known(header) is OPERATOR


@pytest.mark.parametrize(
    "header",
    [
        *(
            None,
            "",
            " ",
            "Bearer",
            "Bearer ",
            "one-key",
            "Bearer one-keys",
            "Bearer one-ke",
            "Bearer one key",
        ),
        *("Bearer ONE-KEY", "Digest one-key", "Token one-key", "Bearer Bearer one-key", "Bearerone-key"),
        *(
            "Bearer \x00",
            "Bearer \udcff\ud800",
            "Bearer " + "x" * 100_000,
            "Basic b25lLWtleQ==",
            "Bearer None",
        ),
    ],
    ids=lambda header: repr(header)[:30],
)
def test_kept_out(header: str | None) -> None:
    with pytest.raises(Unauthenticated, match=r"^Unauthorized$"):
        admitted(RING, header)


def test_a_ring_without_keys_lets_nobody_in() -> None:
    with pytest.raises(Unauthenticated):
        admitted(KeyRing([]), "Bearer ")


def test_a_ring_holds_no_key_in_clear() -> None:
    store = FakeStore(stored("three"))
    for tried in ("one-key", "three", "stranger"):
        store.outcome(tried)

    kept = repr((list(store.ring._entries), list(store.ring._strangers)))
    assert len(store.ring._strangers) == 1
    assert not [key for key in ("one-key", "three", "stranger") if key in kept]


def stored(
    key: str, *permissions: str, expires: float | None = None, revoked: float | None = None
) -> StoredKey:
    """A key whose id and name are itself."""
    return StoredKey(
        id=key,
        hash=hashlib.sha256(key.encode()).digest(),
        name=key,
        permissions=permissions or ("chat",),
        created=NOW - 100,
        expires=expires,
        revoked=revoked,
    )


class FakeStore:
    """A ring over a store that the test fills, breaks and counts the reads of."""

    def __init__(self, *keys: StoredKey) -> None:
        self.now = NOW
        self.keys = list(keys)
        self.connected = True
        self.breaks = False
        self.hangs = False
        self.reads = 0
        self.ring = KeyRing(
            [Secret("one-key")],
            clock=lambda: self.now,
            connected=lambda: self.connected,
            refresh=self._refresh,
        )
        self.ring.replace(keys)

    async def _refresh(self) -> bool:
        await asyncio.sleep(0)
        self.reads += 1
        if self.hangs:
            return False
        if self.breaks:
            self.connected = False
        else:
            self.ring.replace(self.keys)
        return True

    def outcome(self, key: str) -> str:
        """The id of the key that is let in, or the name of the error."""
        try:
            return admitted(self.ring, f"Bearer {key}").key_id
        except (Unauthenticated, Unavailable) as error:
            return type(error).__name__


def test_keys_of_the_store_are_let_in_with_their_rights() -> None:
    store = FakeStore(stored("reader", "routers.read"), stored("writer", "routers.write", "future.word"))

    assert admitted(store.ring, "Bearer reader") == Identity("reader", "reader", frozenset({"routers.read"}))
    assert admitted(store.ring, "Basic writer").permissions == {"routers.read", "routers.write"}
    assert admitted(store.ring, "Bearer one-key") is OPERATOR
    assert store.reads == 0


def test_a_key_ends_when_it_expires() -> None:
    store = FakeStore(stored("brief", expires=NOW + 10))

    assert store.outcome("brief") == "brief"
    store.now = NOW + 9.999
    assert store.outcome("brief") == "brief"
    store.now = NOW + 10
    assert store.ring.known("Bearer brief") is None
    assert store.outcome("brief") == "Unauthenticated"
    assert store.reads == 0  # nothing that the store could tell would change it


@pytest.mark.parametrize("connected", [True, False])
def test_a_revoked_key_opens_nothing(connected: bool) -> None:
    store = FakeStore(stored("gone", revoked=NOW - 1))
    store.connected = connected

    assert store.ring.known("Bearer gone") is None
    assert store.outcome("gone") == "Unauthenticated"


def test_a_snapshot_replaces_all_keys_but_the_operators() -> None:
    store = FakeStore(stored("old"))
    store.ring.replace([stored("new")])

    assert store.ring.known("Bearer old") is None
    assert [store.outcome(key) for key in ("new", "one-key")] == ["new", "bootstrap"]


def test_a_key_made_elsewhere_is_found_at_once() -> None:
    store = FakeStore()
    store.keys.append(stored("fresh"))

    assert store.outcome("fresh") == "fresh"
    assert store.outcome("fresh") == "fresh"
    assert store.reads == 1


def test_the_operators_key_stays_whatever_the_store_holds() -> None:
    store = FakeStore(stored("one-key", revoked=NOW - 1))

    assert store.outcome("one-key") == "bootstrap"


def test_without_the_store_nobody_unknown_is_told_unauthorized() -> None:
    store = FakeStore(stored("known"))
    store.connected = False

    assert store.outcome("known") == "known"
    assert store.outcome("unknown") == "Unavailable"
    assert store.reads == 0
    for malformed in (None, "", "Bearer", "Token unknown"):
        with pytest.raises(Unauthenticated):
            admitted(store.ring, malformed)


def test_a_store_that_goes_away_while_it_is_asked_cannot_tell() -> None:
    store = FakeStore()
    store.breaks = True

    assert store.outcome("unknown") == "Unavailable"
    assert store.reads == 1


def test_a_store_that_does_not_answer_in_time_cannot_tell() -> None:
    store = FakeStore()
    store.hangs = True

    assert store.outcome("unknown") == "Unavailable"
    assert store.outcome("unknown") == "Unavailable"
    assert store.reads == 2


def test_trying_keys_does_not_make_the_store_work() -> None:
    store = FakeStore()

    assert [store.outcome("wrong") for _ in range(5)] == ["Unauthenticated"] * 5
    reads = store.reads
    store.now += 1.1
    assert store.outcome("wrong") == "Unauthenticated"

    assert (reads, store.reads) == (1, 2)


def test_a_stranger_is_known_as_soon_as_a_snapshot_has_the_key() -> None:
    store = FakeStore()
    assert store.outcome("later") == "Unauthenticated"
    store.ring.replace([stored("later")])

    assert store.outcome("later") == "later"


def test_the_memory_of_strangers_is_bounded() -> None:
    store = FakeStore()

    for number in range(12_000):
        store.ring._remember_stranger(b"%d" % number)

    assert len(store.ring._strangers) == 10_000


def test_the_key_of_the_environment_comes_first(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", api_key=Secret("mine"))

    assert bootstrap_key(settings) == Secret("mine")
    assert not settings.data_dir.exists()


def test_the_first_run_makes_a_key_and_later_runs_find_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "data")

    made = bootstrap_key(settings)

    assert made.reveal().startswith("pm-")
    assert len(made.reveal()) > 40
    assert bootstrap_key(settings) == made
    assert key_path(settings).read_text("utf-8") == made.reveal() + "\n"
    assert stat.S_IMODE(key_path(settings).stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert [path.name for path in settings.data_dir.iterdir()] == ["api-key"]


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    keys = {bootstrap_key(Settings(data_dir=tmp_path / name)).reveal() for name in "ab"}

    assert len(keys) == 2


def test_an_operators_own_key_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "api-key").write_text("  my own key \n", "utf-8")

    assert bootstrap_key(Settings(data_dir=tmp_path)) == Secret("my own key")


def test_an_empty_key_file_is_no_open_door(tmp_path: Path) -> None:
    (tmp_path / "api-key").write_text("\n", "utf-8")

    with pytest.raises(OSError, match="is empty; remove it"):
        bootstrap_key(Settings(data_dir=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["api-key"]


SCRIPT = """
import sys
from pathlib import Path
from service.admission.keys import bootstrap_key
from service.settings import Settings
from service.store.rows import StoredKey
settings = Settings(data_dir=Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(bootstrap_key(settings).reveal())
"""


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "data")]
    racers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    keys = {racer.communicate("\n", timeout=20)[0].strip() for racer in racers}

    assert keys == {(tmp_path / "data" / "api-key").read_text("utf-8").strip()}
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["api-key"]
