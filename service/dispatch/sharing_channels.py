"""Which channels a worker shares by."""

import importlib
from pathlib import Path

from service.dispatch.sharing import Channel
from service.dispatch.sharing_folder import FolderChannel
from service.settings import SettingsError, SharedSettings

_FOLDER = "observations"


def channels_of(address: str, shared: SharedSettings) -> list[Channel]:
    """The folder beside the worker's Unix socket, and the server that `[shared]` names.

    A worker that listens elsewhere has no folder: nobody would know which others are its like. Raises
    `SettingsError` for a URL that is none.
    """
    scheme, _, path = address.partition(":")
    channels: list[Channel] = []
    if scheme == "unix":
        channels.append(FolderChannel(Path(path.removeprefix("//")).parent / _FOLDER))
    if shared.url is not None:
        # Only who shares between machines pays for the import.
        redis = importlib.import_module("service.dispatch.sharing_redis")
        try:
            channels.append(redis.RedisChannel(shared.url))
        except (ValueError, TypeError):
            raise SettingsError(
                "[shared] url: is not the address of a Redis server (redis://, rediss:// or unix://)"
            ) from None
    return channels
