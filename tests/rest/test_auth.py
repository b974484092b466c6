"""Who comes in: the key as Bearer or Basic; else 401 in plain text."""

import httpx
import pytest

from tests.rest.scene import MESSAGES, PATH
from tests.running import KEY, Pointsman

BODY = {"model": "fake/hello", "messages": MESSAGES}


def _post(pointsman: Pointsman, headers: dict[str, str], body: object = BODY) -> httpx.Response:
    return httpx.post(pointsman.url + PATH, json=body, headers=headers, trust_env=False)


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "bearer", "BASIC", "Bearer "])
def test_the_key_is_taken_as_bearer_and_as_basic(pointsman: Pointsman, vendor: object, scheme: str) -> None:
    assert _post(pointsman, {"authorization": f"{scheme} {KEY}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Bearer {KEY}x"},
        {"authorization": f"Bearer {KEY[:-1]}"},
        {"authorization": f"Bearer {KEY} {KEY}"},
        {"authorization": KEY},
        {"authorization": f"Token {KEY}"},
        {"x-api-key": KEY},
        {"cookie": f"authorization=Bearer {KEY}"},
    ],
    ids=str,
)
@pytest.mark.parametrize("body", [BODY, BODY | {"stream": True}, []], ids=["whole", "stream", "nonsense"])
def test_everybody_else_is_told_unauthorized(
    pointsman: Pointsman, headers: dict[str, str], body: object
) -> None:
    response = _post(pointsman, headers, body)

    assert response.status_code == 401
    assert response.headers["content-type"] == "text/plain"
    assert response.text == "Unauthorized"
    assert response.headers["x-request-id"]


def test_a_key_beyond_ascii_is_no_key(pointsman: Pointsman) -> None:
    headers = httpx.Headers({"authorization": "Bearer schlüssel"}, encoding="utf-8")

    assert httpx.post(pointsman.url + PATH, json=BODY, headers=headers, trust_env=False).status_code in {
        400,
        401,
    }


def test_health_needs_no_key(pointsman: Pointsman) -> None:
    assert httpx.get(f"{pointsman.url}/healthz", trust_env=False).status_code == 200


def test_a_refused_call_is_in_the_log(pointsman: Pointsman) -> None:
    _post(pointsman, {"x-request-id": "refused-1"})

    (line,) = (line for line in pointsman.log.splitlines() if "refused-1" in line)
    assert '"http_status":401' in line
    assert '"error_type":"invalid_api_key"' in line
