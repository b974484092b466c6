"""Rows of the registry and sections of the settings file become the providers that are on."""

import re
from collections.abc import Mapping

from service.providers.provider import Provider
from service.providers.rows import ROWS, Row
from service.settings import ProviderSettings, Settings, SettingsError
from service.types.secret import Secret

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_RESERVED = {"inworld": "saved routers are called inworld/NAME", "auto": "it means automatic selection"}
_DEMO = "demo"


def providers_of(settings: Settings) -> Mapping[str, Provider]:
    """Builds the providers that are on, by name.

    A provider is on when its section is written or its key is in the environment. `demo` is on alone, or
    when its section is written. Raises `SettingsError` naming every section that cannot be used.
    """
    providers: dict[str, Provider] = {}
    faults: list[str] = []
    for name in [*ROWS, *(name for name in settings.providers if name not in ROWS)]:
        if name == _DEMO:
            continue
        try:
            provider = _provider(name, settings)
        except SettingsError as error:
            faults.append(f"\n  providers.{name}{error}")
            continue
        if provider:
            providers[name] = provider
    if faults:
        raise SettingsError(f"The provider settings cannot be used:{''.join(faults)}")
    if settings.providers.get(_DEMO, ProviderSettings()) != ProviderSettings():
        raise SettingsError(f"providers.{_DEMO}: takes no settings; writing its section alone turns it on")
    if _DEMO in settings.providers or not providers:
        row = ROWS[_DEMO]
        providers[_DEMO] = Provider(
            name=_DEMO,
            dialect=row.dialect,
            base_url=row.base_url,
            models=row.models,
            models_only=True,
            by_name_only=bool(providers),
        )
    return providers


def _provider(name: str, settings: Settings) -> Provider | None:
    row, section = ROWS.get(name), settings.providers.get(name)
    keys = _keys(row, section, settings)
    if section is None:
        if row is None or not keys:
            return None
        section = ProviderSettings()
    if name in _RESERVED:
        raise SettingsError(f": the name is reserved: {_RESERVED[name]}")
    if not _NAME.fullmatch(name):
        raise SettingsError(
            ": a name is made of a-z, 0-9, '-', '_' and '.', and starts with a letter or digit"
        )
    if row and not keys and section.base_url is None:
        raise SettingsError(f": no key; set api_key, api_key_env or the variable {row.key_variable}")
    return Provider(
        name=name,
        dialect=section.dialect or (row.dialect if row else _missing("dialect")),
        base_url=_base_url(section.base_url or (row.base_url if row else _missing("base_url"))),
        keys=keys,
        models=tuple(section.models if section.models is not None else row.models if row else ()),
        models_only=bool(section.models_only),
    )


def _keys(row: Row | None, section: ProviderSettings | None, settings: Settings) -> tuple[Secret, ...]:
    keys = tuple(Secret(key.reveal().strip()) for key in _given_keys(row, section, settings))
    for key in keys:
        if not re.fullmatch(r"[!-~]+", key.reveal()):
            raise SettingsError(
                ".api_key: must be of printable ASCII characters without spaces, to fit a header"
            )
    return keys


def _given_keys(row: Row | None, section: ProviderSettings | None, settings: Settings) -> tuple[Secret, ...]:
    if section and section.keys:
        return section.keys
    if section and section.api_key_env:
        key = settings.environment.secret(section.api_key_env)
        if key is None:
            raise SettingsError(f".api_key_env: the variable {section.api_key_env} is not set")
        return (key,)
    key = settings.environment.secret(row.key_variable) if row and row.key_variable else None
    return (key,) if key else ()


def _base_url(url: str) -> str:
    if not re.fullmatch(r"https?://[^/@?#\s]+(/[^?#\s]*)?", url):
        # A user, a query or a fragment may hold a secret, so the value is not shown.
        raise SettingsError(
            ".base_url: must be http(s)://HOST[:PORT][/PATH], without user, query or fragment"
        )
    return url.rstrip("/")


def _missing(field: str) -> str:
    raise SettingsError(f".{field}: is required")
