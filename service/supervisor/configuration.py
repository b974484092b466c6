"""The accepted configuration: a private copy of the operator's file, which all workers read.

The operator may edit the file at any time; a worker that is started again in the meantime must neither trip
over it nor know more than the others.
"""

from pathlib import Path

from service import settings as settings_module
from service.providers.configured import directory_of
from service.settings import Settings, SettingsError


class Configuration:
    """Keeps the copy in the run folder, for its owner alone: it may hold keys."""

    def __init__(self, folder: Path) -> None:
        self._accepted = folder / settings_module.CONFIG_FILE
        self._draft = folder / f"{settings_module.CONFIG_FILE}.draft"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a process that is to read the copy."""
        return settings_module.variables(self._accepted)

    def accept(self) -> Settings:
        """Takes over the operator's file as it is now. Raises `SettingsError`; then nothing has changed."""
        source = settings_module.config_path()
        try:
            # What is checked is the copy: the file may change while it is read.
            self._draft.touch(mode=0o600)
            self._draft.write_bytes(source.read_bytes() if source else b"")
            settings = settings_module.load(settings_module.variables(self._draft))
            directory_of(settings)
            self._draft.replace(self._accepted)
        except OSError as error:
            raise SettingsError(
                f"{error.filename or self._draft}: cannot be used: {error.strerror}"
            ) from None
        except SettingsError as error:
            raise SettingsError(str(error).replace(str(self._draft), str(source))) from None
        return settings
