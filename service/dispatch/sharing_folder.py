"""The channel between the workers of one machine: a folder in which each has files of its own.

A file is a row of batches, each with its length before it (4 bytes, big-endian). Only its worker appends to
it; the others remember how far they have read, and leave a batch that is not whole yet for the next time.
Files are followed by new ones before they grow large, and removed when nothing in them matters any more, by
whoever sees it first: so those of workers that have died go too.
"""

import asyncio
import contextlib
import os
import stat
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeVar

from service.dispatch.sharing import ChannelFailed, Given
from service.health.slices import WINDOW_SECONDS

_LARGE_BYTES = 1024 * 1024
_PREFIX_BYTES = 4
_SUFFIX = ".batches"
_Result = TypeVar("_Result")


class FolderChannel:
    """See `Channel`. The folder is made when it is not there; it must be this user's alone.

    `large_bytes` is the size from which a new file is begun, `window_seconds` how long what is told matters.
    """

    def __init__(
        self, folder: Path, *, large_bytes: int = _LARGE_BYTES, window_seconds: float = WINDOW_SECONDS
    ) -> None:
        self.name = f"folder {folder}"
        self._folder = folder
        self._large_bytes = large_bytes
        self._window_seconds = window_seconds
        self._own = f"{os.getpid()}-{uuid.uuid4().hex}-"
        self._number = 0
        self._file: BinaryIO | None = None
        self._read_up_to: dict[str, int] = {}
        # Not the threads of the event loop: those may all wait for names to be resolved.
        self._thread = ThreadPoolExecutor(1, "sharing")

    async def give(self, batch: bytes) -> None:
        """Writes a batch."""
        await self._run(lambda: self._write(batch))

    async def take(self) -> Sequence[Given]:
        """Reads what the others have written since the last time."""
        return [Given(data) for data in await self._run(self._read)]

    async def aclose(self) -> None:
        """Closes the file; it stays for those who come later."""
        self._thread.shutdown(wait=False)
        self._leave()

    async def _run(self, do: Callable[[], _Result]) -> _Result:
        """Does something in the folder, in the thread."""

        def doing() -> _Result:
            make_private(self._folder)
            return do()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, doing)
        except OSError as error:
            raise ChannelFailed(error.strerror or type(error).__name__) from None

    def _write(self, batch: bytes) -> None:
        if self._file and (self._file.tell() >= self._large_bytes or _is_removed(self._file)):
            self._leave()
        if self._file is None:
            self._number += 1
            path = self._folder / f"{self._own}{self._number}{_SUFFIX}"
            self._file = path.open("xb", buffering=0)
        framed = memoryview(len(batch).to_bytes(_PREFIX_BYTES) + batch)
        try:
            while framed:
                framed = framed[self._file.write(framed) :]
        except OSError:
            self._leave()  # what follows half a batch could not be read
            raise

    def _leave(self) -> None:
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None

    def _read(self) -> list[bytes]:
        batches: list[bytes] = []
        seen: dict[str, int] = {}
        oldest = time.time() - 2 * self._window_seconds
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.startswith(self._own) or not entry.name.endswith(_SUFFIX):
                    continue
                with contextlib.suppress(FileNotFoundError):  # somebody else removed it
                    facts = entry.stat()
                    if facts.st_mtime < oldest:
                        Path(entry.path).unlink()
                        continue
                    start = self._read_up_to.get(entry.name, 0)
                    if facts.st_size > start:
                        found, start = _batches_after(Path(entry.path), start)
                        batches += found
                    seen[entry.name] = start
        self._read_up_to = seen
        return batches


def make_private(folder: Path) -> None:
    """Makes a folder unless it is there. Raises `OSError`, also when other users may write to it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise PermissionError(0, "others may write to it")


def _is_removed(file: BinaryIO) -> bool:
    return os.fstat(file.fileno()).st_nlink == 0


def _batches_after(path: Path, start: int) -> tuple[list[bytes], int]:
    """The whole batches of a file from a place on, and the place after them."""
    with path.open("rb") as file:
        file.seek(start)
        data = file.read()
    batches: list[bytes] = []
    at = 0
    while at + _PREFIX_BYTES <= len(data):
        end = at + _PREFIX_BYTES + int.from_bytes(data[at : at + _PREFIX_BYTES])
        if end > len(data):
            break
        batches.append(data[at + _PREFIX_BYTES : end])
        at = end
    return batches, start + at
