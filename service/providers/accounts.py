"""The accounts of clouds, and where they serve, from a section of the settings and the environment."""

from service.settings import Environment, ProviderSettings, SettingsError
from service.types.account import Account, AwsAccount, GoogleAccount
from service.types.secret import Secret
from service.types.upstream import Site

# Sources: botocore's and google-auth's documented variables; the `openai` SDK's for Azure.
_REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
_PROJECT = ("GOOGLE_CLOUD_PROJECT",)
_LOCATION = ("GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION")
_API_VERSION = ("OPENAI_API_VERSION",)
_DEFAULT_LOCATION = "global"
# What belongs to which dialect; elsewhere it would be silently without effect.
_FIELDS = {
    "bedrock": ("region", "access_key_id", "secret_access_key", "session_token"),
    "vertex": ("project", "location", "access_token", "credentials_file"),
    "azure": ("api_version",),
}


def site_of(dialect: str, section: ProviderSettings | None, environment: Environment) -> Site:
    """Where a provider of this dialect serves. The section comes before the environment."""
    section = section or ProviderSettings()
    match dialect:
        case "bedrock":
            return Site(region=section.region or _variable(environment, _REGION))
        case "vertex":
            location = section.location or _variable(environment, _LOCATION) or _DEFAULT_LOCATION
            return Site(project=section.project or _variable(environment, _PROJECT), location=location)
        case "azure":
            return Site(api_version=section.api_version or _variable(environment, _API_VERSION))
        case _:
            return Site()


def account_of(
    dialect: str, section: ProviderSettings | None, environment: Environment, site: Site
) -> Account | None:
    """The account that opens a provider of this dialect, None where there is none.

    A section that names no credentials leaves it to the machine: its role, its profile, its default account.
    Raises `SettingsError` for half of a pair.
    """
    given = section or ProviderSettings()
    if dialect == "bedrock":
        return _aws(given, environment, site, written=section is not None)
    if dialect == "vertex":
        return _google(given, environment, site, written=section is not None)
    return None


def check_fields(dialect: str, section: ProviderSettings) -> None:
    """Refuses fields that belong to another dialect. Raises `SettingsError`."""
    for owner, fields in _FIELDS.items():
        for field in fields:
            if owner != dialect and getattr(section, field) is not None:
                raise SettingsError(f".{field}: belongs to dialect {owner}, not to {dialect}")


def _aws(
    section: ProviderSettings, environment: Environment, site: Site, *, written: bool
) -> AwsAccount | None:
    if bool(section.access_key_id) != bool(section.secret_access_key):
        raise SettingsError(".access_key_id and .secret_access_key: one needs the other")
    if section.access_key_id and section.secret_access_key:
        token = Secret(section.session_token) if section.session_token else None
        return AwsAccount(
            region=_region(site),
            access_key_id=section.access_key_id,
            secret_access_key=Secret(section.secret_access_key),
            session_token=token,
        )
    key_id, secret = environment.secret("AWS_ACCESS_KEY_ID"), environment.secret("AWS_SECRET_ACCESS_KEY")
    if key_id and secret and (written or site.region):
        return AwsAccount(
            region=_region(site),
            access_key_id=key_id.reveal(),
            secret_access_key=secret,
            session_token=environment.secret("AWS_SESSION_TOKEN"),
        )
    return AwsAccount(region=_region(site)) if written else None


def _google(
    section: ProviderSettings, environment: Environment, site: Site, *, written: bool
) -> GoogleAccount | None:
    if section.access_token:
        return GoogleAccount(access_token=Secret(section.access_token))
    if section.credentials_file:
        return GoogleAccount(credentials_file=section.credentials_file)
    # google-auth itself reads the variable; here it only tells that there is an account.
    machine = environment.secret("GOOGLE_APPLICATION_CREDENTIALS") is not None and site.project
    return GoogleAccount() if machine or written else None


def _region(site: Site) -> str:
    if site.region is None:
        raise SettingsError(f".region: is required (or the variable {_REGION[0]})")
    return site.region


def _variable(environment: Environment, names: tuple[str, ...]) -> str | None:
    found = (environment.secret(name) for name in names)
    return next((value.reveal() for value in found if value), None)
