"""What opens a provider: keys, or an account at a cloud. Data; `upstream/` makes use of it."""

import msgspec

from service.types.secret import Secret


class AwsAccount(msgspec.Struct, frozen=True, kw_only=True):
    """AWS keys that sign requests. Without `access_key_id` the machine's own credentials are looked for."""

    region: str
    access_key_id: str | None = None
    secret_access_key: Secret | None = None
    session_token: Secret | None = None


class GoogleAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A Google Cloud account: a token as it is, a credentials file, or the machine's own credentials."""

    access_token: Secret | None = None
    credentials_file: str | None = None


Account = AwsAccount | GoogleAccount
