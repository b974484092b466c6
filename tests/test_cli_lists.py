"""`pointsman models` and `pointsman providers`: from configuration and catalog, without a server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service.cli.numbers import dollars, milliseconds, percentage, speed, tokens
from service.cli.table import aligned
from tests.running import launch

CONFIG = """
[providers.openai]
api_key = "sk-nobody-asks"

[providers.own]
dialect = "openai"
base_url = "http://127.0.0.1:9/v1"
models = ["bare", "ns/slashed"]

[[models]]
provider = "own"
id = "bare"
name = "Bare Metal"
tools = true
context_length = 131072
price = { prompt = 0.30, completion = 2.5 }
"""


def run(folder: Path, *arguments: str, config: str = CONFIG) -> tuple[int, str, str]:
    process = launch(folder, config, {"POINTSMAN_API_KEY": ""}, arguments)
    output, _ = process.communicate(timeout=60)
    return process.returncode, output.decode(), (folder / "log").read_text("utf-8")


def first_column(output: str) -> list[str]:
    return [line.split("\t")[0] for line in output.splitlines()[1:]]


def test_models_for_programs(tmp_path: Path) -> None:
    status, output, log = run(tmp_path, "models", "--provider", "OWN")

    assert (status, log) == (0, "")
    assert output.splitlines() == [
        "MODEL\tCONTEXT\tIN $/M\tOUT $/M\tCAN",
        "own/bare\t131k\t0.3\t2.5\ttools",
        "own/ns/slashed\t-\t-\t-\t",
    ]
    assert not (tmp_path / ".pointsman").exists()  # looking makes no key


@pytest.mark.parametrize(
    ("arguments", "found", "not_found"),
    [
        ((), "openai/gpt-4o", "groq/openai/gpt-oss-120b"),
        (("--all",), "groq/openai/gpt-oss-120b", "nothing"),
        (("BARE", "metal"), "own/bare", "openai/gpt-4o"),
        (("--capability", "vision"), "openai/gpt-4o", "own/bare"),
        (("--capability", "tools", "--capability", "vision"), "openai/gpt-4o", "own/bare"),
        (("--all", "--provider", "Groq"), "groq/openai/gpt-oss-120b", "openai/gpt-4o"),
        (("--all", "--provider", "Google AI Studio"), "google-ai-studio/gemini-2.5-flash", "openai/gpt-4o"),
    ],
)
def test_models_are_filtered(tmp_path: Path, arguments: tuple[str, ...], found: str, not_found: str) -> None:
    status, output, _ = run(tmp_path, "models", *arguments)

    assert status == 0
    assert found in first_column(output)
    assert not_found not in first_column(output)


def test_no_model_fits(tmp_path: Path) -> None:
    status, output, log = run(tmp_path, "models", "no-such-model")

    assert (status, output) == (1, "")
    assert log.startswith("pointsman: no model fits; --all")


def test_models_as_json(tmp_path: Path) -> None:
    status, output, _ = run(tmp_path, "models", "--json", "--provider", "own")

    assert status == 0
    bare, slashed = json.loads(output)
    assert (bare["id"], bare["pricing"]["prompt"]) == ("own/bare", "0.0000003")
    assert "pricing" not in slashed


def test_providers(tmp_path: Path) -> None:
    status, output, log = run(tmp_path, "providers")

    assert (status, log) == (0, "")
    rows = [line.split("\t") for line in output.splitlines()]
    assert [row[0] for row in rows] == ["PROVIDER", "openai", "own"]
    assert rows[2] == ["own", "own", "openai", "2", "yes", "http://127.0.0.1:9/v1"]
    assert "sk-nobody-asks" not in output


def test_all_providers_with_what_turns_them_on(tmp_path: Path) -> None:
    _, output, _ = run(tmp_path, "providers", "--all", "--json")

    listed = {each["slug"]: each for each in json.loads(output)}
    assert listed["anthropic"]["on"] is False
    assert "ANTHROPIC_API_KEY" in listed["anthropic"]["key_variables"]
    assert listed["openai"]["on"] is True
    assert listed["ollama"]["key_variables"] == []


def test_a_faulty_configuration_is_told(tmp_path: Path) -> None:
    status, output, log = run(tmp_path, "models", config="[providers.x]\nbase_url = 'http://h'\n")

    assert (status, output) == (2, "")
    assert log.startswith("pointsman: ")
    assert "providers.x.dialect: is required" in log
    assert "Traceback" not in log


def test_a_reader_who_goes_away_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m service.cli models --all --json | head -1"
    root = Path(__file__).parent.parent
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'gen'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("[\n", "")


HEADS = ("MODEL", "IN", "CAN")
ROWS = (("a/" + "m" * 30, "0.1", "tools vision reasoning"), ("b", "12.25", ""))


@pytest.mark.parametrize("width", [30, 40, 50, 62, 200])
def test_a_table_fits_its_terminal(width: int) -> None:
    lines = aligned(HEADS, ROWS, right=("IN",), width=width)

    assert max(map(len, lines)) <= max(width, 12 + 2 + 5 + 2 + 12)
    assert len({line.index("IN") + 2 for line in lines[:1]} | {lines[2].index("12.25") + 5}) == 1
    assert ("…" in "".join(lines)) is (width < 63)


@pytest.mark.parametrize(
    ("count", "printed"),
    [(None, "-"), (0, "0"), (999, "999"), (8_192, "8.19k"), (128_000, "128k"), (1_048_576, "1.05M")],
)
def test_counts_of_tokens(count: int | None, printed: str) -> None:
    assert tokens(count) == printed


@pytest.mark.parametrize(
    ("value", "written", "printed"),
    [
        (None, milliseconds, "-"),
        (0.4, milliseconds, "0ms"),
        (319.6, milliseconds, "320ms"),
        (999.7, milliseconds, "1.00s"),
        (12_345, milliseconds, "12.35s"),
        (None, speed, "-"),
        (7.456, speed, "7.46"),
        (120.0, speed, "120"),
        (1_234.5, speed, "1230"),
        (None, dollars, "-"),
        (0, dollars, "0"),
        (3.5e-7, dollars, "0.00000035"),
        (1.25, dollars, "1.25"),
        (None, percentage, "-"),
        (0.0, percentage, "0%"),
        (0.0251, percentage, "2.51%"),
        (1.0, percentage, "100%"),
    ],
)
def test_numbers_in_few_characters(
    value: float | None, written: Callable[[float | None], str], printed: str
) -> None:
    assert written(value) == printed
