"""What Envoy itself answers, lets through and keeps back."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.supervisor import envoy
from tests.rest.scene import MESSAGES, PATH, Scene, Wire
from tests.running import KEY, Pointsman
from tests.upstreams.fake_vendor import hello, replying

_ROOT = Path(envoy.__file__).parents[2]
MIB = 1024 * 1024


def _not_found(code: str) -> dict[str, Any]:
    message = "There is nothing at this path, or not with this method."
    shapes: dict[str, dict[str, Any]] = {
        "v1": {
            "error": {"message": message, "type": "invalid_request_error", "param": None, "code": "not_found"}
        },
        "api": {"error": {"message": message, "code": 404}},
        "rpc": {"code": 5, "message": message, "details": []},
    }
    return shapes[code]


@pytest.mark.parametrize(
    ("method", "path", "shape"),
    [
        ("GET", "/", "v1"),
        ("GET", "/nope", "v1"),
        ("POST", "/v1/nope", "v1"),
        ("GET", PATH, "v1"),
        ("DELETE", PATH, "v1"),
        ("POST", f"{PATH}/more", "v1"),
        ("POST", "/v1", "v1"),
        ("GET", "/api/v1/nope", "api"),
        ("GET", "/api/v1", "api"),
        ("GET", "/api/v1x", "v1"),
        ("POST", "/router/v1/nope", "rpc"),
        ("GET", "/llm/v1alpha/nope", "rpc"),
        ("POST", "/lro/v1alpha/x", "rpc"),
        ("POST", "/pointsman.v1.RestService/ChatCompletions", "v1"),
        ("POST", "/pointsman.v1.ChatCompletionService/CreateChatCompletion", "v1"),
    ],
)
@pytest.mark.parametrize("key", ["with a key", "without a key"])
def test_unknown_paths(pointsman: Pointsman, method: str, path: str, shape: str, key: str) -> None:
    headers = pointsman.headers if key == "with a key" else {}

    response = httpx.request(method, f"{pointsman.url}{path}?x=1", headers=headers, trust_env=False)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert response.json() == _not_found(shape)
    assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("//v1//chat/completions", PATH),
        ("/v1/./chat/../chat/completions", PATH),
    ],
)
def test_paths_are_normalized(scene: Scene, path: str, shape: str) -> None:
    with Wire(scene.pointsman) as wire:
        wire.send_head("POST", path, "content-type: application/json", "content-length: 2")
        wire.send(b"{}")

        assert wire.read_head() == 400
        assert b"model field is required" in wire.read_body()


TOO_LARGE = {"v1": {"message": "The request body is larger than 32 MiB.", "code": "request_too_large"}}


def test_a_body_too_large_is_refused_by_its_length(scene: Scene) -> None:
    response = scene.post(b" " * 33 * MIB)

    assert response.status_code == 413
    assert response.json()["error"].items() >= TOO_LARGE["v1"].items()


def test_a_body_too_large_is_refused_without_a_length(pointsman: Pointsman) -> None:
    with Wire(pointsman) as wire:
        wire.send_head("POST", PATH, "content-type: application/json", "transfer-encoding: chunked")
        chunk = b"%x\r\n%s\r\n" % (MIB, b" " * MIB)
        try:
            for _ in range(33):
                wire.send(chunk)
            wire.send(b"0\r\n\r\n")
        except ConnectionError:
            pass  # refused while sending; the answer is there to be read

        assert wire.read_head() == 413
        assert b"request_too_large" in wire.read_body()


def test_a_grpc_method_in_another_protocol_is_refused_at_once(pointsman: Pointsman) -> None:
    with Wire(pointsman) as wire:
        path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
        wire.send_head("POST", path, "content-type: application/connect+proto", "transfer-encoding: chunked")
        # The body is a stream that has not ended, and may never end.
        assert wire.read_head() == 404


def test_thirty_one_megabytes_pass(scene: Scene) -> None:
    messages = [{"role": "user", "content": "x" * 31 * MIB}]

    assert scene.plays(hello).ask(messages=messages).status_code == 200
    assert len(scene.call.body) > 31 * MIB


def test_headers_too_large(pointsman: Pointsman, http: httpx.Client, vendor: object) -> None:
    body = {"model": "fake/hello", "messages": MESSAGES}

    assert http.post(PATH, json=body, headers={"x-big": "a" * 60_000}).status_code == 200
    refused = http.post(PATH, json=body, headers={"x-big": "a" * 70_000})
    assert refused.status_code == 431
    assert refused.json()["error"]["code"] == "headers_too_large"


@pytest.mark.parametrize(
    "header",
    [
        "grpc-timeout: banana",
        "grpc-timeout: 1n",
        "grpc-encoding: gzip",
        "x-foo-bin: !!!",
        "x-odd~name: 1",
        "te: trailers",
        "x-http-status: 418",
        "x-envoy-upstream-rq-timeout-ms: 1",
        "x-envoy-retry-on: 5xx",
        "x-envoy-original-path: /etc",
        "expect: 100-continue",
        "upgrade: websocket",
        "accept-encoding: gzip, br",
        "accept: text/html",
    ],
)
def test_odd_headers_do_no_harm(scene: Scene, header: str) -> None:
    with Wire(scene.pointsman) as wire:
        wire.ask(scene.plays(hello).body(), header)
        status = wire.read_head()
        while status == 100:
            status = wire.read_head()

        assert status == 200
        assert b'"content":"Hello"' in wire.read_body()


def _leaks(names: Any) -> list[str]:
    return [
        name for name in names if re.match(r"grpc-|x-envoy-|x-http-status|server-timing|via", name.lower())
    ]


@pytest.mark.parametrize("members", [{}, {"stream": True}, {"n": 0}, {"sort": ["price"]}], ids=str)
def test_the_transport_does_not_show(scene: Scene, members: dict[str, Any]) -> None:
    with Wire(scene.pointsman) as wire:
        wire.ask(scene.plays(hello).body(**members), "te: trailers")
        wire.read_head()

        assert _leaks(wire.headers) == []
        assert wire.headers["server"] == "pointsman"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("model", "status"), [("hello", 200), ("nowhere", 404)])
@pytest.mark.parametrize("stream", ["true", "false"])
def test_the_transport_does_not_show_over_http2(
    pointsman: Pointsman, vendor: object, model: str, status: int, stream: str
) -> None:
    body = (
        f'{{"model": "fake/{model}", "messages": [{{"role": "user", "content": "Hi"}}], "stream": {stream}}}'
    )
    command = ["curl", "-sSv", "--noproxy", "*", "--http2-prior-knowledge", pointsman.url + PATH, "-d", body]
    done = subprocess.run(
        [*command, "-H", f"Authorization: Bearer {KEY}"],
        capture_output=True,
        check=True,
        timeout=20,
        text=True,
    )

    headers = [line.removeprefix("< ") for line in done.stderr.splitlines() if line.startswith("< ")]
    assert headers[0].startswith(f"HTTP/2 {status}")
    assert _leaks(headers) == []  # trailers included


@pytest.mark.parametrize("origin", ["https://app.example", "http://localhost:3000", "null"])
def test_browsers_may_ask(scene: Scene, origin: str) -> None:
    preflight = httpx.options(
        scene.pointsman.url + PATH,
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-stainless-os",
        },
        trust_env=False,
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == origin
    assert "POST" in preflight.headers["access-control-allow-methods"]
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert {"authorization", "content-type", "x-stainless-os"} <= set(re.split(r",\s*", allowed))
    assert "access-control-allow-credentials" not in preflight.headers

    for script in (hello, replying({"error": {"message": "no"}}, 500)):
        actual = scene.plays(script).ask(headers={"origin": origin})
        assert actual.headers["access-control-allow-origin"] == origin
        assert "x-generation-id" in actual.headers["access-control-expose-headers"]


@pytest.mark.parametrize("refusal", [{"path": "/nope"}, {"authorization": "Bearer wrong"}], ids=str)
def test_browsers_may_read_refusals(http: httpx.Client, refusal: dict[str, str]) -> None:
    path = refusal.get("path", PATH)
    headers = {"origin": "https://app.example", **refusal}

    assert http.post(path, json={}, headers=headers).headers["access-control-allow-origin"]


@pytest.mark.parametrize("rendered", [False, True], ids=["as it stands", "rendered"])
def test_the_configuration_is_valid_and_without_warnings(tmp_path: Path, rendered: bool) -> None:
    config = _ROOT / "envoy.yaml"
    if rendered:
        config = tmp_path / "envoy.json"
        sockets = [tmp_path / f"worker-{number}.sock" for number in range(3)]
        text = envoy.render(host="127.0.0.1", port=18080, admin=tmp_path / "admin.sock", workers=sockets)
        config.write_text(text, "utf-8")

    command = [envoy.binary(), "--mode", "validate", "-c", str(config), "--log-level", "warning"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert "OK" in done.stdout
    assert done.stderr.strip() == ""
