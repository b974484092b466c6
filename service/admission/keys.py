"""Who may come in: the bootstrap key, and the reading of the Authorization header."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from service.errors import Unauthenticated
from service.settings import Settings
from service.types.secret import Secret

KEY_FILE = "api-key"
_KEY_PREFIX = "pm-"
_KEY_BYTES = 32


class KeyRing:
    """The keys that open the service, as SHA-256 hashes."""

    def __init__(self, keys: list[Secret]) -> None:
        self._hashes = [hashlib.sha256(key.reveal().encode()).digest() for key in keys]

    def admit(self, authorization: str | None) -> None:
        """Checks `Bearer KEY` or `Basic KEY`, in constant time. Raises `Unauthenticated`."""
        scheme, _, key = (authorization or "").strip().partition(" ")
        if scheme.lower() not in ("bearer", "basic"):
            raise Unauthenticated
        given = hashlib.sha256(key.strip().encode("utf-8", "surrogatepass")).digest()
        matches = [hmac.compare_digest(given, known) for known in self._hashes]
        if not any(matches):
            raise Unauthenticated


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
