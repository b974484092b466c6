"""Ways into providers: keys, AWS accounts, Google accounts."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from service.errors import ErrorKind, ProviderError
from service.types.account import AwsAccount, GoogleAccount
from service.types.secret import Secret
from service.types.upstream import UpstreamRequest
from service.upstream.credentials import Credential, GoogleToken, credentials_of

REQUEST = UpstreamRequest("https://api.acme.test/v1/x%3A0", b"{}", {"accept": "application/json"})
AWS = AwsAccount(region="us-east-1", access_key_id="AKIDEXAMPLE", secret_access_key=Secret("aws-secret"))


def headers(credential: Credential) -> dict[str, str]:
    return asyncio.run(credential.headers(REQUEST))


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        ("authorization", {"authorization": "Bearer k-1"}),
        ("x-api-key", {"x-api-key": "k-1"}),
    ],
)
def test_a_key_goes_where_its_vendor_looks(header: str, sent: dict[str, str]) -> None:
    [credential] = credentials_of("acme", [Secret("k-1")], None, header)

    assert headers(credential) == sent
    assert list(credential.secrets) == [Secret("k-1")]


def test_keys_come_before_an_account() -> None:
    found = credentials_of("acme", [Secret("a"), Secret("b")], AWS, "authorization")

    assert [headers(each)["authorization"] for each in found] == ["Bearer a", "Bearer b"]


def test_without_either_nothing_is_sent() -> None:
    [credential] = credentials_of("acme", [], None, "authorization")

    assert headers(credential) == {}


def test_a_google_token_is_a_bearer_token_whatever_the_key_header() -> None:
    account = GoogleAccount(access_token=Secret("ya29.x"))
    [credential] = credentials_of("acme", [], account, "x-goog-api-key")

    assert headers(credential) == {"authorization": "Bearer ya29.x"}


def test_aws_keys_sign_the_request() -> None:
    [credential] = credentials_of("acme", [], AWS, "authorization")

    signed = {name.lower(): value for name, value in headers(credential).items()}

    assert signed["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/us-east-1/bedrock/aws4_request" in signed["authorization"]
    assert "aws-secret" not in str(signed)
    assert Secret("aws-secret") in credential.secrets


def test_aws_keys_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "machine-secret")
    [credential] = credentials_of("acme", [], AwsAccount(region="eu-west-1"), "authorization")

    signed = {name.lower(): value for name, value in headers(credential).items()}

    assert "Credential=AKIDMACHINE/" in signed["authorization"]
    assert Secret("machine-secret") in credential.secrets


def test_no_aws_keys_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    [credential] = credentials_of("acme", [], AwsAccount(region="eu-west-1"), "authorization")

    with pytest.raises(ProviderError, match="'acme': no credentials") as caught:
        headers(credential)
    assert caught.value.kind is ErrorKind.PROVIDER_AUTH


@asynccontextmanager
async def token_server(asked: list[str]) -> AsyncIterator[str]:
    async def token(request: web.Request) -> web.Response:
        form = await request.post()
        asked.append(str(form["grant_type"]))
        if "wrong" in request.path:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": f"token-{len(asked)}", "expires_in": 3600})

    app = web.Application()
    app.router.add_post("/{any}", token)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def service_account(folder: Path, token_uri: str) -> GoogleAccount:
    """A credentials file as Google gives it, whose key is made here."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "account.json"
    content = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "a@p.iam.gserviceaccount.com",
        "token_uri": token_uri,
    }
    file.write_text(json.dumps(content), "utf-8")
    return GoogleAccount(credentials_file=str(file))


# google-auth warns of files of unknown origin; the operator's own is none.
TRUSTED = pytest.mark.filterwarnings("ignore:The load_credentials_from_file:DeprecationWarning")


@TRUSTED
def test_a_google_account_gets_a_token(tmp_path: Path) -> None:
    asked: list[str] = []

    async def play() -> list[dict[str, str]]:
        async with token_server(asked) as address:
            credential = GoogleToken("acme", service_account(tmp_path, f"{address}/token"))
            first = await asyncio.gather(credential.headers(REQUEST), credential.headers(REQUEST))
            assert list(credential.secrets) == [Secret("token-1")]
            return list(first)

    sent = asyncio.run(asyncio.wait_for(play(), 20))

    assert asked == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert [each["authorization"] for each in sent] == ["Bearer token-1"] * 2


@TRUSTED
@pytest.mark.parametrize("path", ["wrong", None], ids=["refused", "no file"])
def test_no_google_token(tmp_path: Path, path: str | None) -> None:
    async def play() -> Any:
        async with token_server([]) as address:
            account = service_account(tmp_path, f"{address}/{path}")
            missing = GoogleAccount(credentials_file=str(tmp_path / "none"))
            await GoogleToken("acme", account if path else missing).headers(REQUEST)

    with pytest.raises(ProviderError, match="'acme': no credentials") as caught:
        asyncio.run(asyncio.wait_for(play(), 20))
    assert caught.value.kind is ErrorKind.PROVIDER_AUTH
    assert "private_key" not in str(caught.value)
