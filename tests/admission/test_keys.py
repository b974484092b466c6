"""Who may come in: the header, and the bootstrap key."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from service.admission.keys import KeyRing, bootstrap_key, key_path
from service.errors import Unauthenticated
from service.settings import Settings
from service.types.secret import Secret

ROOT = Path(__file__).parents[2]
RING = KeyRing([Secret("one-key"), Secret("kéy two")])


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
    RING.admit(header)


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
        RING.admit(header)


def test_a_ring_without_keys_lets_nobody_in() -> None:
    with pytest.raises(Unauthenticated):
        KeyRing([]).admit("Bearer ")


def test_a_ring_holds_no_key_in_clear() -> None:
    assert b"one-key" not in b"".join(RING._hashes)
    assert "one-key" not in repr(vars(RING))


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
