"""The accepted configuration: private copies of the operator's file and of his files of routers.

All workers read them. The operator may edit his own at any time; a worker that is started again in the
meantime must neither trip over them nor know more than the others.
"""

import shutil
from pathlib import Path

from service import settings as settings_module
from service.providers.configured import directory_of
from service.settings import Settings, SettingsError

_ROUTERS = "routers"


class Configuration:
    """Keeps the copies in the run folder, for its owner alone: they may hold keys.

    The folder of routers is a link, so that its files change all at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._accepted = folder / settings_module.CONFIG_FILE
        self._draft = folder / f"{settings_module.CONFIG_FILE}.draft"
        self._routers = folder / _ROUTERS
        self._routers_draft = folder / f"{_ROUTERS}.draft"
        self._copies: list[Path] = []
        self._copied = 0

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a process that is to read the copies."""
        return settings_module.variables(self._accepted, self._routers)

    def accept(self) -> Settings:
        """Takes over the operator's files as they are now.

        Raises `SettingsError`; then nothing has changed.
        """
        source = settings_module.config_path()
        try:
            # What is checked is the copy: the file may change while it is read.
            self._draft.touch(mode=0o600)
            self._draft.write_bytes(source.read_bytes() if source else b"")
            settings = settings_module.load(
                settings_module.variables(self._draft), home=source.parent if source else None
            )
            directory_of(settings)
            copy = self._copy(_router_files(settings))
            self._draft.replace(self._accepted)
            self._routers_draft.replace(self._routers)
        except OSError as error:
            raise SettingsError(
                f"{error.filename or self._draft}: cannot be used: {error.strerror}"
            ) from None
        except SettingsError as error:
            raise SettingsError(str(error).replace(str(self._draft), str(source))) from None
        self._keep(copy)
        return settings

    def _copy(self, files: list[tuple[str, bytes]]) -> Path:
        """Writes the files of routers into a folder of their own, and a link to it."""
        self._copied += 1
        copy = self._folder / f"{_ROUTERS}-{self._copied}"
        copy.mkdir(mode=0o700)
        for name, data in files:
            path = copy / name
            path.touch(mode=0o600)
            path.write_bytes(data)
        self._routers_draft.unlink(missing_ok=True)
        self._routers_draft.symlink_to(copy.name)
        return copy

    def _keep(self, copy: Path) -> None:
        """Removes all folders but this one and the one before, which a worker may still be reading."""
        self._copies.append(copy)
        for old in self._copies[:-2]:
            shutil.rmtree(old, ignore_errors=True)
        del self._copies[:-2]


def _router_files(settings: Settings) -> list[tuple[str, bytes]]:
    """The operator's files of routers, checked, by name. Raises `SettingsError`."""
    if settings.routers.folder is None:
        return []
    # What compiles conditions takes 15 MB, which a supervisor does without where it can.
    from service.files.router_files import router_files  # noqa: PLC0415

    return [(text.name, text.data) for text in router_files(settings).texts]
