"""`pointsman routers`: the saved routers of the running server, and files of them."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from service.cli import router_printing, table
from service.cli.router_texts import texts
from service.cli.saved_routers import Saved, SavedRouters
from service.cli.server import AskError, Server, key_of
from service.files.router_files import Found, RouterFilesError, read
from service.settings import Settings

_HEADS = ("NAME", "DISPLAY NAME", "ROUTES", "DEFAULT", "SOURCE", "UPDATED")
_STDOUT = "-"
_DIFFERENT = 3  # 1 is a failure, 2 a wrong command line


class _Step(NamedTuple):
    """A router of a file, and the one of its name that the server has."""

    found: Found
    saved: Saved | None

    @property
    def is_needed(self) -> bool:
        return self.saved is None or not router_printing.is_same(self.saved.router, self.found.router)

    @property
    def place(self) -> str:
        return f"{self.found.file}: router '{self.found.router.name}'"


def list_all(settings: Settings, options: argparse.Namespace) -> int:
    """Lists the routers."""

    def run(routers: SavedRouters) -> int:
        listed = routers.listed()
        if options.json:
            sys.stdout.write(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")
            return 0
        rows = [
            (
                str(each.get("name")),
                str(each.get("displayName") or ""),
                str(len(each.get("routes") or ())),
                "yes" if each.get("defaultRoute") else "no",
                str(each.get("source")),
                str(each.get("updateTime") or ""),
            )
            for each in listed
        ]
        table.write(_HEADS, rows, right=("ROUTES",))
        return 0

    return _asking(settings, run)


def apply(settings: Settings, options: argparse.Namespace) -> int:
    """Makes the server have the routers of the files; what is the same already is not written."""

    def run(routers: SavedRouters) -> int:
        steps = _steps(routers, options.file)
        if options.dry_run:
            _write_differences(steps)
            return 0
        held = [each for each in steps if each.is_needed and each.saved and each.saved.is_file]
        for each in held:
            _tell(f"{each.place}: the server reads it from a file of its own, and it cannot be written")
        return 1 if held else max([0, *(_applied(routers, each) for each in steps)])

    return _asking(settings, run)


def diff(settings: Settings, options: argparse.Namespace) -> int:
    """Shows how the server's routers differ from those of the files; gives 3 if they do."""
    return _asking(
        settings,
        lambda routers: _DIFFERENT if _write_differences(_steps(routers, options.file)) else 0,
    )


def export(settings: Settings, options: argparse.Namespace) -> int:
    """Writes routers as `apply` takes them; those of files only if they are named.

    A file is replaced as a whole, and left as it is when there is nothing to write (which gives 1).
    """

    def run(routers: SavedRouters) -> int:
        if options.name:
            found = [_existing(routers, name) for name in options.name]
        else:
            found = [each for each in routers.all() if not each.is_file]
        given = [each.router for each in found]
        to_file = options.file not in {None, _STDOUT}
        if not given:
            _tell("no router is saved" + (f", and {options.file} is not written" if to_file else ""))
        text = router_printing.as_json(given) if options.json else router_printing.as_yaml(given)
        if not to_file:
            sys.stdout.write(text)
        elif given:
            _replace(Path(options.file), text)
        return 1 if to_file and not given else 0

    return _asking(settings, run)


def delete(settings: Settings, options: argparse.Namespace) -> int:
    """Deletes routers; gives 1 if one of them could not be deleted."""

    def run(routers: SavedRouters) -> int:
        status = 0
        for name in options.name:
            try:
                routers.delete(name)
                sys.stdout.write(f"deleted {name}\n")
            except AskError as error:
                status = _refused(f"router '{name}'", error)
        return status

    return _asking(settings, run)


def _asking(settings: Settings, run: Callable[[SavedRouters], int]) -> int:
    """Runs a command against the server; a failure is told, and is 1."""
    try:
        return run(SavedRouters(Server(settings.server, key_of(settings))))
    except RouterFilesError as error:
        for fault in error.faults:
            _tell(fault)
    except AskError as error:
        _tell(str(error))
    return 1


def _steps(routers: SavedRouters, names: Sequence[str]) -> list[_Step]:
    """The routers of all files, checked before anything is asked."""
    found = read(text for name in names for text in texts(name))
    return [_Step(each, routers.get(each.router.name)) for each in found]


def _applied(routers: SavedRouters, step: _Step) -> int:
    router = step.found.router
    if not step.is_needed:
        sys.stdout.write(f"unchanged {router.name}\n")
        return 0
    try:
        warnings = routers.replace(router, step.saved.etag) if step.saved else routers.create(router)
    except AskError as error:
        return _refused(step.place, error)
    sys.stdout.write(f"{'updated' if step.saved else 'created'} {router.name}\n")
    for warning in warnings:
        _tell(f"{step.place}: warning: {warning}")
    return 0


def _write_differences(steps: Sequence[_Step]) -> bool:
    """Whether there is any."""
    told = [
        router_printing.difference(
            each.saved.router if each.saved else None,
            each.found.router,
            f"server/{each.found.router.name}",
            f"{each.found.file}/{each.found.router.name}",
        )
        for each in steps
    ]
    sys.stdout.write("".join(told))
    return any(told)


def _replace(path: Path, text: str) -> None:
    """Writes a file: all of it, or none. Raises `AskError`."""
    try:
        if path.exists() and not path.is_file():  # a terminal or a pipe cannot be replaced
            path.write_text(text, "utf-8")
            return
        target = path.resolve()
        whole = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            whole.write_text(text, "utf-8")
            if target.exists():
                shutil.copymode(target, whole)
            whole.replace(target)
        finally:
            whole.unlink(missing_ok=True)
    except OSError as error:
        raise AskError(f"{path} cannot be written: {error.strerror}") from None


def _existing(routers: SavedRouters, name: str) -> Saved:
    found = routers.get(name)
    if found is None:
        raise AskError(f"there is no router '{name}'")
    return found


def _refused(place: str, error: AskError) -> int:
    """Tells every fault that the server has found. Without any answer there is no use in going on."""
    if error.status is None:
        raise error
    for fault in error.faults or (str(error),):
        _tell(f"{place}: {fault}")
    return 1


def _tell(line: str) -> None:
    sys.stderr.write(f"pointsman: {line}\n")
