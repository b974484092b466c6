"""The settings file and the environment."""

from pathlib import Path

import pytest

from service import settings
from service.settings import Settings, SettingsError, load
from service.types.secret import Secret


def loaded(folder: Path, text: str | None = None, **env: str) -> Settings:
    if text is not None:
        (folder / settings.CONFIG_FILE).write_text(text, "utf-8")
    return load(env, folder)


def test_defaults(tmp_path: Path) -> None:
    found = loaded(tmp_path)

    server, streaming, upstream = found.server, found.streaming, found.upstream
    assert (server.host, server.port, server.workers, server.drain_seconds) == ("127.0.0.1", 8080, 0, 30)
    assert (streaming.commit_seconds, streaming.ping_seconds, streaming.usage_seconds) == (10, 10, 2)
    assert (upstream.connect_seconds, upstream.total_seconds) == (10, 600)
    assert (found.providers, found.data_dir, found.api_key) == ({}, Path(".pointsman"), None)


def test_the_file(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        """
        [server]
        host = "0.0.0.0"
        port = 9000
        workers = 3
        [streaming]
        commit_seconds = 1
        ping_seconds = 0.5
        [upstream]
        idle_seconds = 2.5
        [providers.acme]
        dialect = "openai"
        base_url = "https://api.acme.test/v1"
        api_key = ["one", "two"]
        models = ["m"]
        models_only = true
        """,
    )

    assert (found.server.host, found.server.port, found.server.workers) == ("0.0.0.0", 9000, 3)
    assert (found.streaming.commit_seconds, found.streaming.ping_seconds) == (1, 0.5)
    assert (found.upstream.idle_seconds, found.upstream.total_seconds) == (2.5, 600)
    acme = found.providers["acme"]
    assert (acme.dialect, acme.base_url, acme.models) == ("openai", "https://api.acme.test/v1", ["m"])
    assert acme.keys == (Secret("one"), Secret("two"))


def test_the_environment_wins(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        '[server]\nhost = "0.0.0.0"\nport = 9000\nworkers = 3\ndrain_seconds = 5',
        POINTSMAN_HOST="::1",
        POINTSMAN_PORT="0",
        POINTSMAN_WORKERS="7",
        POINTSMAN_DATA_DIR="/var/lib/p",
        POINTSMAN_API_KEY="secret",
    )

    server = found.server
    assert (server.host, server.port, server.workers, server.drain_seconds) == ("::1", 0, 7, 5)
    assert (found.data_dir, found.api_key) == (Path("/var/lib/p"), Secret("secret"))


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    names = ("HOST", "PORT", "WORKERS", "DATA_DIR", "API_KEY", "CONFIG")

    assert (
        loaded(tmp_path, "[server]\nport = 9000", **{f"POINTSMAN_{name}": "" for name in names}).server.port
        == 9000
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", 'POINTSMAN_PORT: must be an integer >= 0 and <= 65535, got "http"'),
        ("PORT", "65536", "POINTSMAN_PORT: must be an integer >= 0 and <= 65535, got 65536"),
        ("PORT", "-1", "POINTSMAN_PORT: must be an integer >= 0 and <= 65535, got -1"),
        ("WORKERS", "1.5", "POINTSMAN_WORKERS: "),
        ("WORKERS", "257", "POINTSMAN_WORKERS: "),
    ],
)
def test_faulty_variables(tmp_path: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, **{f"POINTSMAN_{name}": value})

    assert str(caught.value).startswith(words)
    assert value in str(caught.value)


def test_another_file_can_be_named(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[server]\nport = 9001", "utf-8")

    assert loaded(tmp_path, "[server]\nport = 9000", POINTSMAN_CONFIG=str(other)).server.port == 9001


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_named_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        loaded(tmp_path, POINTSMAN_CONFIG=str(tmp_path / name))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[server\n", ["is not valid TOML"]),
        ("[server]\nport = 1\nport = 2", ["is not valid TOML"]),
        (
            "[servre]\n",
            ["servre: unknown option; allowed: server, streaming, upstream, routing, shared"],
        ),
        ("[server]\nprot = 1", ["server.prot: unknown option; allowed: host, port"]),
        ("[server]\nport = 70000", ["server.port: must be an integer >= 0 and <= 65535, got 70000"]),
        (
            "[server]\nport = 99999999999999999999999999",
            ["server.port: must be an integer >= 0 and <= 65535"],
        ),
        (
            "[server]\nport = 2026-01-01",
            ['server.port: must be an integer >= 0 and <= 65535, got "2026-01-01"'],
        ),
        ("[upstream]\nidle_seconds = inf", ["upstream.idle_seconds: must be a number"]),
        ("[upstream]\nidle_seconds = 0", ["upstream.idle_seconds: must be a number > 0 and <= 86400, got 0"]),
        (
            '[providers.a]\ndialect = "klingon"',
            ["providers.a.dialect: must be one of openai, openai-responses, "],
        ),
        (
            '[server]\nport = "x"\nhost = ""\n[streaming]\nping = 1\n[providers.a]\nmodels = "m"',
            ["server.port: ", "server.host: ", "streaming.ping: ", "providers.a.models: must be an array"],
        ),
    ],
)
def test_faulty_files_have_every_fault_named(tmp_path: Path, text: str, faults: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text)

    assert str(caught.value).startswith(str(tmp_path / settings.CONFIG_FILE))
    assert not [fault for fault in faults if fault not in str(caught.value)]


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / settings.CONFIG_FILE).write_bytes('[server]\nhost = "ü"'.encode("latin-1"))

    with pytest.raises(SettingsError, match="is not valid TOML"):
        loaded(tmp_path)


def test_the_process_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POINTSMAN_CONFIG", raising=False)
    monkeypatch.setenv("POINTSMAN_PORT", "9002")
    (tmp_path / settings.CONFIG_FILE).write_text('[server]\nhost = "h"', "utf-8")

    assert (load().server.host, load().server.port) == ("h", 9002)


def test_variables_are_given_out_as_secrets(tmp_path: Path) -> None:
    environment = loaded(tmp_path, A_KEY="sk-1", EMPTY="").environment

    assert (environment.secret("A_KEY"), environment.secret("EMPTY"), environment.secret("NONE")) == (
        Secret("sk-1"),
        None,
        None,
    )


@pytest.mark.parametrize(
    ("text", "variable", "folder"),
    [
        ("", "", None),
        ('[routers]\nfolder = "r"', "", "{home}/r"),
        ('[routers]\nfolder = "/r"', "", "/r"),
        ('[routers]\nfolder = "r"', "named", "named"),
        ("", "named", "named"),
    ],
)
def test_the_folder_of_routers_is_below_the_files_own(
    tmp_path: Path, text: str, variable: str, folder: str | None
) -> None:
    found = loaded(tmp_path, text, POINTSMAN_ROUTERS=variable).routers.folder

    assert found == (folder and folder.format(home=tmp_path))
