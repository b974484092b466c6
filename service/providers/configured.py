"""Rows of the registry and sections of the settings file become the providers that are on."""

import functools
import re
from collections.abc import Mapping, Sequence

import msgspec

from service import settings as settings_module
from service.catalog.catalog import Catalog
from service.catalog.model_row import ModelRow
from service.errors import InvalidRequest
from service.providers.accounts import account_of, check_fields, site_of
from service.providers.demo_models import DEMO_MODELS
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.providers.rows import ROWS, Row
from service.settings import ProviderSettings, Settings, SettingsError
from service.types import checked
from service.types.quirks import NO_QUIRKS
from service.types.secret import Secret
from service.types.upstream import Site

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_RESERVED = {"inworld": "saved routers are called inworld/NAME", "auto": "it means automatic selection"}
_OPEN = re.compile(r"\{(\w+)\}")
_DEMO = "demo"
# Whose models a provider of one's own has, as long as nothing else is said.
_HOMES = {
    "openai": "openai",
    "openai-responses": "openai",
    "anthropic": "anthropic",
    "google": "google-ai-studio",
    "vertex": "google-vertex",
    "bedrock": "amazon-bedrock",
    "azure": "azure",
    "cohere": "cohere",
    "mistral": "mistral",
}

catalog = functools.cache(Catalog.load)


def directory_of(settings: Settings) -> Directory:
    """Joins the providers that are on with the catalog and the operator's own rows of it.

    Raises `SettingsError` naming every section that cannot be used.
    """
    providers = providers_of(settings)
    rows = _rows(settings, providers)
    providers = {name: _with_models(provider, rows) for name, provider in providers.items()}
    used = {provider.catalog for provider in providers.values()}
    off = {name: _off(row) for name, row in ROWS.items() if name not in used and name != _DEMO}
    shown = [*DEMO_MODELS, *rows] if _DEMO in providers else rows
    return Directory(providers, catalog().with_rows(shown) if shown else catalog(), off)


def providers_of(settings: Settings) -> Mapping[str, Provider]:
    """Builds the providers that are on, by name, those of the registry first and in its order.

    A provider is on when its section is written or its key is in the environment; one that runs on the
    operator's own machine only when its section is written. A section may be named by an alias. `demo` is on
    alone, or when its section is written. Raises `SettingsError` naming every section that cannot be used.
    """
    sections: dict[str, str] = {}
    for name in settings.providers:
        sections.setdefault(_row_name(name), name)
    providers: dict[str, Provider] = {}
    faults = [
        f"\n  providers.{name}: is another name of providers.{sections[_row_name(name)]}; write one of them"
        for name in settings.providers
        if sections[_row_name(name)] != name
    ]
    for row_name in [*ROWS, *(name for name in sections if name not in ROWS)]:
        if row_name == _DEMO:
            continue
        name = sections.get(row_name, row_name)
        try:
            provider = _provider(name, ROWS.get(row_name), settings)
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
            title=row.title,
            catalog=_DEMO,
            dialect=row.dialect,
            base_url=row.base_url,
            models=row.models,
            models_only=True,
            by_name_only=bool(providers),
        )
    return providers


def _provider(name: str, row: Row | None, settings: Settings) -> Provider | None:
    section = settings.providers.get(name)
    if section is None and (row is None or row.local):
        return None
    if name in _RESERVED:
        raise SettingsError(f": the name is reserved: {_RESERVED[name]}")
    if not _NAME.fullmatch(name):
        raise SettingsError(
            ": a name is made of a-z, 0-9, '-', '_' and '.', and starts with a letter or digit"
        )
    given = section or ProviderSettings()
    dialect = given.dialect or (row.dialect if row else _missing("dialect"))
    check_fields(dialect, given)
    keys = _keys(row, section, settings)
    site = site_of(dialect, section, settings.environment)
    account = None if keys else account_of(dialect, section, settings.environment, site)
    if section is None and not keys and not account:
        return None
    base_url = given.base_url or (row and _address(row, settings, site))
    if base_url is None:
        if section is None:
            return None  # a key alone does not say where
        _missing("base_url")
    needs_key = row and not row.local and not keys and not account and given.base_url is None
    if needs_key:
        variables = " or ".join(row.key_variables) if row else ""
        raise SettingsError(f": no key; set api_key, api_key_env or the variable {variables}")
    home = _HOMES[dialect] if row is None or row.dialect != dialect else None
    return Provider(
        name=name,
        title=row.title if row else name,
        catalog=row.name if row else name,
        dialect=dialect,
        base_url=_base_url(str(base_url)),
        keys=keys,
        account=account,
        site=site,
        headers=row.headers if row else {},
        # Departures belong to the address and the dialect of the row.
        quirks=row.quirks if row and home is None else NO_QUIRKS,
        by_model=row.by_model if row and home is None else (),
        model_quirks=row.model_quirks if row and home is None else (),
        models=None if given.models is None else tuple(given.models),
        models_only=bool(given.models_only),
        like=home or (None if row and row.name in catalog().providers else _HOMES[dialect]),
        aliases=(*row.aliases, row.name, row.title) if row else (),
        # What the vendor promises holds at its own address.
        zdr=row.zdr if row and given.base_url is None else None,
        trains=row.trains if row and given.base_url is None else None,
        max_concurrent=given.max_concurrent,
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
    if section and (section.access_key_id or section.access_token or section.credentials_file):
        return ()  # an account that is written comes before a key that happens to be in the environment
    found = (settings.environment.secret(name) for name in (row.key_variables if row else ()))
    return tuple(filter(None, found))[:1]


def _address(row: Row, settings: Settings, site: Site) -> str | None:
    """The row's base URL with what it leaves open filled in; None when something of it is not known."""
    if site.location and site.location in row.location_urls:
        return row.location_urls[site.location]
    known = {"location": site.location, "region": site.region}
    url = row.base_url
    for name in _OPEN.findall(url):
        variable = settings.environment.secret(name)
        value = variable.reveal() if variable else known.get(name)
        if not value:
            return None
        # Some say the scheme in the variable, some do not.
        url = url.replace(f"https://{{{name}}}", value) if "://" in value else url
        url = url.replace(f"{{{name}}}", value)
    return url


def _base_url(url: str) -> str:
    if not re.fullmatch(r"https?://[^/@?#\s]+(/[^?#\s]*)?", url):
        # A user, a query or a fragment may hold a secret, so the value is not shown.
        raise SettingsError(
            ".base_url: must be http(s)://HOST[:PORT][/PATH], without user, query or fragment"
        )
    return url.rstrip("/")


def _row_name(name: str) -> str:
    """The registry's name of a provider that is called by an alias; other names stay."""
    return name if name in ROWS else _aliases().get(name.casefold(), name)


@functools.cache
def _aliases() -> dict[str, str]:
    return {
        alias.casefold(): row.name for row in ROWS.values() for alias in (*row.aliases, row.name, row.title)
    }


def _off(row: Row) -> Provider:
    return Provider(
        name=row.name,
        title=row.title,
        catalog=row.name,
        dialect=row.dialect,
        base_url=row.base_url,
        by_model=row.by_model,
        quirks=row.quirks,
        model_quirks=row.model_quirks,
        zdr=row.zdr,
        trains=row.trains,
    )


def _with_models(provider: Provider, rows: Sequence[ModelRow]) -> Provider:
    """A provider with a list of its own lists the operator's rows too."""
    if provider.models is None:
        return provider
    more = [row.id for row in rows if row.provider == provider.catalog]
    return msgspec.structs.replace(provider, models=tuple(dict.fromkeys((*provider.models, *more))))


def _rows(settings: Settings, providers: Mapping[str, Provider]) -> list[ModelRow]:
    """The operator's rows of the catalog, under the names that providers have there."""
    rows: list[ModelRow] = []
    faults: list[str] = []
    for place, given in enumerate(settings.models):
        try:
            row = checked.decode(settings_module.to_json(given), ModelRow)
        except InvalidRequest as error:
            faults += [f"\n  models[{place}].{each.field}: {each.description}" for each in error.violations]
            continue
        provider = providers.get(row.provider) or providers.get(_row_name(row.provider))
        slug = provider.catalog if provider else _row_name(row.provider)
        if provider is None and slug not in ROWS:
            faults.append(f"\n  models[{place}].provider: no provider is called '{row.provider}'")
        rows.append(msgspec.structs.replace(row, provider=slug))
    if faults:
        raise SettingsError(f"The models of the settings file cannot be used:{''.join(faults)}")
    return rows


def _missing(field: str) -> str:
    raise SettingsError(f".{field}: is required")
