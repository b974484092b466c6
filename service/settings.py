"""The operator's settings: the only reader of the environment and of `pointsman.toml`.

Source of names and defaults: README.md, Configuration. A faulty file names every fault at once.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from service.errors import InvalidRequest
from service.types import checked
from service.types.routing_settings import RoutingSettings, Seconds
from service.types.secret import Secret

CONFIG_FILE = "pointsman.toml"
# Prices are decimal, and stay so.
to_json = msgspec.json.Encoder(decimal_format="number").encode
Concurrency = Annotated[int, Meta(ge=1, le=100_000)]


class SettingsError(Exception):
    """The configuration cannot be used; the message says where and why, for the operator's terminal."""


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[server]`: where to listen, and with how many processes. 0 workers means one per core."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    workers: Annotated[int, Meta(ge=0, le=256)] = 0
    drain_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 30.0


class StreamSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[streaming]`, in seconds.

    How long the 200 waits for the first content, how much silence brings a ping, and how long a finish
    reason waits for the usage that belongs to it.
    """

    commit_seconds: Seconds = 10.0
    ping_seconds: Seconds = 10.0
    usage_seconds: Seconds = 2.0


class UpstreamSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[upstream]`, in seconds: limits of one call of a provider.

    `first_byte` runs until the first byte of the answer, `idle` between bytes, `total` over all. At most
    `max_concurrent` calls run at one provider at a time, in each worker: a slow one cannot take all there is.
    """

    connect_seconds: Seconds = 10.0
    first_byte_seconds: Seconds = 300.0
    idle_seconds: Seconds = 120.0
    total_seconds: Seconds = 600.0
    max_concurrent: Concurrency = 512


class SharedSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[shared]`: what machines of one installation share, by the URL of a Redis or Valkey server."""

    url: str | None = None

    def __repr__(self) -> str:
        return "SharedSettings(…)"  # the URL may hold a password


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[store]`: where routers, keys and what requests did are kept.

    Without a `url` it is a SQLite file in the data folder; machines may share a `postgresql://` one. Changes
    are looked for every `poll_seconds`. A start waits `start_seconds` for the store, then goes on from the
    last snapshot. What requests of routers did is written every `write_seconds` and kept for `keep_days`.
    """

    url: (
        Annotated[
            str,
            Meta(
                pattern="^(sqlite:///|postgresql://).+",
                description="a URL that begins with postgresql:// or sqlite:///",
            ),
        ]
        | None
    ) = None
    poll_seconds: Seconds = 0.25
    start_seconds: Seconds = 5.0
    write_seconds: Seconds = 1.0
    keep_days: Annotated[float, Meta(gt=0, le=3650)] = 30.0

    def __repr__(self) -> str:
        return "StoreSettings(…)"  # the URL may hold a password


class RouterSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[routers]`: a folder of router files (YAML or JSON) that are served, and cannot be written.

    In the file a relative one is below the file's own folder; here it stands as it can be opened.
    """

    folder: Annotated[str, Meta(min_length=1)] | None = None


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[media]`: what may be fetched for vendors that want an image's, a sound's or a file's bytes.

    Sizes in bytes: of one, and of all in a request. `allowed_hosts` may have private addresses; buckets of
    clouds that callers may name stand there too (`s3://NAME`, `gs://NAME`).
    """

    max_bytes: Annotated[int, Meta(ge=1, le=100 * 1024 * 1024)] = 20 * 1024 * 1024
    max_total_bytes: Annotated[int, Meta(ge=1, le=500 * 1024 * 1024)] = 50 * 1024 * 1024
    max_count: Annotated[int, Meta(ge=0, le=1000)] = 20
    max_redirects: Annotated[int, Meta(ge=0, le=20)] = 3
    seconds: Seconds = 15.0
    allowed_hosts: list[str] = []


Dialect = Literal[
    "openai", "openai-responses", "anthropic", "google", "vertex", "bedrock", "azure", "cohere", "mistral"
]


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[providers.NAME]`: adds a provider or overrides one of the registry.

    `region` and the access keys are Bedrock's; `project`, `location`, `access_token` and `credentials_file`
    Vertex's; `api_version` Azure's.
    """

    dialect: Dialect | None = None
    base_url: str | None = None
    api_key: str | list[str] | None = None
    api_key_env: str | None = None
    models: list[str] | None = None
    models_only: bool | None = None
    max_concurrent: Concurrency | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    project: str | None = None
    location: str | None = None
    access_token: str | None = None
    credentials_file: str | None = None
    api_version: str | None = None

    def __repr__(self) -> str:
        return f"ProviderSettings(dialect={self.dialect!r}, base_url={self.base_url!r}, …)"

    @property
    def keys(self) -> tuple[Secret, ...]:
        """The keys written in the file."""
        given = [self.api_key] if isinstance(self.api_key, str) else self.api_key or []
        return tuple(Secret(key) for key in given)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    server: ServerSettings = ServerSettings()
    streaming: StreamSettings = StreamSettings()
    upstream: UpstreamSettings = UpstreamSettings()
    routing: RoutingSettings = RoutingSettings()
    shared: SharedSettings = SharedSettings()
    store: StoreSettings = StoreSettings()
    routers: RouterSettings = RouterSettings()
    media: MediaSettings = MediaSettings()
    providers: dict[str, ProviderSettings] = {}
    models: list[Any] = []


class Environment:
    """The variables of the process, as secrets: any of them may hold a provider's key."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = dict(variables)

    def secret(self, name: str) -> Secret | None:
        """The value of a variable, None when it is missing or empty."""
        # A file's last line end often comes along, and would break the header that the key goes into.
        value = self._variables.get(name, "").strip()
        return Secret(value) if value else None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an operator can set, checked."""

    server: ServerSettings = ServerSettings()
    streaming: StreamSettings = StreamSettings()
    upstream: UpstreamSettings = UpstreamSettings()
    routing: RoutingSettings = RoutingSettings()
    shared: SharedSettings = SharedSettings()
    store: StoreSettings = StoreSettings()
    routers: RouterSettings = RouterSettings()
    media: MediaSettings = MediaSettings()
    providers: dict[str, ProviderSettings] = {}
    models: list[Any] = []
    data_dir: Path = Path(".pointsman")
    api_key: Secret | None = None
    environment: Environment = Environment({})


def load(
    environment: Mapping[str, str] | None = None, directory: Path | None = None, home: Path | None = None
) -> Settings:
    """Reads the settings file and the environment, which wins. Raises `SettingsError`.

    `home` is the folder that relative ones in the file are below, when it is not the file's own.
    """
    env = os.environ if environment is None else environment
    path = _config_path(env, directory or Path.cwd())
    parsed = _read_file(path)
    if home is None and path is not None:
        home = path.parent
    server = parsed.server
    for name in ("host", "port", "workers"):
        if value := env.get(f"POINTSMAN_{name.upper()}"):
            server = _override(server, name, value)
    variables = Environment(env)
    return Settings(
        server=server,
        streaming=parsed.streaming,
        upstream=parsed.upstream,
        routing=parsed.routing,
        shared=parsed.shared,
        store=parsed.store,
        routers=_routers(parsed.routers, env, home),
        media=parsed.media,
        providers=parsed.providers,
        models=parsed.models,
        data_dir=Path(env.get("POINTSMAN_DATA_DIR") or ".pointsman"),
        api_key=variables.secret("POINTSMAN_API_KEY"),
        environment=variables,
    )


def config_path() -> Path | None:
    """The settings file in use, None where there is none."""
    return _config_path(os.environ, Path.cwd())


def variables(config: Path, routers: Path | None = None) -> dict[str, str]:
    """The environment of this process, but with `config` as the settings file and `routers` as the folder."""
    changed = {"POINTSMAN_CONFIG": str(config)}
    if routers is not None:
        changed["POINTSMAN_ROUTERS"] = str(routers)
    return {**os.environ, **changed}


def _config_path(env: Mapping[str, str], directory: Path) -> Path | None:
    if named := env.get("POINTSMAN_CONFIG"):
        return Path(named)
    default = directory / CONFIG_FILE
    return default if default.exists() else None


def _read_file(path: Path | None) -> _File:
    if path is None:
        return _File()
    try:
        document = tomllib.loads(path.read_text("utf-8"), parse_float=_number)
        return checked.decode(to_json(document), _File)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not valid TOML: {error}") from None
    except InvalidRequest as error:
        faults = "".join(
            f"\n  {v.field}: {_without_secret(v.field, v.description)}" for v in error.violations
        )
        raise SettingsError(f"{path}: cannot be used:{faults}") from None


def _routers(given: RouterSettings, env: Mapping[str, str], home: Path | None) -> RouterSettings:
    if named := env.get("POINTSMAN_ROUTERS"):
        return RouterSettings(folder=named)
    if given.folder is None or home is None:
        return given
    return RouterSettings(folder=str(home / given.folder))


def _number(text: str) -> Decimal | float:
    """Prices stay decimal; JSON, by which values are checked, has no infinity."""
    number = Decimal(text)
    return number if number.is_finite() else float(text)


def _without_secret(field: str, description: str) -> str:
    # A value in a provider's place may be a key that was put there by mistake.
    private = any(word in field for word in ("key", "token", "store.url")) or (
        field.startswith("providers") and field.count(".") < 2
    )
    return description.partition(", got ")[0] if private else description


def _override(server: ServerSettings, name: str, value: str) -> ServerSettings:
    given: str | int = int(value) if name != "host" and re.fullmatch(r"-?\d{1,9}", value) else value
    try:
        changed = msgspec.json.encode({**msgspec.to_builtins(server), name: given})
        return checked.decode(changed, ServerSettings)
    except InvalidRequest as error:
        raise SettingsError(f"POINTSMAN_{name.upper()}: {error.violations[0].description}") from None
