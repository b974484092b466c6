"""`pointsman keys` against a server in memory: the secret alone on the standard output, words beside it."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.cli import keys as command
from service.cli.command import main
from service.cli.server import AskError

SECRET = "pm-the-secret"
KEY = {"id": "key-1", "name": "ci", "permissions": ["chat"], "create_time": "2026-01-02T03:04:05Z"}
Output = pytest.CaptureFixture[str]


class Server:
    """Answers with what the test put there and keeps what was asked."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] | AskError = {}
        self.asked: list[tuple[str, str, dict[str, Any] | None]] = []

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        self.asked.append((method, path, body))
        if isinstance(self.answer, AskError):
            raise self.answer
        return self.answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Server:
    server = Server()
    monkeypatch.setattr(command, "Server", lambda *_: server)
    monkeypatch.setenv("POINTSMAN_API_KEY", "a-key")
    monkeypatch.delenv("POINTSMAN_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return server


@pytest.mark.parametrize(
    ("arguments", "members"),
    [
        ((), {"permissions": ["chat"]}),
        (
            ("--permission", "routers.read", "--permission", "chat"),
            {"permissions": ["routers.read", "chat"]},
        ),
        (("--expires", "30d"), {"permissions": ["chat"], "ttl_seconds": 2_592_000}),
        (
            ("--expires", "2030-01-31T01:00:00+01:00"),
            {"permissions": ["chat"], "expire_time": "2030-01-31T00:00:00Z"},
        ),
    ],
)
def test_create(server: Server, capsys: Output, arguments: tuple[str, ...], members: dict[str, Any]) -> None:
    server.answer = KEY | {"secret": SECRET}

    assert main(["keys", "create", "ci", *arguments]) == 0
    output = capsys.readouterr()
    assert output.out == f"{SECRET}\n"
    assert output.err == "Key key-1 (ci) permits chat.\nKeep it: it is shown this once.\n"
    assert server.asked == [("POST", "/router/v1/keys", {"name": "ci"} | members)]


def test_create_tells_when_it_ends(server: Server, capsys: Output) -> None:
    server.answer = KEY | {"secret": SECRET, "expire_time": "2030-01-31T00:00:00Z"}

    assert main(["keys", "create", "ci", "--expires", "30d"]) == 0
    assert "permits chat until 2030-01-31T00:00:00Z.\n" in capsys.readouterr().err


def test_list(server: Server, capsys: Output) -> None:
    others = [
        KEY | {"expire_time": "2999-01-01T00:00:00Z"},
        KEY | {"expire_time": "2020-01-01T00:00:00Z", "permissions": ["chat", "admin"]},
        KEY | {"expire_time": None, "revoke_time": "2026-01-03T00:00:00Z"},
    ]
    server.answer = {"keys": [KEY, *others]}

    assert main(["keys", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ID\tNAME\tPERMISSIONS\tCREATED\tEXPIRES\tSTATE",
        "key-1\tci\tchat\t2026-01-02T03:04:05Z\tnever\tworks",
        "key-1\tci\tchat\t2026-01-02T03:04:05Z\t2999-01-01T00:00:00Z\tworks",
        "key-1\tci\tchat admin\t2026-01-02T03:04:05Z\t2020-01-01T00:00:00Z\texpired",
        "key-1\tci\tchat\t2026-01-02T03:04:05Z\tnever\trevoked",
    ]
    assert main(["keys", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [KEY, *others]


def test_revoke(server: Server, capsys: Output) -> None:
    assert main(["keys", "revoke", "key/1 ?"]) == 0
    assert server.asked == [("DELETE", "/router/v1/keys/key%2F1%20%3F", None)]
    assert capsys.readouterr() == ("", "Key key/1 ? is revoked.\n")


@pytest.mark.parametrize("arguments", [("create", "ci"), ("list",), ("revoke", "key-1")], ids=str)
def test_a_refusal_is_one_line(server: Server, capsys: Output, arguments: tuple[str, ...]) -> None:
    server.answer = AskError("admin is needed", 403)

    assert main(["keys", *arguments]) == 1
    assert capsys.readouterr() == ("", "pointsman: admin is needed\n")


@pytest.mark.parametrize("arguments", [("create", "ci"), ("list",)], ids=str)
def test_what_is_no_pointsman_is_told(server: Server, capsys: Output, arguments: tuple[str, ...]) -> None:
    assert main(["keys", *arguments]) == 1
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)
    assert "is it a Pointsman of this version?" in output.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "ACTION"),
        (("create",), "NAME"),
        (("create", "a", "--permission", "everything"), "invalid choice: 'everything'"),
        (("create", "a", "--expires", "soon"), "must be a span such as 30d or 12h"),
        (("revoke",), "ID"),
    ],
)
def test_faulty_command_lines(arguments: tuple[str, ...], told: str, capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", *arguments])

    assert ended.value.code == 2
    assert told in capsys.readouterr().err
