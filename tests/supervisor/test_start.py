"""What an operator sees when Pointsman starts, or does not."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.supervisor.up import cores
from tests.running import KEY, Pointsman, launch, running
from tests.supervisor.streams import ask

ONE_WORKER = "[server]\nworkers = 1\n"


@pytest.fixture(scope="module")
def own_key() -> Iterator[Pointsman]:
    """An installation that makes its own key, in a folder whose name needs quoting."""
    environment = {"POINTSMAN_API_KEY": "", "POINTSMAN_DATA_DIR": "data of 'tests'"}
    with running(ONE_WORKER, environment) as pointsman:
        yield pointsman


def run_curl_line(pointsman: Pointsman, folder: Path, **environment: str) -> str:
    """Runs the printed line by a shell, in another folder than Pointsman's."""
    line = pointsman.output[pointsman.output.index("curl ") :]
    command = ["sh", "-c", line.replace("curl ", "curl --silent --show-error ", 1)]
    env = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", **environment}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_line_works_with_the_key_of_the_environment(pointsman: Pointsman, tmp_path: Path) -> None:
    answer = json.loads(run_curl_line(pointsman, tmp_path, POINTSMAN_API_KEY=KEY))

    assert answer["model"] == "demo/fast"
    assert "Hello!" in answer["choices"][0]["message"]["content"]


def test_curl_line_works_with_the_key_file(own_key: Pointsman, tmp_path: Path) -> None:
    answer = json.loads(run_curl_line(own_key, tmp_path))

    assert "Hello!" in answer["choices"][0]["message"]["content"]


def test_key_file_is_private(own_key: Pointsman) -> None:
    folder = own_key.folder / "data of 'tests'"

    assert stat.S_IMODE((folder / "api-key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "api-key").read_text("utf-8").strip() not in own_key.output + own_key.log


def test_installations_are_independent(pointsman: Pointsman, own_key: Pointsman) -> None:
    key = (own_key.folder / "data of 'tests'/api-key").read_text("utf-8").strip()

    assert own_key.port != pointsman.port
    assert run_curl_line(pointsman, own_key.folder, POINTSMAN_API_KEY=key) == "Unauthorized"
    assert ask(pointsman.url).status_code == 200


def test_a_host_may_be_a_name(tmp_path: Path) -> None:
    with Pointsman(tmp_path, ONE_WORKER, {"POINTSMAN_HOST": "localhost"}) as pointsman:
        assert ask(pointsman.url, "demo/fast").status_code == 200


def test_a_long_temporary_folder_is_no_obstacle(tmp_path: Path) -> None:
    temporary = tmp_path / ("long" * 30)
    temporary.mkdir()
    with Pointsman(tmp_path, ONE_WORKER, {"TMPDIR": str(temporary)}) as pointsman:
        assert ask(pointsman.url, "demo/fast").status_code == 200
        assert "starting it again" not in pointsman.log


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process has no /proc and no affinity")
def test_only_workers_have_the_secrets_of_the_environment(pointsman: Pointsman) -> None:
    def holds_key(pid: int) -> bool:
        return KEY.encode() in Path(f"/proc/{pid}/environ").read_bytes()

    assert holds_key(pointsman.workers()[0])
    assert not holds_key(pointsman.envoy())
    assert not holds_key(pointsman.guardian())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process has no /proc and no affinity")
def test_cores_are_those_this_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert cores() == len(allowed)


def fails(folder: Path, config: str, environment: dict[str, str], *arguments: str) -> str:
    """Starts and gives what is said on the error stream; the exit status must be 2."""
    process = launch(folder, config, environment, arguments)
    said, _ = process.communicate(timeout=20)
    log = (folder / "log").read_text("utf-8")
    assert process.returncode == 2, log
    assert said == b""
    assert "Traceback" not in log
    return log


FAULTS: dict[str, tuple[str, dict[str, str], str]] = {
    "a port out of range": ("[server]\nport = 70000", {}, "server.port.*70000"),
    "an unknown name": ("[server]\nwokers = 2", {}, "wokers"),
    "two at once": ("[server]\nworkers = -1\ndrain_seconds = 'x'", {}, r"(?s)workers.*drain_seconds"),
    "no TOML": ("[server", {}, "pointsman.toml.*TOML"),
    "a port in the environment": ("", {"POINTSMAN_PORT": "banana"}, "POINTSMAN_PORT.*banana"),
    "a missing file": ("", {"POINTSMAN_CONFIG": "/nowhere.toml"}, "/nowhere.toml.*No such file"),
    "a host that is none": ("", {"POINTSMAN_HOST": "no such host"}, "no such host"),
    "a foreign address": ("", {"POINTSMAN_HOST": "192.0.2.1"}, "192.0.2.1"),
    "a provider without a key": ("[providers.openai]", {}, "providers.openai.*OPENAI_API_KEY"),
    "a provider without an address": ('[providers.x]\ndialect = "openai"', {}, "providers.x.base_url"),
    "a data folder that is a file": (
        "",
        {"POINTSMAN_API_KEY": "", "POINTSMAN_DATA_DIR": "pointsman.toml"},
        "pointsman.toml",
    ),
}


@pytest.mark.parametrize(("config", "environment", "expected"), FAULTS.values(), ids=FAULTS)
def test_faulty_settings_are_told(
    tmp_path: Path, config: str, environment: dict[str, str], expected: str
) -> None:
    assert re.search(expected, fails(tmp_path, config, environment, "up"))


def _up(port: int) -> tuple[dict[str, str], tuple[str, ...]]:
    return {"POINTSMAN_PORT": str(port)}, ("up",)


def _serve(port: int) -> tuple[dict[str, str], tuple[str, ...]]:
    return {}, ("serve", "--listen", f"127.0.0.1:{port}")


@pytest.mark.parametrize("command", [_up, _serve], ids=["up", "serve"])
def test_a_port_in_use_is_told(
    tmp_path: Path, command: Callable[[int], tuple[dict[str, str], tuple[str, ...]]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment, arguments = command(port)

        assert f"cannot listen on 127.0.0.1:{port}" in fails(tmp_path, "", environment, *arguments)
