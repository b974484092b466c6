"""Data flows down, and imports point down only: the floors of ARCHITECTURE.md, read from the source."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
SERVICE = ROOT / "service"

# Top floor first. A module may import its own floor and those below.
FLOORS = (
    ("cli", "supervisor", "worker", "stored"),
    ("edge",),
    ("admission",),
    ("files",),
    ("routing",),
    ("experiments",),
    ("dispatch",),
    ("health",),
    ("dialects",),
    ("providers",),
    ("upstream",),
    ("catalog",),
    ("store",),
    ("telemetry",),
    ("settings",),
    ("types", "errors"),
)
HEIGHT = {name: len(FLOORS) - place for place, names in enumerate(FLOORS) for name in names}

GRPC = {"grpc", "grpc_health", "grpc_reflection", "google", "pointsman"}
GRPC_ROOMS = ("edge", "admission.interceptor", "worker", "stored")
IO = {
    *("asyncio", "aiohttp", "anyio", "grpc", "http", "httpx", "os", "pathlib", "random", "select", "shutil"),
    *("signal", "socket", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uvloop"),
}
PURE_FLOORS = ("routing", "experiments", "health", "dialects", "types", "errors")
PURE_ROOMS = (
    "upstream.event_stream",
    "upstream.sse",
    "upstream.demo",
    "upstream.demo.answers",
    "upstream.demo.samples",
)


class Import(NamedTuple):
    """One import: the module it stands in, the module it names, both without `service.`, and the line."""

    room: str
    target: str
    ours: bool
    where: str


def rooms() -> dict[str, Path]:
    """Every module of the service by its dotted name below `service`."""
    found = {}
    for path in sorted(SERVICE.rglob("*.py")):
        parts = path.relative_to(SERVICE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    del found[""]
    return found


ROOMS = rooms()


def imports() -> Iterator[Import]:
    for room, path in ROOMS.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            for name in _named(node):
                ours = name.split(".")[0] == "service"
                yield Import(room, name.removeprefix("service.") if ours else name, ours, where)


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, "relative imports hide the arrow"
        assert node.module
        # `from service.x import y` may name a module or something inside one.
        for alias in node.names:
            deeper = f"{node.module}.{alias.name}"
            yield deeper if deeper.removeprefix("service.") in ROOMS else node.module


IMPORTS = list(imports())


def floor(room: str) -> str:
    return room.partition(".")[0]


def found(faults: list[Import]) -> list[str]:
    return [f"{fault.where} imports {fault.target}" for fault in faults]


def test_every_module_stands_on_a_floor() -> None:
    assert {floor(room) for room in ROOMS} <= set(HEIGHT)


def test_the_scan_sees_the_imports() -> None:
    arrows = {(floor(each.room), floor(each.target)) for each in IMPORTS if each.ours}

    assert {("worker", "edge"), ("edge", "dispatch"), ("dispatch", "upstream")} <= arrows


def test_imports_point_down() -> None:
    up = [
        each
        for each in IMPORTS
        if each.ours and each.target != "service" and HEIGHT[floor(each.target)] > HEIGHT[floor(each.room)]
    ]

    assert not found(up)


def test_only_the_doors_know_grpc() -> None:
    below = [
        each
        for each in IMPORTS
        if each.target.split(".")[0] in GRPC
        and each.target != "pointsman"  # the folder of the descriptor set, no stub
        and not each.ours
        and not any(each.room == room or each.room.startswith(f"{room}.") for room in GRPC_ROOMS)
    ]

    assert not found(below)


def test_pure_modules_import_no_io() -> None:
    impure = [
        each
        for each in IMPORTS
        if (floor(each.room) in PURE_FLOORS or each.room in PURE_ROOMS)
        and not each.ours
        and each.target.split(".")[0] in IO
    ]

    assert not found(impure)


@pytest.mark.parametrize("start", PURE_FLOORS)
def test_pure_modules_import_no_io_by_way_of_others(start: str) -> None:
    arrows: dict[str, set[str]] = {}
    for each in IMPORTS:
        arrows.setdefault(each.room, set()).add(each.target if each.ours else f"!{each.target}")
    seen, waiting = set(), [room for room in ROOMS if floor(room) == start]
    while waiting:
        room = waiting.pop()
        if room not in seen:
            seen.add(room)
            waiting += arrows.get(room, ())

    assert not {name for name in seen if name.startswith("!") and name[1:].split(".")[0] in IO}


def test_only_upstream_imports_httpx() -> None:
    clients = {"httpx", "httpx_aiohttp", "aiohttp"}
    others = [
        each for each in IMPORTS if each.target.split(".")[0] in clients and floor(each.room) != "upstream"
    ]

    assert not found(others)


def test_only_settings_reads_the_environment() -> None:
    readers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room, path in ROOMS.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if room != "settings"
        and isinstance(node, (ast.Attribute, ast.ImportFrom))
        and _reads_environment(node)
    ]

    assert not readers


def _reads_environment(node: ast.Attribute | ast.ImportFrom) -> bool:
    names = {"environ", "environb", "getenv"}
    if isinstance(node, ast.Attribute):
        return node.attr in names and isinstance(node.value, ast.Name) and node.value.id == "os"
    return any(alias.name in names for alias in node.names)


def test_no_provider_is_asked_for_by_name_outside_the_registry() -> None:
    from service.providers.rows import ROWS

    comparisons = [
        f"{path.relative_to(ROOT)}:{side.lineno}"
        for room, path in ROOMS.items()
        if floor(room) not in ("providers", "dialects")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for side in _compared(node)
        if isinstance(side, ast.Constant) and side.value in ROWS
    ]

    assert not comparisons


def _compared(node: ast.AST) -> list[ast.expr]:
    """What a comparison or a case compares with, members of tuples and sets included."""
    if isinstance(node, ast.MatchValue):
        return [node.value]
    if not isinstance(node, ast.Compare):
        return []
    sides = [node.left, *node.comparators]
    inside = [
        each for side in sides if isinstance(side, (ast.Tuple, ast.Set, ast.List)) for each in side.elts
    ]
    return [*sides, *inside]
