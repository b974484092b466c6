"""POST /router/v1/explain through the real Envoy: the plan of a chat request, for which nobody is called."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.running import Pointsman, client_of, running
from tests.upstreams.fake_vendor import FakeVendor

PATH = "/router/v1/explain"
CONFIG = """
[server]
workers = 1

[providers.near]
dialect = "openai"
base_url = "{base_url}"
models = ["hello", "unpriced"]

[providers.far]
dialect = "openai"
base_url = "{base_url}"
models = ["hello"]

[providers.acme]
dialect = "openai"
base_url = "{base_url}"
models = ["near"]

[[models]]
provider = "near"
id = "hello"
model = "near/hello"
tools = false
price = {{ prompt = 0.3, completion = 2.5 }}

[[models]]
provider = "far"
id = "hello"
model = "near/hello"
tools = true
price = {{ prompt = 0.1, completion = 0.5 }}
"""
HI = [{"role": "user", "content": "Hi"}]
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]


@pytest.fixture(scope="module")
def explaining(vendor: FakeVendor) -> Iterator[Pointsman]:
    with running(CONFIG.format(base_url=vendor.base_url)) as pointsman:
        yield pointsman


@pytest.fixture(scope="module")
def client(explaining: Pointsman) -> Iterator[httpx.Client]:
    with client_of(explaining) as client:
        yield client


def explain(client: httpx.Client, query: str = "", **members: Any) -> Any:
    response = client.post(PATH + query, json={"messages": HI, **members})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def models(told: Any) -> list[str]:
    return [each["model"] for each in told["candidates"]]


def test_an_explanation(client: httpx.Client, vendor: FakeVendor) -> None:
    before = len(vendor.calls("hello"))

    told = explain(client, model="hello", sort=["price"], max_tokens=100)

    assert models(told) == ["far/hello", "near/hello"]
    assert (told["requested"], told["reading"]) == ("hello", "named")
    assert told["reasoning"] == "Selected 'far/hello' for 'hello', sorted by lowest price"
    assert told["sorted_by"] == ["lowest price"]
    assert (told["answer_tokens"], told["prompt_tokens"] > 0) == (100, True)
    assert told["excluded"] == []
    first = told["candidates"][0]
    assert (first["position"], first["provider"], first["standing"], first["place"]) == (1, "far", "well", 0)
    cost = (0.1 * told["prompt_tokens"] + 0.5 * 100) / 1_000_000
    assert first["expected_cost_usd"] == pytest.approx(cost)
    assert first["scores"] == {"intelligence": None, "coding": None, "math": None}
    assert len(vendor.calls("hello")) == before


def test_money_is_no_exponent(client: httpx.Client) -> None:
    response = client.post(PATH, json={"messages": HI, "model": "far/hello", "max_tokens": 1})

    assert '"expected_cost_usd":0.000000' in response.text


def test_chat_does_what_was_explained(client: httpx.Client) -> None:
    body: dict[str, Any] = {"model": "hello", "sort": ["price"], "messages": HI}
    told = explain(client, **body)

    answer = client.post("/v1/chat/completions", json=body).json()

    assert answer["model"] == models(told)[0]
    assert answer["metadata"]["reasoning"] == f"{told['reasoning']} - success"


def test_a_stream_is_explained_whole(client: httpx.Client) -> None:
    assert models(explain(client, model="near/hello", stream=True)) == ["near/hello"]


def test_who_is_left_out_and_why(client: httpx.Client) -> None:
    told = explain(client, model="hello", tools=TOOLS)

    assert models(told) == ["far/hello"]
    assert told["excluded"] == [
        {
            "model": "near/hello",
            "rule": "tools",
            "field": "tools",
            "reason": "tools is not supported by 'near/hello'",
        }
    ]


def test_that_nobody_is_left_is_explained_too(client: httpx.Client) -> None:
    told = explain(client, model="hello", provider={"max_price": {"completion": 0.1}})

    assert told["candidates"] == []
    assert {each["model"] for each in told["excluded"]} == {"near/hello", "far/hello"}
    assert {each["rule"] for each in told["excluded"]} == {"max_price"}
    assert told["reasoning"]


def test_auto_considers_all(client: httpx.Client) -> None:
    told = explain(client, model="auto", sort=["price"])

    assert told["reading"] == "auto"
    assert models(told)[:2] == ["far/hello", "near/hello"]
    unpriced = next(each for each in told["candidates"] if each["model"] == "near/unpriced")
    assert unpriced["expected_cost_usd"] is None


@pytest.mark.parametrize(
    ("query", "first", "sorted_by"),
    [
        ("", ["near/hello"], []),  # a provider and its model
        ("?flavour=openai", ["near/hello"], []),
        ("?flavour=openrouter", ["far/hello", "near/hello"], None),  # an author and theirs
    ],
)
def test_flavours(client: httpx.Client, query: str, first: list[str], sorted_by: list[str] | None) -> None:
    told = explain(client, query, model="near/hello")

    assert sorted(models(told)) == first
    if sorted_by is None:
        assert sum(each["first_chance"] for each in told["candidates"]) == pytest.approx(1, abs=1e-3)
    else:
        assert told["sorted_by"] == sorted_by
        assert told["candidates"][0]["first_chance"] is None


def test_a_conversation_is_told(client: httpx.Client) -> None:
    def key(session: str) -> str:
        headers = {"x-session-id": session}
        response = client.post(PATH, json={"model": "hello", "messages": HI}, headers=headers)
        found: str = response.json()["conversation"]
        return found

    assert key("one") == key("one") != key("two")
    assert explain(client, model="near/hello")["conversation"] is None


def test_measurements_are_told(client: httpx.Client) -> None:
    body: dict[str, Any] = {"model": "near/hello", "messages": HI}
    for _ in range(3):
        assert client.post("/v1/chat/completions", json=body).status_code == 200

    (candidate,) = explain(client, **body)["candidates"]

    assert candidate["requests"] >= 3
    assert candidate["error_rate"] == 0
    assert candidate["latency_ms"] > 0


GOOD = json.dumps({"model": "hello", "messages": HI})


@pytest.mark.parametrize(
    ("query", "body", "field", "said"),
    [
        ("?flavour=vanilla", GOOD, "flavour", "must be openai or openrouter, got 'vanilla'"),
        ("?flavor=openai", GOOD, "flavor", "is no query parameter; there are flavour"),
        ("?data=x", GOOD, "data", "is no query parameter; there are flavour"),
        ("?flavour=openai&flavour=openrouter", GOOD, "flavour", "is given more than once"),
        ("", "{", "", "JSON"),
        ("", "[]", "", "object"),
        ("", '{"model": "hello"}', "messages", ""),
        ("", '{"model": "nope", "messages": [{"role": "user", "content": "Hi"}]}', "model", "nope"),
        ("", '{"modell": "hello", "messages": [{"role": "user", "content": "Hi"}]}', "model", ""),
        ("", GOOD[:-1] + ', "sort": ["cheapest"]}', "sort[0]", "cheapest"),
    ],
)
def test_faults_of_a_request(client: httpx.Client, query: str, body: str, field: str, said: str) -> None:
    response = client.post(PATH + query, content=body, headers={"content-type": "application/json"})

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    told = response.json()
    assert (told["code"], told["details"][0]["domain"]) == (3, "pointsman")
    violations = {each["field"]: each["description"] for each in told["details"][1]["field_violations"]}
    assert said in violations[field]


def test_what_nothing_serves_yet(client: httpx.Client) -> None:
    body = {"model": "hello", "messages": HI, "plugins": [{"id": "web"}]}

    response = client.post(PATH, json=body)

    assert (response.status_code, response.json()["code"]) == (501, 12)
    assert "plugins" in response.json()["message"]


def test_another_method_is_nothing(client: httpx.Client) -> None:
    response = client.get(PATH)

    assert (response.status_code, response.json()["code"]) == (404, 5)


def test_a_key_is_needed(explaining: Pointsman) -> None:
    response = httpx.post(explaining.url + PATH, json={"model": "hello", "messages": HI}, trust_env=False)

    assert (response.status_code, response.headers["content-type"]) == (401, "text/plain")
    assert response.text == "Unauthorized"


def test_the_transport_does_not_show(client: httpx.Client) -> None:
    response = client.post(PATH, json={"model": "hello", "messages": HI})

    assert not [name for name in response.headers if name.startswith(("grpc-", "x-envoy-", "x-http-status"))]
