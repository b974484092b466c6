"""Which channels a worker shares by."""

import importlib
import uuid
from pathlib import Path

from service.dispatch.sharing import Channel
from service.dispatch.sharing_folder import FolderChannel, machine_of
from service.settings import SettingsError, SharedSettings

_FOLDER = "observations"


def channels_of(address: str, shared: SharedSettings) -> list[Channel]:
    """The folder beside the worker's Unix socket, and the server that `[shared]` names.

    A worker that listens elsewhere has no folder: nobody would know which others are its like. Raises
    `SettingsError` for a URL that is none.
    """
    folder = _folder_of(address)
    channels: list[Channel] = [FolderChannel(folder)] if folder else []
    if shared.url is not None:
        # Only who shares between machines pays for the import.
        redis = importlib.import_module("service.dispatch.sharing_redis")
        try:
            channels.append(redis.RedisChannel(shared.url, _machine(folder)))
        except (ValueError, TypeError):
            raise SettingsError(
                "[shared] url: is not the address of a Redis server (redis://, rediss:// or unix://)"
            ) from None
    return channels


def _folder_of(address: str) -> Path | None:
    scheme, _, path = address.partition(":")
    return Path(path.removeprefix("//")).parent / _FOLDER if scheme == "unix" else None


def _machine(folder: Path | None) -> str:
    try:
        return machine_of(folder) if folder else uuid.uuid4().hex
    except OSError:  # then nothing is shared by the folder either
        return uuid.uuid4().hex
