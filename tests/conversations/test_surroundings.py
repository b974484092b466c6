"""What surrounds an answer, through Envoy: its cost, fetched media, bare names, what only some can do."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.conversations.vendors import pixel
from tests.rest.scene import PATH
from tests.upstreams.situations import SituationVendor

USER = [{"role": "user", "content": "Hi"}]
PNG = base64.b64decode(pixel().partition(",")[2])


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "image/png")
        self.end_headers()
        self.wfile.write(PNG)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of a server on loopback that has a picture."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def picture(url: str) -> list[Any]:
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


def ask(http: httpx.Client, model: str, messages: Any = USER, **members: Any) -> httpx.Response:
    return http.post(PATH, json={"model": model, "messages": messages, **members})


def test_an_answer_has_its_cost(http: httpx.Client) -> None:
    usage = ask(http, "o/gpt-4o--text").json()["usage"]

    # 12 tokens at 1 dollar and 5 at 2 dollars a million.
    assert usage["cost"] == 0.000022
    assert usage["cost_details"] == {
        "upstream_inference_cost": 0.000022,
        "upstream_inference_prompt_cost": 0.000012,
        "upstream_inference_completions_cost": 0.00001,
    }


def test_an_unknown_price_is_null(http: httpx.Client) -> None:
    assert ask(http, "a/claude-sonnet-4-5--text").json()["usage"]["cost"] is None


def test_bytes_are_fetched_where_the_vendor_wants_them(
    http: httpx.Client, vendors: dict[str, SituationVendor], site: int
) -> None:
    response = ask(http, "g/gemini-2.5-flash--image", picture(f"http://127.0.0.1:{site}/a.png"))

    assert response.status_code == 200, response.text
    assert base64.b64encode(PNG) in vendors["g"].last("gemini-2.5-flash--image").raw


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://localhost:{port}/a.png", "leads to a private address"),
        ("http://169.254.169.254/latest/meta-data", "leads to a private address"),
        ("http://127.0.0.1:9/a.png", "could not be fetched"),
    ],
)
def test_what_may_not_be_fetched_is_the_caller_s_fault(
    http: httpx.Client, site: int, url: str, why: str
) -> None:
    response = ask(http, "g/gemini-2.5-flash--image", picture(url.format(port=site)))

    assert response.status_code == 400
    assert why in response.json()["error"]["message"]


def test_a_bucket_of_the_operator_is_closed(http: httpx.Client) -> None:
    response = ask(http, "bk/us.amazon.nova-lite-v1:0--image", picture("s3://private/a.png"))

    assert (response.status_code, response.json()["error"]["param"]) == (
        400,
        "messages[0].content[0].image_url.url",
    )


def test_a_bare_name_goes_to_one_that_can(http: httpx.Client) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

    assert ask(http, "many--text").json()["model"] in ("o/many--text", "c/many--text")
    assert ask(http, "many--text", tools=[tool]).json()["model"] == "c/many--text"


def test_several_answers_of_a_vendor_that_gives_one(http: httpx.Client) -> None:
    response = ask(http, "a/claude-sonnet-4-5--text", n=2)

    assert response.status_code == 400
    assert response.json()["error"]["param"] == "n"
    assert "n is not supported by 'a/claude-sonnet-4-5--text'" in response.json()["error"]["message"]
