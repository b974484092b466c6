"""Every example of the README does what it says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import settings
from service.providers.configured import providers_of
from service.types.routing_settings import RoutingSettings
from tests.running import KEY, Pointsman, running

_ROOT = Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text("utf-8")
_ADDRESS = "127.0.0.1:8080"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", _README, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def pointsman() -> Iterator[Pointsman]:
    # With the generated key, as the README's reader has it.
    with running(environment={"POINTSMAN_API_KEY": ""}) as pointsman:
        yield pointsman


def _run(pointsman: Pointsman, command: list[str]) -> str:
    key = (pointsman.folder / ".pointsman" / "api-key").read_text("ascii").strip()
    env = os.environ | {
        "POINTSMAN_API_KEY": key,
        "PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'gen'}",
        "NO_PROXY": "127.0.0.1",
    }
    env["POINTSMAN_PORT"] = str(pointsman.port)
    done = subprocess.run(
        command, cwd=pointsman.folder, env=env, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


_EXPECTED = {
    '"sort": ["intelligence"': "Auto-selected 'demo/clever', from all models, sorted by highest intelligence",
    "Go on!": "Using fallback model: 'demo/fast', after 'demo/failing' (provider_failure) failed - success",
    '"demo/fast", "messages"': "You said: Hello!",
    '"stream": true': "data: [DONE]",
    "429, please": "provider_rate_limit",
    "grpcurl": "pointsman.v1.ChatCompletionService",
    "export": "",
    "/v1/models": '"id":"demo/fast"',
    "pointsman models": "anthropic/claude-sonnet-4-5",
    "pointsman chat": "You said: Hello!",
    "/router/v1/explain": '"candidates":[{"position":1',
    "routers apply": "helpdesk",
    "/v1/feedback": '"metric":"solved","value":true',
    "inworld/helpdesk": '"route_id":"gold"',
    ":simulate": '"route_id":"gold"',
    "helpdesk/stats": '"variant_id"',
    "keys create": "pm-",
    "pointsman explain": "Auto-selected 'demo/fast', from specified models",
}


@pytest.mark.parametrize("block", _blocks("sh"))
def test_shell_example(pointsman: Pointsman, block: str) -> None:
    tool = block.split(maxsplit=1)[0]
    if tool == "grpcurl" and not shutil.which(tool):
        pytest.skip("grpcurl is not on the PATH")
    expected = next(text for mark, text in _EXPECTED.items() if mark in block)

    command = block.replace(_ADDRESS, f"127.0.0.1:{pointsman.port}")
    command = command.replace(".venv/bin/pointsman", f"{sys.executable} -m service.cli")
    output = _run(pointsman, ["sh", "-c", command])

    assert expected in output


@pytest.mark.parametrize("block", _blocks("python"))
def test_python_example(pointsman: Pointsman, block: str) -> None:
    code = block.replace(_ADDRESS, f"127.0.0.1:{pointsman.port}")

    assert "You said: Hello!" in _run(pointsman, [sys.executable, "-c", code])


def test_printed_curl_line(pointsman: Pointsman) -> None:
    printed = pointsman.output[pointsman.output.index("curl ") :]

    assert "You said: Hello!" in _run(pointsman, ["sh", "-c", printed])


def test_configuration_example(tmp_path: Path) -> None:
    (block,) = _blocks("toml")
    (tmp_path / "pointsman.toml").write_text(block, "utf-8")

    loaded = settings.load({"MY_OPENAI_KEY": KEY}, tmp_path)

    assert loaded.server == settings.ServerSettings()
    assert loaded.streaming == settings.StreamSettings()
    assert loaded.upstream == settings.UpstreamSettings()
    assert loaded.routing == RoutingSettings()
    assert loaded.store == settings.StoreSettings()
    assert set(providers_of(loaded)) == {"openai", "local", "demo"}
