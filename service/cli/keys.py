"""`pointsman keys`: makes, lists and revokes the keys of the running server."""

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from service.cli import table
from service.cli.server import AskError, Server, key_of
from service.settings import Settings

_PATH = "/router/v1/keys"
_HEADS = ("ID", "NAME", "PERMISSIONS", "CREATED", "EXPIRES", "STATE")
_NEVER = "never"


def create(settings: Settings, options: argparse.Namespace) -> int:
    """Makes a key; its secret alone goes to the standard output."""
    body = {"name": options.name, "permissions": options.permission or ["chat"], **(options.expires or {})}
    made = _asked(settings, "POST", _PATH, body)
    if made is None:
        return 1
    if not isinstance(made.get("secret"), str):
        return _fail("the server gave no secret; is it a Pointsman of this version?")
    sys.stderr.write(f"Key {made.get('id')} ({options.name}) permits {', '.join(_permissions(made))}")
    sys.stderr.write(f" until {made['expire_time']}.\n" if made.get("expire_time") else ".\n")
    sys.stderr.write("Keep it: it is shown this once.\n")
    sys.stdout.write(made["secret"] + "\n")
    return 0


def list_all(settings: Settings, options: argparse.Namespace) -> int:
    """Lists all keys, the revoked and expired ones too."""
    told = _asked(settings, "GET", _PATH)
    if told is None:
        return 1
    listed = told.get("keys")
    if not isinstance(listed, list):
        return _fail("what was asked lists no keys; is it a Pointsman of this version?")
    if options.json:
        sys.stdout.write(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")
    else:
        table.write(_HEADS, [_row(each) for each in listed])
    return 0


def revoke(settings: Settings, options: argparse.Namespace) -> int:
    """Revokes a key, for ever."""
    if _asked(settings, "DELETE", f"{_PATH}/{quote(options.id, safe='')}") is None:
        return 1
    sys.stderr.write(f"Key {options.id} is revoked.\n")
    return 0


def _asked(
    settings: Settings, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    try:
        return Server(settings.server, key_of(settings)).call(method, path, body)
    except AskError as error:
        _fail(str(error))
        return None


def _fail(why: str) -> int:
    sys.stderr.write(f"pointsman: {why}\n")
    return 1


def _permissions(key: dict[str, Any]) -> list[str]:
    return [str(each) for each in key.get("permissions") or ()]


def _row(key: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(key.get("id")),
        str(key.get("name")),
        " ".join(_permissions(key)),
        str(key.get("create_time") or ""),
        str(key.get("expire_time") or _NEVER),
        _state(key),
    )


def _state(key: dict[str, Any]) -> str:
    if key.get("revoke_time"):
        return "revoked"
    try:
        until = datetime.fromisoformat(key["expire_time"]) if key.get("expire_time") else None
    except (TypeError, ValueError):
        until = None
    return "expired" if until and until <= datetime.now(UTC) else "works"
