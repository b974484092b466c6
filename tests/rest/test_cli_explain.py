"""`pointsman explain` against the running server: for people, for programs, and failures in one line."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.cli.explain import _reasons
from tests.rest.command_line import run_command
from tests.rest.test_explain import CONFIG, HI, TOOLS
from tests.running import Pointsman, running
from tests.upstreams.fake_vendor import FakeVendor

SORTED = ("--sort", "price")


@pytest.fixture(scope="module")
def explaining(vendor: FakeVendor) -> Iterator[Pointsman]:
    with running(CONFIG.format(base_url=vendor.base_url)) as pointsman:
        yield pointsman


def explain(
    pointsman: Pointsman, folder: Path, *arguments: str, stdin: str = "", **changed: str
) -> "subprocess.CompletedProcess[str]":
    return run_command(pointsman, folder, "explain", *arguments, stdin=stdin, **changed)


def table(output: str) -> list[list[str]]:
    return [line.split("\t") for line in output.splitlines() if "\t" in line]


def test_for_people(explaining: Pointsman, tmp_path: Path) -> None:
    done = explain(explaining, tmp_path, "--model", "hello", *SORTED, "What", "is", "it?")

    assert (done.returncode, done.stderr) == (0, "")
    sentence, costs, empty, *rest = done.stdout.splitlines()
    assert sentence == "Selected 'far/hello' for 'hello', sorted by lowest price."
    assert costs.startswith("Costs are reckoned with ")
    assert (empty, len(rest)) == ("", 3)
    heads, first, second = table(done.stdout)
    assert heads == ["#", "MODEL", "STANDING", "COST $", "TTFT", "TOK/S", "ERRORS", "CALLS"]
    assert (first[:3], second[:3]) == (["1", "far/hello", "well"], ["2", "near/hello", "well"])
    assert first[3].startswith("0.000")


def test_without_anything_auto_is_explained(explaining: Pointsman, tmp_path: Path) -> None:
    done = explain(explaining, tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("Auto-selected 'far/hello', from all models")


def test_a_pool(explaining: Pointsman, tmp_path: Path) -> None:
    done = explain(explaining, tmp_path, "--models", "near/hello", "--models", "near/unpriced", *SORTED)

    assert done.stdout.startswith("Auto-selected 'near/hello', from specified models, sorted by lowest price")
    assert [row[1] for row in table(done.stdout)[1:]] == ["near/hello", "near/unpriced"]


def test_a_lot_shows_its_chances(explaining: Pointsman, tmp_path: Path) -> None:
    done = explain(explaining, tmp_path, "--model", "hello", "--flavour", "openrouter")

    heads, *rows = table(done.stdout)
    assert heads[4] == "FIRST"
    assert all(row[4].endswith("%") for row in rows)


REQUEST = {"model": "hello", "messages": HI, "tools": TOOLS}


@pytest.mark.parametrize("piped", [True, False], ids=["standard input", "file"])
def test_a_request_of_a_file(explaining: Pointsman, tmp_path: Path, piped: bool) -> None:
    (tmp_path / "request.json").write_text(json.dumps(REQUEST), "utf-8")

    name, stdin = ("-", json.dumps(REQUEST)) if piped else ("request.json", "")
    done = explain(explaining, tmp_path, "--file", name, stdin=stdin)

    assert [row[1] for row in table(done.stdout)[1:]] == ["far/hello"]
    assert done.stdout.endswith("Left out:\n  tools: tools is not supported by 'near/hello'\n")


def test_the_command_line_replaces_members_of_the_file(explaining: Pointsman, tmp_path: Path) -> None:
    done = explain(
        explaining, tmp_path, "--file", "-", "--model", "far/hello", "--json", stdin=json.dumps(REQUEST)
    )

    told = json.loads(done.stdout)
    assert (told["requested"], told["reading"]) == ("far/hello", "pinned")


def test_nobody_can_serve(explaining: Pointsman, tmp_path: Path) -> None:
    request = REQUEST | {"provider": {"only": ["near"]}}

    done = explain(explaining, tmp_path, "--file", "-", stdin=json.dumps(request))

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("No endpoint is left")
    assert "tools: tools is not supported by 'near/hello'" in done.stdout
    assert "allowed_providers (provider.only): 'far/hello' is none of the allowed providers" in done.stdout
    assert not table(done.stdout)


ROUTER = """
name: desk
routes:
  - condition: {cel_expression: 'seats > 10 && user == "u-1"'}
    route: {route_id: large, variants: [{variant: {variant_id: a, model_id: far/hello}, weight: 100}]}
default_route:
  route_id: others
  variants:
    - variant:
        variant_id: b
        model_id: near/hello
        message_templates: [{role: system, content: 'Of {{brand}}.'}]
      weight: 100
"""


@pytest.mark.parametrize("piped", [True, False], ids=["standard input", "file"])
def test_a_router_of_a_file(explaining: Pointsman, tmp_path: Path, piped: bool) -> None:
    (tmp_path / "desk.yaml").write_text(ROUTER, "utf-8")
    given = ("--router", "-" if piped else "desk.yaml")
    stdin = ROUTER if piped else ""

    large = explain(
        explaining, tmp_path, *given, "--metadata", "seats=11", "--user", "u-1", "Hi!", stdin=stdin
    )
    others = explain(
        explaining, tmp_path, *given, "--metadata", "seats=5", "--var", "brand=5", "Hi!", stdin=stdin
    )

    assert (large.returncode, large.stderr) == (0, "")
    assert large.stdout.startswith("By router 'desk', route 'large', variant 'a'.\nUsing ")
    assert (others.returncode, others.stderr) == (0, "")
    way, prompt, not_taken, why, *_ = others.stdout.splitlines()
    assert way == "By router 'desk', route 'others', variant 'b'."
    assert (prompt, not_taken) == ("Prompt: system.", "Routes not taken:")
    assert why.startswith("  large: ")


def test_routers_that_are_none(explaining: Pointsman, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(ROUTER.replace("weight: 100", "weight: 99"), "utf-8")
    (tmp_path / "two.yaml").write_text(f"{ROUTER}---\n{ROUTER.replace('desk', 'desk-2')}", "utf-8")

    bad = explain(explaining, tmp_path, "--router", "bad.yaml")
    two = explain(explaining, tmp_path, "--router", "two.yaml")
    both = explain(explaining, tmp_path, "--router", "-", "--file", "-")

    assert [each.returncode for each in (bad, two, both)] == [1, 1, 1]
    assert bad.stderr.count("pointsman: bad.yaml: ") == bad.stderr.count("\n") == 2
    assert two.stderr == "pointsman: two.yaml holds 2 routers, and one can be asked\n"
    assert both.stderr == "pointsman: --file and --router cannot both be the standard input\n"


@pytest.mark.parametrize(
    ("arguments", "changed", "stdin", "told"),
    [
        ((), {"POINTSMAN_PORT": "9"}, "", "nothing listens on 127.0.0.1:9"),
        ((), {"POINTSMAN_API_KEY": "wrong"}, "", "does not know this key"),
        ((), {"POINTSMAN_API_KEY": ""}, "", "no key: set POINTSMAN_API_KEY"),
        (("--model", "nowhere"), {}, "", "nowhere"),
        (("--sort", "cheapest"), {}, "", "cheapest"),
        (("--file", "absent.json"), {}, "", "absent.json cannot be read: No such file"),
        (("--file", "-"), {}, "{", "- holds no JSON: "),
        (("--file", "-"), {}, "[1]", "- holds no JSON object"),
        (("--file", "-"), {}, "{}", "messages"),
    ],
    ids=str,
)
def test_a_failure_is_one_line(  # noqa: PLR0917 - fixtures and a table's columns
    explaining: Pointsman,
    tmp_path: Path,
    arguments: tuple[str, ...],
    changed: dict[str, str],
    stdin: str,
    told: str,
) -> None:
    done = explain(explaining, tmp_path, *arguments, stdin=stdin, **changed)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pointsman: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_no_pointsman_is_told(tmp_path: Path, explaining: Pointsman, vendor: FakeVendor) -> None:
    done = explain(explaining, tmp_path, POINTSMAN_PORT=str(vendor.port))

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def _left_out(model: str, rule: str, field: str) -> dict[str, Any]:
    return {"model": model, "rule": rule, "field": field, "reason": f"'{model}' cannot"}


def test_long_lists_of_reasons_are_shortened() -> None:
    many = [_left_out(f"acme/m{number}", "tools", "tools") for number in range(12)]

    lines = _reasons([*many, _left_out("acme/x", "max_price", "provider.max_price.prompt")])

    assert lines == [
        "tools: 12 models, for one: 'acme/m0' cannot",
        "  acme/m0, acme/m1, acme/m2, acme/m3, acme/m4, acme/m5, acme/m6, acme/m7 and 4 more",
        "max_price (provider.max_price.prompt): 'acme/x' cannot",
    ]
