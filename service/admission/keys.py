"""Who may come in: the operator's key, those of the store, and the reading of the Authorization header."""

import hashlib
import math
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.admission.identity import OPERATOR, Identity
from service.errors import Unauthenticated, Unavailable
from service.settings import Settings
from service.store.rows import StoredKey
from service.types.permission import rights
from service.types.secret import Secret

KEY_FILE = "api-key"
_KEY_PREFIX = "pm-"
_KEY_BYTES = 32
_SCHEMES = ("bearer", "basic")
_STRANGER_SECONDS = 1.0
_MAX_STRANGERS = 10_000


@dataclass(frozen=True, slots=True)
class _Entry:
    """`until` is the Unix time from which on the key opens nothing."""

    identity: Identity
    until: float


class KeyRing:
    """The keys that open the service, as SHA-256 hashes: the operator's, and those of the last snapshot.

    A hash is looked up, never a key: how long that takes tells nothing of the keys that exist. `clock` gives
    Unix seconds, by which keys expire. `connected` tells whether the store can be asked, and `refresh` reads
    it now, calling `replace` if anything has changed, and gives False if it did not answer in time; without
    it there are no keys but the operator's.
    """

    def __init__(
        self,
        operators: Sequence[Secret],
        *,
        clock: Callable[[], float] = time.time,
        connected: Callable[[], bool] = lambda: True,
        refresh: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._clock = clock
        self._connected = connected
        self._refresh = refresh
        self._operators = {_digest(key.reveal()): _Entry(OPERATOR, math.inf) for key in operators}
        self._entries = self._operators
        self._strangers: OrderedDict[bytes, float] = OrderedDict()  # hashes that opened nothing, and when

    def replace(self, keys: Iterable[StoredKey]) -> None:
        """Takes over the keys of a snapshot, all at once; the operator's stay."""
        self._entries = {each.hash: _entry(each) for each in keys} | self._operators
        self._strangers.clear()

    def known(self, authorization: str | None) -> Identity | None:
        """Whose the key of the header is, None if it is none that opens; the fast half of `admit`.

        Raises `Unauthenticated` for what is neither `Bearer KEY` nor `Basic KEY`.
        """
        entry = self._entries.get(_presented(authorization))
        return entry.identity if entry and self._clock() < entry.until else None

    async def admit(self, authorization: str | None) -> Identity:
        """Whose the key of the header is; the store is asked for one that the snapshot does not have.

        Raises `Unauthenticated`, and `Unavailable` when the store cannot tell: the key may have been made
        after the snapshot.
        """
        digest = _presented(authorization)
        entry = self._entries.get(digest) or await self._look_again(digest)
        if self._clock() >= entry.until:
            raise Unauthenticated
        return entry.identity

    async def _look_again(self, digest: bytes) -> _Entry:
        if self._refresh is None:
            raise Unauthenticated
        answered = False
        if self._connected():
            if self._clock() - self._strangers.get(digest, -math.inf) < _STRANGER_SECONDS:
                raise Unauthenticated
            answered = await self._refresh() is not False
            if found := self._entries.get(digest):
                return found
        if not answered or not self._connected():
            raise Unavailable("This key cannot be checked now, as the store cannot be reached; try again.")
        self._remember_stranger(digest)
        raise Unauthenticated

    def _remember_stranger(self, digest: bytes) -> None:
        """So that whoever tries keys does not make the store work for each."""
        self._strangers.pop(digest, None)
        self._strangers[digest] = self._clock()
        if len(self._strangers) > _MAX_STRANGERS:
            self._strangers.popitem(last=False)


def _entry(key: StoredKey) -> _Entry:
    until = -math.inf if key.revoked is not None else math.inf if key.expires is None else key.expires
    return _Entry(Identity(key.id, key.name, rights(key.permissions)), until)


def _presented(authorization: str | None) -> bytes:
    """The hash of the key in an Authorization header. Raises `Unauthenticated`."""
    scheme, _, key = (authorization or "").strip().partition(" ")
    if scheme.lower() not in _SCHEMES or not (key := key.strip()):
        raise Unauthenticated
    return _digest(key)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def bootstrap_key(settings: Settings) -> Secret:
    """Gives the key that always works: of the environment, else of the data folder, made on the first run.

    Several processes may start at once: the first to create the file decides.
    """
    if settings.api_key:
        return settings.api_key
    path = key_path(settings)
    key = _read(path)
    if key is None:
        _create(path, _KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES))
        key = _read(path)
    if key is None:
        raise OSError(f"{path}: is empty; remove it to have a new key made")
    return Secret(key)


def key_path(settings: Settings) -> Path:
    """Where the bootstrap key is kept."""
    return settings.data_dir / KEY_FILE


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def _create(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(key + "\n", "utf-8")
        # A link appears whole or not at all, and never replaces the key another process has just made.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
