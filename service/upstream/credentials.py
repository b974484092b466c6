"""Credentials, added to a finished request. One object is one key or one account, used by one attempt."""

import asyncio
import importlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import httpx

from service.errors import ErrorKind, ProviderError
from service.types.account import Account, AwsAccount, GoogleAccount
from service.types.secret import Secret
from service.types.upstream import UpstreamRequest

_GOOGLE_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_TOKEN_SECONDS_LEFT: Final = 120.0
_TOKEN_TIMEOUT_SECONDS: Final = 20.0


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


class AwsSignature:
    """AWS Signature Version 4, by botocore. Without keys of its own it takes those of the machine."""

    def __init__(self, provider: str, account: AwsAccount) -> None:
        self._provider = provider
        self._account = account
        self._machine: Any = None
        self._looking = asyncio.Lock()

    @property
    def secrets(self) -> Sequence[Secret]:
        """The account's secrets."""
        given = (self._account.secret_access_key, self._account.session_token)
        return [secret for secret in given if secret]

    async def headers(self, request: UpstreamRequest) -> dict[str, str]:
        """Signs the request."""
        # botocore takes a quarter of a second to import: only who signs pays for it.
        from service.upstream.aws import signed_headers  # noqa: PLC0415

        key_id, secret, token = await self._keys()
        return signed_headers(
            "POST",
            request.url,
            request.body,
            request.headers,
            region=self._account.region,
            access_key_id=key_id,
            secret_access_key=secret,
            session_token=token,
        )

    async def _keys(self) -> tuple[str, str, str | None]:
        account = self._account
        if account.access_key_id and account.secret_access_key:
            token = account.session_token.reveal() if account.session_token else None
            return account.access_key_id, account.secret_access_key.reveal(), token
        async with self._looking:
            try:
                keys = await asyncio.to_thread(self._machines_keys)
            except Exception as error:
                raise _no_credentials(self._provider, type(error).__name__) from error
        if keys is None:
            raise _no_credentials(self._provider, "none were found on this machine")
        return keys.access_key, keys.secret_key, keys.token

    def _machines_keys(self) -> Any:
        import botocore.session  # noqa: PLC0415 - see above

        if self._machine is None:
            self._machine = botocore.session.get_session().get_credentials()
        return self._machine and self._machine.get_frozen_credentials()


class GoogleToken:
    """An access token of Google Cloud, by google-auth, renewed before it ends."""

    def __init__(self, provider: str, account: GoogleAccount) -> None:
        self._provider = provider
        self._account = account
        self._credentials: Any = None
        self._token: Secret | None = None
        self._until = 0.0
        self._renewing = asyncio.Lock()

    @property
    def secrets(self) -> Sequence[Secret]:
        """The token in use."""
        return [self._token] if self._token else []

    async def headers(self, request: UpstreamRequest) -> dict[str, str]:
        """The header with the token."""
        del request
        async with self._renewing:
            if self._token is None or time.monotonic() > self._until:
                try:
                    seconds = await asyncio.to_thread(self._renew)
                except Exception as error:
                    raise _no_credentials(self._provider, type(error).__name__) from error
                self._token = Secret(self._credentials.token)
                self._until = time.monotonic() + seconds - _TOKEN_SECONDS_LEFT
        return {"authorization": f"Bearer {self._token.reveal()}"}

    def _renew(self) -> float:
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
        return left.total_seconds()


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


def _no_credentials(provider: str, why: str) -> ProviderError:
    text = f"Provider '{provider}': no credentials to be had: {why}"
    return ProviderError(ErrorKind.PROVIDER_AUTH, provider, text)
