"""Saved routers, operations and keys over REST, through the real Envoy: shapes, statuses, spellings.

What routers may be and how they are served is tested at both doors in `tests/routers`.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.running import Pointsman, client_of, eventually, running
from tests.upstreams.fake_vendor import FakeVendor

ROUTERS = "/router/v1/routers"
KEYS = "/router/v1/keys"
CONFIG = """
[server]
workers = 2

[providers.fake]
dialect = "openai"
base_url = "{base_url}"
models = ["hello"]
"""
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def installation(vendor: FakeVendor) -> Iterator[Pointsman]:
    with running(CONFIG.format(base_url=vendor.base_url)) as pointsman:
        yield pointsman


@pytest.fixture(scope="module")
def client(installation: Pointsman) -> Iterator[httpx.Client]:
    with client_of(installation) as client:
        yield client


def variant(weight: float = 100, **members: Any) -> dict[str, Any]:
    return {"variant": {"variant_id": "v", "model_id": "fake/hello", **members}, "weight": weight}


def router(**members: Any) -> dict[str, Any]:
    default = {"route_id": "d", "variants": [variant()]}
    return {"name": f"rest-{next(_numbers)}", "displayName": "Mine", "defaultRoute": default, **members}


def created(client: httpx.Client, **members: Any) -> dict[str, Any]:
    response = client.post(ROUTERS, json=router(**members))
    assert response.status_code == 200, response.text
    operation: dict[str, Any] = response.json()
    return operation


def failure(response: httpx.Response, status: int, code: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body: dict[str, Any] = response.json()
    assert body["code"] == code
    assert body["details"][0]["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    return body


def fields(body: dict[str, Any]) -> list[str]:
    return [each["field"] for each in body["details"][1]["field_violations"]]


def test_the_life_of_a_router(client: httpx.Client) -> None:
    operation = created(client)
    name = operation["metadata"]["router"]

    assert operation["done"] is True
    assert operation["metadata"]["@type"] == "type.googleapis.com/pointsman.v1.RouterOperationMetadata"
    assert (operation["metadata"]["verb"], operation["metadata"]["warnings"]) == ("create", [])
    shown = client.get(f"{ROUTERS}/{name}").json()
    assert operation["response"] == {"@type": "type.googleapis.com/pointsman.v1.Router", **shown}
    assert {"name", "displayName", "defaultRoute", "etag", "createTime", "updateTime"} <= set(shown)
    assert shown["source"] == "store"
    assert shown["createTime"] == shown["updateTime"]
    assert client.get(f"/lro/v1alpha/{operation['name']}").json() == operation

    updated = client.patch(f"{ROUTERS}/{name}?update_mask=displayName", json={"displayName": "New"}).json()

    assert updated["metadata"]["verb"] == "update"
    assert updated["response"]["displayName"] == "New"
    assert updated["response"]["etag"] != shown["etag"]
    deleted = client.delete(f"{ROUTERS}/{name}")
    assert (deleted.status_code, deleted.json()) == (200, {})
    assert name in failure(client.get(f"{ROUTERS}/{name}"), 404, 5)["message"]


def test_operations_are_found_on_every_worker(client: httpx.Client) -> None:
    operation = created(client)

    polled = {
        client.get(f"/lro/v1alpha/{operation['name']}", headers={"connection": "close"}).text
        for _ in range(8)
    }

    assert len(polled) == 1


@pytest.mark.parametrize("prefix", ["inworld%2F", "routers%2F"])
def test_prefixes_in_the_path(client: httpx.Client, prefix: str) -> None:
    name = created(client)["metadata"]["router"]

    assert client.get(f"{ROUTERS}/{prefix}{name}").json()["name"] == name


def test_pages(client: httpx.Client) -> None:
    names = {created(client)["metadata"]["router"] for _ in range(3)}

    first = client.get(ROUTERS, params={"pageSize": 2}).json()
    rest = client.get(ROUTERS, params={"page_token": first["nextPageToken"]}).json()

    assert len(first["routers"]) == 2
    assert names <= {each["name"] for each in [*first["routers"], *rest["routers"]]}
    assert rest["nextPageToken"] == ""


def test_an_etag_in_the_query(client: httpx.Client) -> None:
    shown = created(client)["response"]

    failure(client.delete(f"{ROUTERS}/{shown['name']}", params={"etag": "other"}), 409, 10)

    assert client.delete(f"{ROUTERS}/{shown['name']}", params={"etag": shown["etag"]}).json() == {}


FAULTS: dict[str, tuple[str, str, Any, list[str]]] = {
    "no object": ("POST", ROUTERS, [], [""]),
    "no JSON": ("POST", ROUTERS, b"{", [""]),
    "unknown members": ("POST", ROUTERS, router(colour=1), ["colour"]),
    "weights": (
        "POST",
        ROUTERS,
        router(defaultRoute={"route_id": "d", "variants": [variant(99)]}),
        ["default_route.variants"],
    ),
    "a size below zero": ("GET", f"{ROUTERS}?page_size=-1", None, ["page_size"]),
    "a size in words": ("GET", f"{ROUTERS}?pageSize=many", None, ["page_size"]),
    "two spellings": ("GET", f"{ROUTERS}?pageSize=1&page_size=2", None, ["page_size"]),
    "a token of nobody's": ("GET", f"{ROUTERS}?page_token=!", None, ["page_token"]),
    "an unknown parameter": ("GET", f"{ROUTERS}?filter=x", None, ["filter"]),
    "no users": ("POST", f"{ROUTERS}/x:simulate", {"users": 0}, ["users"]),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(client: httpx.Client, case: str) -> None:
    method, path, body, at = FAULTS[case]
    sent: dict[str, Any] = (
        {} if body is None else {"content": body} if isinstance(body, bytes) else {"json": body}
    )

    assert fields(failure(client.request(method, path, **sent), 400, 3)) == at


def test_parameters_that_sdks_add_are_let_through(client: httpx.Client) -> None:
    assert client.get(ROUTERS, params={"api-version": "1", "beta": "true"}).status_code == 200


def test_a_name_is_taken_once(client: httpx.Client) -> None:
    name = created(client)["metadata"]["router"]

    failure(client.post(ROUTERS, json=router(name=name)), 409, 6)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ROUTERS),
        ("POST", ROUTERS),
        ("GET", f"{ROUTERS}/x"),
        ("PATCH", f"{ROUTERS}/x"),
        ("DELETE", f"{ROUTERS}/x"),
        ("POST", f"{ROUTERS}/x:simulate"),
        ("GET", "/lro/v1alpha/workspaces/default/routers/x/operations/1"),
        ("GET", KEYS),
        ("POST", KEYS),
        ("DELETE", f"{KEYS}/x"),
    ],
)
def test_without_a_key(installation: Pointsman, method: str, path: str) -> None:
    response = httpx.request(method, installation.url + path, trust_env=False)

    assert (response.status_code, response.text) == (401, "Unauthorized")
    assert response.headers["content-type"] == "text/plain"


def test_nothing_else_is_at_these_paths(client: httpx.Client) -> None:
    for method, path in (("PUT", ROUTERS), ("GET", "/lro/v1alpha"), ("GET", "/router/v1/none")):
        response = client.request(method, path)
        assert (response.status_code, response.json()["code"]) == (404, 5)


def test_a_simulation(client: httpx.Client) -> None:
    name = created(
        client,
        routes=[
            {
                "condition": {"cel_expression": 'tier == "gold"'},
                "route": {"route_id": "gold", "variants": [variant()]},
            }
        ],
        defaultRoute={"route_id": "d", "variants": [variant(75), variant(25, variant_id="w")]},
    )["metadata"]["router"]

    told = client.post(f"{ROUTERS}/{name}:simulate", json={"users": 2000}).json()
    gold = client.post(
        f"{ROUTERS}/{name}:simulate",
        json={"users": 10, "request": {"extra_body": {"metadata": {"tier": "gold"}}}},
    ).json()

    assert (told["users"], told["unmatched"]) == (2000, 0)
    assert [(each["route_id"], each["users"]) for each in told["routes"]] == [("gold", 0), ("d", 2000)]
    first, second = told["routes"][1]["variants"]
    assert (first["variant_id"], first["weight"], first["users"] + second["users"]) == ("v", 75, 2000)
    assert first["share"] == pytest.approx(0.75, abs=0.05)
    assert [(each["route_id"], each["share"]) for each in gold["routes"]] == [("gold", 1.0), ("d", 0.0)]


def test_explaining_a_saved_router(client: httpx.Client) -> None:
    templates = [{"role": "system", "content": "For {{brand}}."}]
    inline = router(
        routes=[
            {
                "condition": {"cel_expression": "false"},
                "route": {"route_id": "never", "variants": [variant()]},
            }
        ],
        defaultRoute={"route_id": "d", "variants": [variant(message_templates=templates)]},
    )
    name = created(client, **inline)["metadata"]["router"]
    chat = {
        "messages": [{"role": "user", "content": "Hi"}],
        "extra_body": {"prompt_variables": {"brand": "Acme"}},
    }

    told = client.post("/router/v1/explain", json={"model": f"inworld/{name}", **chat}).json()
    given = client.post("/router/v1/explain", json={"router": inline, **chat}).json()
    plain = client.post("/router/v1/explain", json={"model": "fake/hello", **chat}).json()

    assert (told["router"], told["route_id"], told["variant_id"]) == (name, "d", "v")
    assert told["prompt"] == [{"role": "system", "content": "For Acme."}]
    assert [each["route_id"] for each in told["unmatched"]] == ["never"]
    assert [each["model"] for each in told["candidates"]] == ["fake/hello"]
    members = ("route_id", "variant_id", "prompt", "unmatched")
    assert {each: given[each] for each in members} == {each: told[each] for each in members}
    assert (plain["router"], plain["route_id"], plain["prompt"], plain["unmatched"]) == (None, None, None, [])


def made(client: httpx.Client, *permissions: str, **members: Any) -> dict[str, Any]:
    response = client.post(KEYS, json={"name": "test", "permissions": permissions, **members})
    assert response.status_code == 200, response.text
    key: dict[str, Any] = response.json()
    return key


def test_the_life_of_a_key(client: httpx.Client, installation: Pointsman) -> None:
    key = made(client, "routers.read")

    assert key["secret"].startswith("pm-")
    assert (key["permissions"], key["expire_time"], key["revoke_time"]) == (["routers.read"], None, None)
    listed = client.get(KEYS).json()["keys"]
    assert {name: value for name, value in key.items() if name != "secret"} in listed
    assert key["secret"] not in client.get(KEYS).text
    headers = {"authorization": f"Bearer {key['secret']}"}
    with httpx.Client(base_url=installation.url, headers=headers, trust_env=False) as holder:
        assert holder.get(ROUTERS).status_code == 200
        assert "routers.write" in failure(holder.post(ROUTERS, json=router()), 403, 7)["message"]
        failure(holder.get(KEYS), 403, 7)

        revoked = client.delete(f"{KEYS}/{key['id']}").json()

        assert revoked["revoke_time"] is not None
        eventually(lambda: holder.get(ROUTERS).status_code == 401)
    assert client.delete(f"{KEYS}/{key['id']}").json() == revoked
    failure(client.delete(f"{KEYS}/none"), 404, 5)


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, ["name", "permissions"]),
        ({"name": "x", "permissions": ["root"]}, ["permissions[0]"]),
        ({"name": "x", "permissions": ["chat"], "expire_time": "2001-01-01T00:00:00Z"}, ["expire_time"]),
        ({"name": "x", "permissions": ["chat"], "expireTime": "soon"}, ["expire_time"]),
        ({"name": "x", "permissions": ["chat"], "ttl": 5}, ["ttl"]),
    ],
)
def test_faulty_keys(client: httpx.Client, body: dict[str, Any], at: list[str]) -> None:
    assert fields(failure(client.post(KEYS, json=body), 400, 3)) == at
