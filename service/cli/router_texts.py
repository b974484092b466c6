"""The texts of routers that the command line names: a file, a folder of files, or the standard input."""

import sys
from pathlib import Path

from service.files.router_files import ENDINGS, RouterFilesError, Text, text_of, texts_of
from service.files.router_text import MAX_BYTES

_STDIN = "-"
_STDIN_NAME = "standard input"


def texts(name: str) -> list[Text]:
    """What stands under a name. Raises `RouterFilesError`."""
    if name == _STDIN:
        return [Text(_STDIN_NAME, sys.stdin.buffer.read(MAX_BYTES + 1))]
    path = Path(name)
    if not path.is_dir():
        return [text_of(path, name)]
    try:
        found = texts_of(path)
    except RouterFilesError as error:
        raise RouterFilesError([f"{name}: {fault}" for fault in error.faults]) from None
    if not found:
        raise RouterFilesError([f"{name}: holds no file that ends in {', '.join(ENDINGS)}"])
    return [text._replace(name=str(path / text.name)) for text in found]
