"""`pointsman routers` and router files against the running server."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rest.command_line import run_command
from tests.rest.scene import MESSAGES, PATH
from tests.running import Pointsman, client_of, eventually, running

CONFIG = """
[server]
workers = 2

[routers]
folder = "routers"

[providers.demo]
"""


def written(name: str, model: str = "demo/fast", weight: int = 100) -> str:
    return f"""\
name: {name}
display_name: The router {name}
routes:
  - route:
      route_id: gold
      variants:
        - variant:
            variant_id: only
            model_id: demo/clever
          weight: 100
    condition:
      cel_expression: tier == "gold"
default_route:
  route_id: rest
  variants:
    - variant:
        variant_id: only
        model_id: {model}
        message_templates:
          - role: system
            content: |
              Be brief.
              Be kind.
      weight: {weight}
"""


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Pointsman]:
    home = tmp_path / "home"
    (home / "routers").mkdir(parents=True)
    (home / "routers" / "held.yaml").write_text(written("held"), "utf-8")
    with Pointsman(home, CONFIG) as pointsman:
        yield pointsman


def routers(
    pointsman: Pointsman, folder: Path, *arguments: str, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    return run_command(pointsman, folder, "routers", *arguments, stdin=stdin)


def sends_to(pointsman: Pointsman, name: str, model: str) -> bool:
    """Whether every worker would send a router's chats to a model."""
    asked = {"model": f"inworld/{name}", "messages": MESSAGES}
    with client_of(pointsman) as client:
        answers = [client.post("/router/v1/explain", json=asked) for _ in range(8)]
    return {_first(each) for each in answers} == {model}


def _first(answer: httpx.Response) -> Any:
    candidates = answer.json().get("candidates")
    return candidates[0]["model"] if candidates else None


def test_from_files_to_the_server_and_back(keeping: Pointsman, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yaml").write_text(written("a"), "utf-8")
    (tmp_path / "mine" / "b.yaml").write_text(written("b", "demo/clever"), "utf-8")

    diff = routers(keeping, tmp_path, "diff", "-f", "mine")
    assert (diff.returncode, diff.stdout.count("--- /dev/null")) == (3, 2), diff.stderr
    applied = routers(keeping, tmp_path, "apply", "-f", "mine")
    assert (applied.returncode, applied.stdout) == (0, "created a\ncreated b\n"), applied.stderr
    eventually(lambda: sends_to(keeping, "a", "demo/fast"))
    eventually(lambda: sends_to(keeping, "b", "demo/clever"))
    assert routers(keeping, tmp_path, "diff", "-f", "mine").returncode == 0
    again = routers(keeping, tmp_path, "apply", "-f", "mine")
    assert again.stdout == "unchanged a\nunchanged b\n"

    exported = routers(keeping, tmp_path, "export")
    assert exported.stdout == f"---\n{written('a')}---\n{written('b', 'demo/clever')}"
    as_json = routers(keeping, tmp_path, "export", "--json", "a")
    changed = json.loads(as_json.stdout.replace("demo/fast", "demo/clever"))
    piped = routers(keeping, tmp_path, "apply", "-f", "-", stdin=json.dumps(changed))
    assert (piped.returncode, piped.stdout) == (0, "updated a\n"), piped.stderr
    eventually(lambda: sends_to(keeping, "a", "demo/clever"))

    assert routers(keeping, tmp_path, "delete", "a", "b").stdout == "deleted a\ndeleted b\n"
    assert routers(keeping, tmp_path, "export").stdout == ""
    restored = routers(keeping, tmp_path, "apply", "-f", "-", stdin=exported.stdout)
    assert restored.stdout == "created a\ncreated b\n"


def test_what_the_server_finds_names_file_and_router(keeping: Pointsman, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(written("held", "demo/clever"), "utf-8")
    held = routers(keeping, tmp_path, "apply", "-f", "x.yaml")
    assert (held.returncode, held.stdout) == (1, "")
    assert held.stderr.startswith("pointsman: x.yaml: router 'held': ")

    (tmp_path / "y.yaml").write_text(f"{written('good')}---\n{written('bad', weight=99)}", "utf-8")
    bad = routers(keeping, tmp_path, "apply", "-f", "y.yaml")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("pointsman: y.yaml: document 2: default_route")
    assert "good" not in routers(keeping, tmp_path, "list").stdout


def test_files_are_served_and_read_again(keeping: Pointsman, tmp_path: Path) -> None:
    folder = keeping.folder / "routers"
    eventually(lambda: sends_to(keeping, "held", "demo/fast"))
    listed = routers(keeping, tmp_path, "list").stdout.splitlines()
    assert [line.split("\t")[::4] for line in listed] == [["NAME", "SOURCE"], ["held", "file"]]
    assert routers(keeping, tmp_path, "export").stdout == ""
    assert routers(keeping, tmp_path, "export", "held").stdout == written("held")
    assert routers(keeping, tmp_path, "delete", "held").returncode == 1

    (folder / "held.yaml").write_text(written("held", "demo/clever"), "utf-8")
    (folder / "faulty.yaml").write_text("name: [", "utf-8")
    keeping.process.send_signal(signal.SIGHUP)
    eventually(lambda: "configuration not reloaded" in keeping.log)
    assert "faulty.yaml" in keeping.log
    assert sends_to(keeping, "held", "demo/fast")

    (folder / "faulty.yaml").unlink()
    keeping.process.send_signal(signal.SIGHUP)
    eventually(lambda: sends_to(keeping, "held", "demo/clever"))


def test_a_faulty_file_keeps_the_server_from_starting(tmp_path: Path) -> None:
    (tmp_path / "routers").mkdir()
    (tmp_path / "routers" / "a.yaml").write_text(written("a", weight=99), "utf-8")
    (tmp_path / "routers" / "b.yaml").write_text("name: [", "utf-8")

    with pytest.raises(AssertionError, match="did not start"), Pointsman(tmp_path, CONFIG):
        pass

    log = (tmp_path / "log").read_text("utf-8")
    assert "a.yaml: default_route" in log
    assert "b.yaml: line " in log


def test_a_restarted_worker_serves_the_accepted_files(keeping: Pointsman) -> None:
    eventually(lambda: sends_to(keeping, "held", "demo/fast"))
    (keeping.folder / "routers" / "held.yaml").write_text("name: [", "utf-8")
    before = set(keeping.workers())
    subprocess.run(["kill", "-KILL", str(min(before))], check=True)
    (started,) = eventually(lambda: set(keeping.workers()) - before)

    def served() -> bool:
        with client_of(keeping) as client:
            chat = client.post(PATH, json={"model": "inworld/held", "messages": MESSAGES})
        if chat.is_success:  # one that was on its way to the killed worker is lost
            assert chat.json()["model"] == "demo/fast"
        requests = [line for line in keeping.log_lines() if line["event"] == "request"]
        return any(line["pid"] == started and line["status"] == "ok" for line in requests)

    eventually(served, 20)


def test_a_key_without_the_permission_is_told_which(keeping: Pointsman, tmp_path: Path) -> None:
    made = run_command(keeping, tmp_path, "keys", "create", "reader", "--permission", "routers.read")
    (tmp_path / "x.yaml").write_text(written("x"), "utf-8")
    changed = {"POINTSMAN_API_KEY": made.stdout.strip()}

    read = run_command(keeping, tmp_path, "routers", "list", **changed)
    refused = run_command(keeping, tmp_path, "routers", "apply", "-f", "x.yaml", **changed)

    assert read.returncode == 0
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "routers.write is needed" in refused.stderr


def test_without_any_router_the_list_is_empty(tmp_path: Path) -> None:
    with running(CONFIG.replace('folder = "routers"', "")) as pointsman:
        done = routers(pointsman, tmp_path, "list")

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
