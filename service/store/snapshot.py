"""All routers and keys of one moment, and the file in which the last one outlives the store.

The file is a line with a checksum and MessagePack after it: one that was cut off or changed is none.
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from service.store import keys, revisions, routers
from service.store.database import Database
from service.store.rows import StoredKey, StoredRouter

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_FILE = "snapshot"
_READ_SECONDS = 30.0
_FORMAT = b"pointsman snapshot 1 "


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """What the store held at a revision: routers by name, keys by age."""

    revision: int
    routers: tuple[StoredRouter, ...]
    keys: tuple[StoredKey, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode


async def read(database: Database) -> Snapshot:
    """Reads everything. Raises `StoreUnavailable`."""

    async def read(connection: "AsyncConnection") -> Snapshot:
        revision = await revisions.number_of(connection)
        return Snapshot(
            revision,
            tuple(await routers.read_all(connection)),
            tuple(await keys.read_all(connection)),
        )

    return await database.read(read, seconds=_READ_SECONDS)


def load_file(data_dir: Path) -> Snapshot | None:
    """The last snapshot of this data folder; None where there is none, or it is damaged."""
    try:
        head, _, body = (data_dir / _FILE).read_bytes().partition(b"\n")
        return _decode(body) if head == _head(body) else None
    except (OSError, msgspec.MsgspecError):
        return None


def save_file(data_dir: Path, snapshot: Snapshot) -> None:
    """Keeps a snapshot unless it is the one that is kept. Several processes may do so. Raises `OSError`."""
    body = _encode(snapshot)
    data = _head(body) + b"\n" + body
    path = data_dir / _FILE
    with contextlib.suppress(OSError):
        if path.read_bytes() == data:
            return
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    number, draft = tempfile.mkstemp(prefix=f".{_FILE}-", dir=data_dir)  # with mode 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _head(body: bytes) -> bytes:
    return _FORMAT + hashlib.blake2b(body, digest_size=16).hexdigest().encode()
