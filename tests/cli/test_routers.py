"""`pointsman routers` against a server in memory: what is written, what is told, and the status."""

import json
from pathlib import Path

import pytest

from service.cli import routers as command
from service.cli.command import main
from service.cli.server import AskError
from service.routing.saved import document
from service.types.saved_router import SavedRouter
from tests.cli.managed import ManagedServer


def router(
    name: str, model: str = "demo/fast", weight: float = 100, text: str = "Be brief.\n"
) -> SavedRouter:
    variant = {
        "variant_id": "only",
        "model_id": model,
        "message_templates": [{"role": "system", "content": text}],
    }
    route = {"route_id": "all", "variants": [{"variant": variant, "weight": weight}]}
    return document.read(json.dumps({"name": name, "default_route": route}).encode())


def written(name: str, model: str = "demo/fast", weight: str = "100") -> str:
    return f"""\
name: {name}
defaultRoute:
  route_id: all
  variants:
    - variant:
        variant_id: only
        model_id: {model}
        message_templates:
          - role: system
            content: |
              Be brief.
      weight: {weight}
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ManagedServer:
    server = ManagedServer()
    monkeypatch.setattr(command, "Server", lambda *_: server)
    monkeypatch.setenv("POINTSMAN_API_KEY", "a-key")
    monkeypatch.delenv("POINTSMAN_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return server


Output = pytest.CaptureFixture[str]


def file(name: str, *texts: str) -> str:
    Path(name).write_text("---\n".join(texts), "utf-8")
    return name


def test_apply_creates_updates_and_leaves(server: ManagedServer, capsys: Output) -> None:
    server.saves(router("same"), router("old", "demo/clever"))

    assert main(["routers", "apply", "-f", file("x.yaml", *map(written, ("new", "old", "same")))]) == 0
    assert capsys.readouterr() == ("created new\nupdated old\nunchanged same\n", "")
    assert server.writes == ["POST new", "PATCH old"]
    assert server.routers == {name: router(name) for name in ("same", "old", "new")}

    assert main(["routers", "apply", "-f", "x.yaml"]) == 0
    assert capsys.readouterr().out == "unchanged new\nunchanged old\nunchanged same\n"
    assert len(server.writes) == 2


def test_apply_takes_folders_files_and_the_standard_input(
    server: ManagedServer, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("folder").mkdir()
    file("folder/b.yml", written("b"))
    file("folder/a.json", json.dumps({"routers": [document.printed(router("a"))]}))
    file("folder/notes.txt", "nothing")
    typed = Path(file("typed", written("c")))
    with typed.open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["routers", "apply", "-f", "folder", "--file", "-"]) == 0

    assert capsys.readouterr().out == "created a\ncreated b\ncreated c\n"


def test_nothing_is_written_when_a_file_is_at_fault(server: ManagedServer, capsys: Output) -> None:
    file("good.yaml", written("good"))
    file("bad.yaml", written("one", weight="90"), written("two", weight="x"))
    file("worse.yaml", "name: [")
    files = ("good.yaml", "bad.yaml", "worse.yaml", "none.yaml")

    assert main(["routers", "apply", *(word for each in files for word in ("-f", each))]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert server.writes == []
    lines = output.err.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["bad.yaml", "bad.yaml", "worse.yaml", "none.yaml"]
    assert "document 1: default_route" in lines[0]
    assert "document 2: default_route.variants[0].weight: must be a number" in lines[1]
    assert lines[3] == "pointsman: none.yaml: cannot be read: No such file or directory"


@pytest.mark.parametrize("action", ["apply", "diff"])
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("void.yaml", "void.yaml: holds no router"),
        ("twice.yaml", "twice.yaml: router 'a' is given twice"),
        ("empty", "empty: holds no file that ends in .yaml, .yml, .json"),
    ],
)
def test_files_without_use(server: ManagedServer, capsys: Output, action: str, name: str, fault: str) -> None:
    file("void.yaml", "")
    file("twice.yaml", written("a"), written("a"))
    Path("empty").mkdir()

    assert main(["routers", action, "-f", name]) == 1
    assert capsys.readouterr() == ("", f"pointsman: {fault}\n")


def test_what_the_server_finds_is_told_with_file_and_name(server: ManagedServer, capsys: Output) -> None:
    faults = ("default_route.x: is bad", "name: is worse")
    server.refuses["a"] = AskError("; ".join(faults), 400, faults)
    server.warnings = [{"field": "routes[0]", "description": "not served yet"}]

    assert main(["routers", "apply", "-f", file("x.yaml", written("a"), written("b"))]) == 1
    output = capsys.readouterr()
    assert output.out == "created b\n"
    assert output.err.splitlines() == [
        "pointsman: x.yaml: router 'a': default_route.x: is bad",
        "pointsman: x.yaml: router 'a': name: is worse",
        "pointsman: x.yaml: router 'b': warning: routes[0]: not served yet",
    ]


def test_a_server_that_goes_away_ends_it(server: ManagedServer, capsys: Output) -> None:
    server.refuses["a"] = AskError("nothing listens")

    assert main(["routers", "apply", "-f", file("x.yaml", written("a"), written("b"))]) == 1
    assert capsys.readouterr() == ("", "pointsman: nothing listens\n")


def test_a_router_that_another_has_changed_is_not_overwritten(
    server: ManagedServer, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.saves(router("a", "demo/clever"))
    asked = server.call

    def changing(method: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
        if method == "PATCH":
            server.saves(router("a", "demo/other"))
        return asked(method, path, body)

    monkeypatch.setattr(server, "call", changing)

    assert main(["routers", "apply", "-f", file("x.yaml", written("a"))]) == 1
    assert capsys.readouterr().err == "pointsman: x.yaml: router 'a': the router has been changed since\n"
    assert server.routers == {"a": router("a", "demo/other")}


def test_routers_of_the_servers_files_are_not_written(server: ManagedServer, capsys: Output) -> None:
    server.saves(router("held", "demo/clever")).files.add("held")

    assert main(["routers", "apply", "-f", file("x.yaml", written("held"), written("b"))]) == 1
    output = capsys.readouterr()
    assert (output.out, server.writes) == ("", [])
    assert output.err.startswith("pointsman: x.yaml: router 'held': the server reads it from a file")

    server.saves(router("held"))
    assert main(["routers", "apply", "-f", "x.yaml"]) == 0
    assert capsys.readouterr().out == "unchanged held\ncreated b\n"


def test_diff(server: ManagedServer, capsys: Output) -> None:
    server.saves(router("a", "demo/clever"), router("b"))
    given = file("x.yaml", written("a"), written("b"), written("new"))

    assert main(["routers", "diff", "-f", given]) == 3
    output = capsys.readouterr().out
    assert output.startswith("--- server/a\n+++ x.yaml/a\n")
    assert "-        model_id: demo/clever\n+        model_id: demo/fast\n" in output
    assert "server/b" not in output
    assert "--- /dev/null\n+++ x.yaml/new\n" in output
    assert "+name: new\n" in output

    assert main(["routers", "apply", "--dry-run", "-f", given]) == 0
    assert capsys.readouterr().out == output
    assert server.writes == []

    assert main(["routers", "diff", "-f", file("y.yaml", written("b"))]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["yaml", "json"])
def test_what_is_exported_can_be_applied(
    server: ManagedServer, capsys: Output, arguments: tuple[str, ...]
) -> None:
    server.saves(*(router(name, text=f"{name}: \tTabs,\n\nlines, and no end ") for name in "abcde"))
    server.files.add("c")
    before = dict(server.routers)

    assert main(["routers", "export", *arguments]) == 0
    exported = capsys.readouterr().out
    assert main(["routers", "apply", "-f", file("x", exported)]) == 0
    assert capsys.readouterr().out == "".join(f"unchanged {name}\n" for name in "abde")

    server.routers.clear()
    assert main(["routers", "apply", "-f", "x"]) == 0
    assert server.routers == {name: each for name, each in before.items() if name != "c"}


def test_export_of_named_ones(server: ManagedServer, capsys: Output) -> None:
    server.saves(router("a"), router("b")).files.add("b")

    assert main(["routers", "export", "b"]) == 0
    assert capsys.readouterr() == (written("b").replace("defaultRoute", "default_route"), "")
    assert main(["routers", "export", "a", "none"]) == 1
    assert capsys.readouterr() == ("", "pointsman: there is no router 'none'\n")


def test_export_of_none(server: ManagedServer, capsys: Output) -> None:
    assert main(["routers", "export"]) == 0
    assert capsys.readouterr() == ("", "pointsman: no router is saved\n")


def test_list(server: ManagedServer, capsys: Output) -> None:
    server.saves(router("a"), router("b"), router("c")).files.add("b")

    assert main(["routers", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "NAME\tDISPLAY NAME\tROUTES\tDEFAULT\tSOURCE\tUPDATED",
        "a\t\t0\tyes\tstore\t2026-01-02T03:04:06Z",
        "b\t\t0\tyes\tfile\t",
        "c\t\t0\tyes\tstore\t2026-01-02T03:04:06Z",
    ]
    assert main(["routers", "list", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["a", "b", "c"]


def test_delete(server: ManagedServer, capsys: Output) -> None:
    server.saves(router("a"), router("b"))

    assert main(["routers", "delete", "a", "none", "b"]) == 1
    assert capsys.readouterr() == (
        "deleted a\ndeleted b\n",
        "pointsman: router 'none': there is no router none\n",
    )
    assert server.routers == {}


@pytest.mark.parametrize("arguments", [(), ("apply",), ("diff",), ("delete",), ("list", "x")], ids=str)
def test_faulty_command_lines(arguments: tuple[str, ...], capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["routers", *arguments])

    assert ended.value.code == 2
    assert "usage: " in capsys.readouterr().err


def test_export_to_a_file(server: ManagedServer, capsys: Output) -> None:
    server.saves(router("a"), router("b"))
    target = Path(file("kept.yaml", "old"))
    target.chmod(0o640)

    assert main(["routers", "export", "-f", "kept.yaml"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["routers", "export", "-f", "-"]) == 0
    assert capsys.readouterr().out == target.read_text("utf-8")
    assert target.stat().st_mode & 0o777 == 0o640
    assert main(["routers", "export", "--file", "new.json", "--json", "a"]) == 0
    assert [each["name"] for each in json.loads(Path("new.json").read_text("utf-8"))["routers"]] == ["a"]
    assert sorted(each.name for each in Path().iterdir()) == ["kept.yaml", "new.json"]


def test_an_export_that_fails_leaves_the_file(server: ManagedServer, capsys: Output) -> None:
    target = Path(file("kept.yaml", "old"))

    assert main(["routers", "export", "-f", "kept.yaml"]) == 1
    assert capsys.readouterr() == ("", "pointsman: no router is saved, and kept.yaml is not written\n")
    server.saves(router("a"))
    assert main(["routers", "export", "-f", "kept.yaml", "a", "none"]) == 1
    assert target.read_text("utf-8") == "old"
    capsys.readouterr()
    assert main(["routers", "export", "-f", "none/kept.yaml"]) == 1
    assert (
        capsys.readouterr().err == "pointsman: none/kept.yaml cannot be written: No such file or directory\n"
    )
    assert main(["routers", "export", "-f", "."]) == 1
    assert capsys.readouterr().err == "pointsman: . cannot be written: Is a directory\n"


def test_an_export_to_a_link_keeps_the_link(server: ManagedServer) -> None:
    server.saves(router("a"))
    Path("link").symlink_to(file("kept.yaml", "old"))

    assert main(["routers", "export", "-f", "link"]) == 0
    assert Path("link").is_symlink()
    assert "name: a" in Path("kept.yaml").read_text("utf-8")


def test_what_is_unknown_is_told_with_the_usage_of_its_command(capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["routers", "export", "--files", "x"])

    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("usage: pointsman routers export ")
    assert "unrecognized arguments: --files" in told
