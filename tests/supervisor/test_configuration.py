"""The accepted copies: what a worker reads is what was accepted, whatever becomes of the operator's files."""

import os
import stat
from pathlib import Path

import pytest

from service import settings as settings_module
from service.files.router_files import load_router_files
from service.settings import SettingsError
from service.supervisor.configuration import Configuration
from tests.files.test_router_files import written


class Operator:
    """The operator's folder, and what a worker would read."""

    def __init__(self, home: Path, run: Path) -> None:
        self.home = home
        self.run = run
        self.configuration = Configuration(run)

    def writes(self, name: str, text: str) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def routers(self) -> set[str]:
        """The names that a worker finds which starts now."""
        return set(load_router_files(settings_module.load(self.configuration.variables, self.run)))

    def refused(self) -> str:
        with pytest.raises(SettingsError) as caught:
            self.configuration.accept()
        return str(caught.value)


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    for name in ("home", "run", "elsewhere"):
        (tmp_path / name).mkdir(mode=0o700)
    for name in [name for name in os.environ if name.startswith("POINTSMAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("POINTSMAN_CONFIG", str(tmp_path / "home" / "pointsman.toml"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    operator = Operator(tmp_path / "home", tmp_path / "run")
    operator.writes("pointsman.toml", '[routers]\nfolder = "r"\n')
    operator.writes("r/a.yaml", written("a"))
    return operator


def test_a_relative_folder_is_below_the_settings_files(operator: Operator) -> None:
    settings = operator.configuration.accept()

    assert settings.routers.folder == str(operator.home / "r")
    assert operator.routers() == {"a"}


@pytest.mark.parametrize("kind", ["absolute", "above", "environment"])
def test_folders_elsewhere(operator: Operator, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operator.writes("../other/b.yaml", written("b"))
    other = str(operator.home.parent / "other")
    operator.writes(
        "pointsman.toml", f'[routers]\nfolder = "{other if kind == "absolute" else "../other"}"\n'
    )
    if kind == "environment":
        operator.writes("pointsman.toml", "")
        monkeypatch.setenv("POINTSMAN_ROUTERS", other)

    operator.configuration.accept()

    assert operator.routers() == {"b"}


def test_workers_know_no_more_than_what_was_accepted(operator: Operator) -> None:
    operator.configuration.accept()
    operator.writes("r/b.yaml", written("b"))
    (operator.home / "r" / "a.yaml").unlink()
    assert operator.routers() == {"a"}

    operator.configuration.accept()
    assert operator.routers() == {"b"}


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("r/b.yaml", "name: [", "b.yaml: line "),
        ("r/b.yaml", written("a"), "a.yaml and b.yaml: router 'a' is given twice"),
        ("r/b.yaml", written("b", weight="99"), "b.yaml: default_route"),
        (
            "pointsman.toml",
            '[routers]\nfolder = "none"',
            "none: cannot be used:\n  the folder cannot be read",
        ),
        ("pointsman.toml", '[routers]\nfolder = ""', "routers.folder: must be a string of length >= 1"),
        ("pointsman.toml", "[routers]\nfolders = 1", "routers.folders: unknown option; allowed: folder"),
    ],
)
def test_a_faulty_set_changes_nothing(operator: Operator, name: str, text: str, fault: str) -> None:
    operator.configuration.accept()
    operator.writes(name, text)

    told = operator.refused()

    assert fault in told
    assert str(operator.run) not in told
    assert operator.routers() == {"a"}
    assert (operator.run / "pointsman.toml").read_text("utf-8") == '[routers]\nfolder = "r"\n'


def test_a_folder_may_come_and_go(operator: Operator) -> None:
    operator.writes("pointsman.toml", "")
    operator.configuration.accept()
    variables = operator.configuration.variables  # a worker keeps those that it was started with
    assert operator.routers() == set()

    for folder, names in (("r", {"a"}), (None, set())):
        operator.writes("pointsman.toml", f'[routers]\nfolder = "{folder}"\n' if folder else "")
        operator.configuration.accept()
        assert set(load_router_files(settings_module.load(variables, operator.run))) == names


def test_copies_are_private_and_few(operator: Operator) -> None:
    for _ in range(5):
        operator.configuration.accept()

    copies = sorted(path for path in operator.run.glob("routers-*"))
    assert len(copies) == 2
    assert (operator.run / "routers").resolve() == copies[-1]
    assert {stat.S_IMODE(path.stat().st_mode) for path in copies} == {0o700}
    assert stat.S_IMODE((copies[-1] / "a.yaml").stat().st_mode) == 0o600


def test_without_any_file_there_is_an_empty_set(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POINTSMAN_CONFIG")

    assert operator.configuration.accept().routers.folder is None
    assert operator.routers() == set()
