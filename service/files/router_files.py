"""Files of routers, one or a folder of them: read, checked, and every fault of all of them told at once."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from service.errors import InvalidRequest
from service.files.router_text import MAX_BYTES, Document, documents
from service.files.yaml_text import TextError
from service.routing.saved import compiled
from service.settings import Settings, SettingsError
from service.types.saved_router import SavedRouter

ENDINGS = (".yaml", ".yml", ".json")


class Text(NamedTuple):
    """What a file holds, under the name by which people know it; `fault` is why it cannot be read."""

    name: str
    data: bytes
    fault: str | None = None


class Found(NamedTuple):
    """A router, and the file it stands in."""

    file: str
    router: SavedRouter


class RouterFilesError(Exception):
    """Files of routers cannot be used; `faults` is a line for each fault, which names its file and place."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class RouterFiles(NamedTuple):
    """The files of a folder as they were read, and the routers that they hold, by name."""

    texts: list[Text]
    routers: dict[str, SavedRouter]


def load_router_files(settings: Settings) -> dict[str, SavedRouter]:
    """The routers of the folder in the settings, by name. Raises `SettingsError` naming every fault."""
    return router_files(settings).routers


def router_files(settings: Settings) -> RouterFiles:
    """What is in the folder of the settings, if they name one. Raises `SettingsError` naming every fault."""
    folder = settings.routers.folder
    if folder is None:
        return RouterFiles([], {})
    try:
        texts = texts_of(Path(folder))
        return RouterFiles(texts, {each.router.name: each.router for each in read(texts)})
    except RouterFilesError as error:
        faults = "".join(f"\n  {fault}" for fault in error.faults)
        raise SettingsError(f"[routers] {folder}: cannot be used:{faults}") from None


def texts_of(folder: Path) -> list[Text]:
    """The files of routers in a folder, by name; hidden ones and those in folders below are left out.

    Raises `RouterFilesError` when the folder cannot be read.
    """
    try:
        # A link is followed once: it may lead elsewhere before all is read.
        paths = sorted(path for path in folder.resolve(strict=True).iterdir() if _is_router_file(path))
    except OSError as error:
        raise RouterFilesError([f"the folder cannot be read: {error.strerror}"]) from None
    except (ValueError, RuntimeError) as error:  # a name that no file can have, links in a circle
        raise RouterFilesError([f"the folder cannot be read: {error}"]) from None
    return [text_of(path, path.name) for path in paths]


def text_of(path: Path, name: str) -> Text:
    """What a file holds, as far as a file may be long."""
    try:
        with path.open("rb") as file:
            return Text(name, file.read(MAX_BYTES + 1))
    except OSError as error:
        return Text(name, b"", f"cannot be read: {error.strerror}")


def read(texts: Iterable[Text]) -> list[Found]:
    """The routers of files, in their order. Raises `RouterFilesError`."""
    found: list[Found] = []
    faults: list[str] = []
    for text in texts:
        if text.fault is not None:
            faults.append(f"{text.name}: {text.fault}")
            continue
        try:
            written = documents(text.data, text.name)
        except TextError as error:
            faults.append(f"{text.name}: {error}")
            continue
        for each in written:
            try:
                found.append(Found(text.name, _router(each)))
            except InvalidRequest as error:
                faults += _told(text.name, each.place, error)
    faults += _given_twice(found)
    if faults:
        raise RouterFilesError(faults)
    return found


def _is_router_file(path: Path) -> bool:
    if path.suffix.lower() not in ENDINGS or path.name.startswith("."):
        return False
    return path.is_file() or not path.exists()  # a link that leads nowhere is told


def _router(written: Document) -> SavedRouter:
    return compiled.checked(written.data).router


def _told(name: str, place: str, error: InvalidRequest) -> list[str]:
    where = f"{name}: {place}: " if place else f"{name}: "
    return [
        where + (f"{each.field}: {each.description}" if each.field else each.description)
        for each in error.violations
    ]


def _given_twice(found: Iterable[Found]) -> list[str]:
    first: dict[str, str] = {}
    faults = []
    for each in found:
        name = each.router.name
        if name in first:
            files = each.file if first[name] == each.file else f"{first[name]} and {each.file}"
            faults.append(f"{files}: router '{name}' is given twice")
        first.setdefault(name, each.file)
    return faults
