"""What is stored, as it is read. Times are Unix seconds."""

import msgspec


class StoredRouter(msgspec.Struct, frozen=True, array_like=True):
    """A saved router: its document as it was given, and the etag of it."""

    name: str
    document: bytes
    etag: str
    created: float
    updated: float


class StoredOperation(msgspec.Struct, frozen=True, array_like=True):
    """What a write of a router has to tell; `created` is when it was done."""

    name: str
    document: bytes
    created: float


class StoredKey(msgspec.Struct, frozen=True, array_like=True):
    """A key as its SHA-256: the key itself is nowhere. `expires` and `revoked` are None for never."""

    id: str
    hash: bytes
    name: str
    permissions: tuple[str, ...]
    created: float
    expires: float | None = None
    revoked: float | None = None

    def __repr__(self) -> str:
        return f"StoredKey(id={self.id!r}, …)"
