"""Request signing: the same signature as botocore's own client, of exactly the URL that is sent."""

import datetime as dt
import json
from typing import Any

import botocore.auth
import botocore.session
import httpx
import pytest
from botocore.awsrequest import AWSResponse

from service.dialects.bedrock import Bedrock
from service.types.upstream import Endpoint
from service.upstream.aws import signed_headers
from tests.asking import chat

NOW = dt.datetime(2026, 8, 23, 12, 0, 0, tzinfo=dt.UTC)
MODELS = [
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f",
    "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
    "odd ~name/../é%3A+",
]


class Caught(Exception):
    pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW)


def sent_by_botocore(model: str, body: bytes, token: str | None, *, stream: bool) -> Any:
    """The prepared request of the vendor's client, caught before it leaves."""
    session = botocore.session.Session()
    session.set_credentials("AKIDEXAMPLE", "wJalrXUtnFEMI", token)
    client = session.create_client("bedrock-runtime", region_name="eu-west-1")
    caught = []

    def put_body(request: Any, **_: Any) -> None:
        request.data = body

    def catch(request: Any, **_: Any) -> AWSResponse:
        caught.append(request)
        raise Caught

    client.meta.events.register("before-sign.bedrock-runtime.*", put_body)
    client.meta.events.register("before-send.bedrock-runtime.*", catch)
    call = client.converse_stream if stream else client.converse
    with pytest.raises(Caught):
        call(modelId=model, messages=[{"role": "user", "content": [{"text": "Hi"}]}])
    return caught[0]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("token", [None, "session/token=="], ids=["keys", "session"])
@pytest.mark.parametrize("model", MODELS)
def test_the_signature_is_botocores(clock: None, model: str, token: str | None, *, stream: bool) -> None:
    base_url = "https://bedrock-runtime.eu-west-1.amazonaws.com"
    endpoint = Endpoint(provider="bedrock", model=model, base_url=base_url, dialect="bedrock")
    request = Bedrock().encode(chat(stream=stream), endpoint, {})
    theirs = sent_by_botocore(model, request.body, token, stream=stream)

    headers = signed_headers(
        "POST",
        request.url,
        request.body,
        request.headers,
        region="eu-west-1",
        access_key_id="AKIDEXAMPLE",
        secret_access_key="wJalrXUtnFEMI",
        session_token=token,
    )

    assert request.url == theirs.url
    assert str(httpx.URL(request.url)) == request.url, "the client must not write it anew"
    assert headers == {
        name.lower(): value.decode()
        for name, value in theirs.headers.items()
        if name.lower() in ("authorization", "x-amz-date", "x-amz-security-token")
    }
    assert json.loads(request.body)["messages"][0]["role"] == "user"


def test_each_request_has_its_own(clock: None) -> None:
    def signature(body: bytes, url: str = "https://h.test/model/m/converse") -> str:
        keys: dict[str, Any] = {"access_key_id": "A", "secret_access_key": "S", "session_token": None}
        return signed_headers("POST", url, body, {}, region="us-east-1", **keys)["authorization"]

    assert signature(b"1") == signature(b"1")
    assert len({signature(b"1"), signature(b"2"), signature(b"1", "https://h.test/model/n/converse")}) == 3
