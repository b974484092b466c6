"""Credentials, added to a finished request. One object is one key or one account, used by one attempt."""

import asyncio
import importlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import httpx

from service.types.account import Account, AwsAccount, GoogleAccount
from service.types.secret import Secret
from service.types.upstream import UpstreamRequest
from service.upstream.renewed import Lease, Renewed

_GOOGLE_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_TOKEN_TIMEOUT_SECONDS: Final = 20.0
# The keys of a machine's role change; botocore looks by itself whether they must.
_MACHINE_KEYS_SECONDS: Final = 60.0


class Credential(Protocol):
    """One way in."""

    @property
    def secrets(self) -> Sequence[Secret]:
        """What must be shown nowhere."""
        ...

    async def headers(self, request: UpstreamRequest) -> dict[str, str]:
        """The headers that open the provider to this request.

        Raises `ProviderError` (`provider_auth`) when there are none to be had.
        """
        ...


class Anonymous:
    """No credential, for servers that ask for none."""

    secrets: Sequence[Secret] = ()

    async def headers(self, request: UpstreamRequest) -> dict[str, str]:
        """None."""
        del request
        return {}


class ApiKey:
    """A key in a header; in `authorization` it is a Bearer token."""

    def __init__(self, key: Secret, header: str = "authorization") -> None:
        self.secrets: Sequence[Secret] = (key,)
        value = key.reveal()
        self._headers = {header: f"Bearer {value}" if header == "authorization" else value}

    async def headers(self, request: UpstreamRequest) -> dict[str, str]:
        """The header with the key."""
        del request
        return self._headers


class AwsKeys:
    """The three parts of AWS credentials."""

    def __init__(self, key_id: str, secret: Secret, token: Secret | None = None) -> None:
        self.key_id = key_id
        self.secret = secret
        self.token = token


class AwsSignature:
    """AWS Signature Version 4, by botocore. Without keys of its own it takes those of the machine."""

    def __init__(self, provider: str, account: AwsAccount) -> None:
        self._region = account.region
        self._keys: AwsKeys | None = None
        if account.access_key_id and account.secret_access_key:
            self._keys = AwsKeys(account.access_key_id, account.secret_access_key, account.session_token)
        self._source: Any = None
        self._machine = Renewed(provider, self._look)
        self._signing: Any = None

    @property
    def secrets(self) -> Sequence[Secret]:
        """The secrets of the keys in use."""
        keys = self._keys or self._machine.value
        return [secret for secret in (keys.secret, keys.token) if secret] if keys else []

    async def headers(self, request: UpstreamRequest) -> dict[str, str]:
        """Signs the request."""
        if self._signing is None:
            # botocore takes a while to import: only who signs pays for it, and nobody waits meanwhile.
            self._signing = await asyncio.to_thread(importlib.import_module, "service.upstream.aws")
        keys = self._keys or await self._machine.get()
        signed: dict[str, str] = self._signing.signed_headers(
            "POST",
            request.url,
            request.body,
            request.headers,
            region=self._region,
            access_key_id=keys.key_id,
            secret_access_key=keys.secret.reveal(),
            session_token=keys.token.reveal() if keys.token else None,
        )
        return signed

    def _look(self) -> Lease[AwsKeys]:
        if self._source is None:
            session = importlib.import_module("botocore.session").get_session()
            self._source = session.get_credentials()
        if self._source is None:
            raise LookupError("none were found on this machine")
        found = self._source.get_frozen_credentials()
        keys = AwsKeys(
            found.access_key, Secret(found.secret_key), Secret(found.token) if found.token else None
        )
        return Lease(keys, _MACHINE_KEYS_SECONDS)


class GoogleToken:
    """An access token of Google Cloud, by google-auth, renewed before it ends."""

    def __init__(self, provider: str, account: GoogleAccount) -> None:
        self._account = account
        self._credentials: Any = None
        self._token: Renewed[Secret] = Renewed(provider, self._renew)

    @property
    def secrets(self) -> Sequence[Secret]:
        """The token in use."""
        return [self._token.value] if self._token.value else []

    async def headers(self, request: UpstreamRequest) -> dict[str, str]:
        """The header with the token."""
        del request
        return {"authorization": f"Bearer {(await self._token.get()).reveal()}"}

    def _renew(self) -> Lease[Secret]:
        # Only who needs it pays for the import; it has no types.
        auth: Any = importlib.import_module("google.auth")
        if self._credentials is None:
            # Loading any kind of file is deprecated for files of unknown origin; the operator's own is none.
            file, scopes = self._account.credentials_file, [_GOOGLE_SCOPE]
            self._credentials, _ = (
                auth.load_credentials_from_file(file, scopes=scopes)
                if file
                else auth.default(scopes=scopes, request=_GoogleHttp())
            )
        self._credentials.refresh(_GoogleHttp())
        expiry = self._credentials.expiry  # in UTC, without saying so
        left = expiry.replace(tzinfo=UTC) - datetime.now(UTC) if expiry else timedelta(hours=1)
        return Lease(Secret(self._credentials.token), left.total_seconds())


class _GoogleHttp:
    """google-auth's transport interface, over httpx."""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> "_GoogleAnswer":
        answer = httpx.request(
            method, url, content=body, headers=headers, timeout=timeout or _TOKEN_TIMEOUT_SECONDS
        )
        return _GoogleAnswer(answer)


class _GoogleAnswer:
    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.data = answer.content


def credentials_of(
    provider: str, keys: Sequence[Secret], account: Account | None, key_header: str
) -> Sequence[Credential]:
    """The ways into a provider: one for each key, or its account, or none needed."""
    match account:
        case _ if keys:
            return [ApiKey(key, key_header) for key in keys]
        case AwsAccount():
            return [AwsSignature(provider, account)]
        case GoogleAccount(access_token=Secret() as token):
            return [ApiKey(token)]
        case GoogleAccount():
            return [GoogleToken(provider, account)]
        case _:
            return [Anonymous()]
