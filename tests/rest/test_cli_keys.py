"""`pointsman keys` against the running server: a key opens what it permits, until it is revoked."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rest.command_line import run_command
from tests.rest.scene import MESSAGES, PATH
from tests.running import Pointsman, eventually, running

CONFIG = """
[server]
workers = 2

[providers.demo]
"""


@pytest.fixture(scope="module")
def keeping() -> Iterator[Pointsman]:
    with running(CONFIG) as pointsman:
        yield pointsman


def keys(
    pointsman: Pointsman, folder: Path, *arguments: str, **changed: str
) -> "subprocess.CompletedProcess[str]":
    return run_command(pointsman, folder, "keys", *arguments, **changed)


def make(pointsman: Pointsman, folder: Path, name: str, *arguments: str) -> str:
    done = keys(pointsman, folder, "create", name, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


def listed(pointsman: Pointsman, folder: Path, name: str) -> dict[str, Any]:
    done = keys(pointsman, folder, "list", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = (each for each in json.loads(done.stdout) if each["name"] == name)
    return dict(found)


def statuses(pointsman: Pointsman, key: str, path: str = PATH) -> set[int]:
    """Asks often enough to reach every worker."""
    headers = {"authorization": f"Bearer {key}"}
    body = {"model": "demo/fast", "messages": MESSAGES} if path == PATH else None
    found = set()
    for _ in range(8):
        method = "POST" if body else "GET"
        answer = httpx.request(method, pointsman.url + path, json=body, headers=headers, trust_env=False)
        found.add(answer.status_code)
    return found


def test_a_key_works_at_once_and_is_revoked(keeping: Pointsman, tmp_path: Path) -> None:
    done = keys(keeping, tmp_path, "create", "app")
    secret = done.stdout.removesuffix("\n")

    assert done.returncode == 0, done.stderr
    assert secret == secret.strip()
    assert secret not in done.stderr
    assert statuses(keeping, secret) == {200}
    assert secret not in keeping.log
    key = listed(keeping, tmp_path, "app")
    assert key["permissions"] == ["chat"]
    assert secret not in json.dumps(key)

    assert keys(keeping, tmp_path, "revoke", key["id"]).returncode == 0
    eventually(lambda: statuses(keeping, secret) == {401})
    row = next(
        line for line in keys(keeping, tmp_path, "list").stdout.splitlines() if line.startswith(key["id"])
    )
    assert row.endswith("\trevoked")


@pytest.mark.parametrize(
    ("permission", "chat", "routers", "keyring", "models"),
    [
        ("chat", 200, 403, 403, 200),
        ("routers.read", 403, 200, 403, 200),
        ("routers.write", 403, 200, 403, 200),
        ("admin", 200, 200, 200, 200),
    ],
)
def test_what_a_key_permits(  # noqa: PLR0917 - fixtures and a table's columns
    keeping: Pointsman, tmp_path: Path, permission: str, chat: int, routers: int, keyring: int, models: int
) -> None:
    secret = make(keeping, tmp_path, f"may-{permission}", "--permission", permission)

    found = [
        statuses(keeping, secret, path)
        for path in (PATH, "/router/v1/routers", "/router/v1/keys", "/v1/models")
    ]
    assert found == [{chat}, {routers}, {keyring}, {models}]


@pytest.mark.parametrize(
    ("path", "missing"),
    [(PATH, "chat"), ("/api" + PATH, "chat"), ("/router/v1/keys", "admin")],
)
def test_a_refusal_names_what_is_missing_in_the_shape_of_the_path(
    keeping: Pointsman, tmp_path: Path, path: str, missing: str
) -> None:
    secret = make(keeping, tmp_path, f"reader-{path.count('/')}-{missing}", "--permission", "routers.read")
    body = {"model": "demo/fast", "messages": MESSAGES, "name": "x", "permissions": ["chat"]}

    answer = httpx.post(
        keeping.url + path, json=body, headers={"authorization": f"Bearer {secret}"}, trust_env=False
    )

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    message = told["error"]["message"] if "error" in told else told["message"]
    assert f"{missing} is needed" in message


def test_a_key_that_expires(keeping: Pointsman, tmp_path: Path) -> None:
    secret = make(keeping, tmp_path, "brief", "--expires", "2s")

    assert 200 in statuses(keeping, secret, "/v1/models")
    eventually(lambda: statuses(keeping, secret, "/v1/models") == {401})


def test_keys_outlive_the_server(tmp_path: Path) -> None:
    data = {"POINTSMAN_DATA_DIR": str(tmp_path / "data")}
    with running(CONFIG, data) as pointsman:
        secret = make(pointsman, tmp_path, "lasting")
    with running(CONFIG, data) as pointsman:
        assert statuses(pointsman, secret) == {200}


@pytest.mark.parametrize(
    ("arguments", "changed", "told"),
    [
        (("list",), {"POINTSMAN_PORT": "9"}, "nothing listens on 127.0.0.1:9"),
        (("list",), {"POINTSMAN_API_KEY": "wrong"}, "does not know this key"),
        (("revoke", "none"), {}, "none"),
        (("create", "x" * 200), {}, "name"),
    ],
)
def test_a_failure_is_one_line(
    keeping: Pointsman, tmp_path: Path, arguments: tuple[str, ...], changed: dict[str, str], told: str
) -> None:
    done = keys(keeping, tmp_path, *arguments, **changed)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("pointsman: ")
    assert told in done.stderr
