"""Creating, reading, changing, listing and deleting saved routers, as the REST door tells it."""

import asyncio
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service.errors import Conflict, Unavailable
from service.store.routers import Routers
from service.store.rows import StoredRouter
from tests.edge.routers.scene import Doors, route, router, run, saved, variant
from tests.edge.store_scene import NOW

CREATED = "2027-01-15T08:00:00.000Z"


def test_create(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        made = await doors.create(router(displayName="Mine"))

        assert made.status == 200
        shown = made.body["response"]
        assert made.body == {
            "name": "workspaces/default/routers/mine/operations/op1",
            "metadata": {
                "@type": "type.googleapis.com/pointsman.v1.RouterOperationMetadata",
                "verb": "create",
                "router": "mine",
                "create_time": CREATED,
                "warnings": [],
            },
            "done": True,
            "response": shown,
        }
        assert shown["@type"] == "type.googleapis.com/pointsman.v1.Router"
        assert (shown["displayName"], shown["source"]) == ("Mine", "store")
        assert shown["createTime"] == shown["updateTime"] == CREATED
        assert (await doors.get("mine")).body == {
            name: value for name, value in shown.items() if name != "@type"
        }
        assert (await doors.operation(made.body["name"])).body == made.body
        assert [each.name for each in doors.store.snapshot.routers] == [
            "mine"
        ]  # this worker knows it at once

    run(tmp_path, do)


FAULTS: dict[str, tuple[Any, set[str]]] = {
    "no JSON": (b"{", {""}),
    "no object": ([], {""}),
    "an unknown member with its path": (
        router(default_route=route(variant(temprature=1))),
        {"default_route.variants[0].variant.temprature"},
    ),
    "a reserved name": (router("models"), {"name"}),
    "no name": (router("Up_per"), {"name"}),
    "several at once": (
        router(
            routes=[
                {"condition": {"cel_expression": "tier =="}, "route": route(variant(60), route_id="a")},
                {"condition": {"cel_expression": "1 + 1"}, "route": route(route_id="a")},
            ],
        ),
        {
            "routes[0].condition.cel_expression",
            "routes[0].route.variants",
            "routes[1].condition.cel_expression",
            "routes[1].route.route_id",
        },
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(tmp_path: Path, case: str) -> None:
    body, fields = FAULTS[case]

    async def do(doors: Doors) -> None:
        refused = await doors.create(body)
        assert (refused.status, refused.reason) == (400, "INVALID_REQUEST")
        assert set(refused.fields) == fields
        assert (await doors.list()).body == {"routers": [], "nextPageToken": ""}

    run(tmp_path, do)


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router())
        again = await doors.create(router("inworld/mine"))
        assert (again.status, again.body["code"], again.reason) == (409, 6, "ALREADY_EXISTS")
        assert "mine" in again.body["message"]

    run(tmp_path, do)


@pytest.mark.parametrize("name", ["none", "", "models", "a/b", "\x00", "x" * 5000])
def test_nothing_of_that_name(tmp_path: Path, name: str) -> None:
    async def do(doors: Doors) -> None:
        for answer in (
            await doors.get(name),
            await doors.update(name, {"displayName": "x"}),
            await doors.delete(name),
            await doors.operation(name),
        ):
            assert (answer.status, answer.body["code"], answer.reason) == (404, 5, "NOT_FOUND")
            assert len(answer.body["message"]) < 200

    run(tmp_path, do)


def test_an_update(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        first = (await doors.create(router(display_name="Old"))).body["response"]
        doors.clock = NOW + 60

        updated = await doors.update("inworld/mine", {"displayName": "New"}, "displayName")

        shown = (await doors.get("mine")).body
        assert updated.body["metadata"]["verb"] == "update"
        assert updated.body["response"] == {"@type": first["@type"], **shown}
        assert shown["displayName"] == "New"
        assert shown["etag"] != first["etag"]
        assert (shown["createTime"], shown["updateTime"]) == (CREATED, "2027-01-15T08:01:00.000Z")
        assert json.loads(doors.store.snapshot.routers[0].document)["display_name"] == "New"

    run(tmp_path, do)


def test_what_was_read_can_be_written(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router(defaults={"text_generation_config": {"seed": 7}}))
        read = (await doors.get("routers/mine")).body

        answer = await doors.update("mine", read)

        assert answer.status == 200, answer.body
        assert answer.body["response"]["etag"] == read["etag"]

    run(tmp_path, do)


def test_all_faults_of_an_update(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router())
        body = {"name": "other", "colour": 1, "defaultRoute": route(variant(weight=-1))}

        refused = await doors.update("mine", body)

        assert refused.status == 400
        assert set(refused.fields) == {"name", "colour", "default_route.variants[0].weight"}
        masked = await doors.update("mine", {"name": "other"}, "colour,name")
        assert masked.fields == ["name", "update_mask", "update_mask"]
        assert (await doors.update("mine", {"etag": 5})).fields == ["etag"]

    run(tmp_path, do)


def test_a_router_without_routes_is_none(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router())
        assert (await doors.update("mine", {}, "default_route")).status == 400
        assert (await doors.get("mine")).body["defaultRoute"]["route_id"] == "d"

    run(tmp_path, do)


def test_etags(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        old = (await doors.create(router())).body["response"]["etag"]
        await doors.update("mine", {"etag": old, "displayName": "1"})

        late = await doors.update("mine", {"etag": old, "displayName": "2"})
        gone = await doors.delete("mine", f"etag={old}")

        for answer in (late, gone):
            assert (answer.status, answer.body["code"], answer.reason) == (409, 10, "CONFLICT")
        shown = (await doors.get("mine")).body
        assert shown["displayName"] == "1"
        assert (await doors.update("mine", {"etag": "", "displayName": "3"})).status == 200
        etag = (await doors.get("mine")).body["etag"]
        assert (await doors.delete("mine", f"etag={etag}")).body == {}
        assert (await doors.get("mine")).status == 404

    run(tmp_path, do)


def test_updates_at_the_same_time_are_all_made(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router())

        bodies = [
            ({"displayName": "New"}, "display_name"),
            ({"defaults": {"optimize_prompt": True}}, "defaults"),
            ({"default_route": route(route_id="e")}, ""),
        ]
        answers = await asyncio.gather(*(doors.update("mine", body, mask) for body, mask in bodies))

        assert [each.status for each in answers] == [200] * 3
        shown = (await doors.get("mine")).body
        assert (shown["displayName"], shown["defaults"]) == ("New", {"optimize_prompt": True})
        assert shown["defaultRoute"]["route_id"] == "e"

    run(tmp_path, do)


class Restless(Routers):
    """A store where somebody else is always faster."""

    tries = 0

    async def update(self, *_: Any, **__: Any) -> StoredRouter:
        self.tries += 1
        raise Conflict("changed")


def test_an_update_that_never_gets_through(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router())
        restless = Restless(doors.store.database)
        doors.routers._store = restless

        answer = await doors.update("mine", {"displayName": "x"})

        assert (answer.status, answer.reason) == (503, "UNAVAILABLE")
        assert 10 <= restless.tries <= 50
        assert 1 < sum(doors.pauses) < 10
        etag = (await doors.get("mine")).body["etag"]
        late = await doors.update("mine", {"displayName": "x", "etag": etag})
        assert (late.status, late.reason) == (409, "CONFLICT")

    run(tmp_path, do)


class Slow(Routers):
    """A store that takes its time between reading and writing."""

    async def get(self, name: str) -> StoredRouter:
        stored = await super().get(name)
        await asyncio.sleep(0.005)
        return stored


@pytest.mark.parametrize("workers", [1, 3])
def test_updates_without_an_etag_never_conflict(tmp_path: Path, workers: int) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router())
        callers = [doors, *(Doors(doors.store, {}) for _ in range(workers - 1))]
        numbers = itertools.count()
        for each in callers:
            each.routers._store = Slow(doors.store.database)
            each.routers._token = lambda: f"all{next(numbers)}"
            each.routers._pause = asyncio.sleep

        bodies = [{"displayName": f"{number}"} for number in range(48)]
        answers = await asyncio.gather(
            *(callers[number % workers].update("mine", body) for number, body in enumerate(bodies))
        )

        assert {each.status for each in answers} == {200}

    run(tmp_path, do)


def test_an_update_that_changes_nothing_is_no_change(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        first = (await doors.create(router(displayName="A"))).body["response"]
        doors.clock = NOW + 60

        same = await doors.update("mine", {"displayName": "A"})

        assert same.body["response"] == first
        assert same.body["metadata"]["create_time"] == "2027-01-15T08:01:00.000Z"
        assert (await doors.operation(same.body["name"])).body == same.body
        assert (await doors.get("mine")).body["updateTime"] == CREATED

    run(tmp_path, do)


def test_what_is_taken_back_has_its_etag_again(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        first = (await doors.create(router(displayName="A"))).body["response"]
        await doors.update("mine", {"displayName": "B"})
        doors.clock = NOW + 60
        again = (await doors.update("mine", {"displayName": "A"})).body["response"]

        assert again["etag"] == first["etag"]
        assert again["updateTime"] > first["updateTime"]

    run(tmp_path, do)


@pytest.mark.parametrize("form", ['"{}"', 'W/"{}"', "{}", ' "{}" '])
def test_an_etag_in_the_header(tmp_path: Path, form: str) -> None:
    async def do(doors: Doors) -> None:
        etag = (await doors.create(router())).body["response"]["etag"]
        header = form.format(etag)

        assert (await doors.update("mine", {"displayName": "1", "etag": etag}, "", header)).status == 200
        for answer in (
            await doors.update("mine", {"displayName": "2"}, "", header),
            await doors.delete("mine", "", header),
        ):
            assert (answer.status, answer.reason) == (409, "CONFLICT")
        now = (await doors.get("mine")).body["etag"]
        for answer in (
            await doors.update("mine", {"etag": now}, "", header),
            await doors.delete("mine", f"etag={now}", header),
        ):
            assert (answer.status, answer.fields) == (400, ["etag"])
        assert (await doors.delete("mine", "", form.format(now))).status == 200

    run(tmp_path, do)


@pytest.mark.parametrize("header", ["", "*"])
def test_a_header_that_wants_any(tmp_path: Path, header: str) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router())
        assert (await doors.update("mine", {"displayName": "1"}, "", header)).status == 200
        assert (await doors.delete("mine", "", header)).status == 200

    run(tmp_path, do)


@pytest.mark.parametrize("header", ['"a", "b"', '"a', "a b"])
def test_a_header_that_is_no_etag(tmp_path: Path, header: str) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router())
        answer = await doors.delete("mine", "", header)
        assert (answer.status, answer.fields) == (400, ["if-match"])

    run(tmp_path, do)


def test_a_mask_in_several_parameters(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router(displayName="A", defaults={"optimize_prompt": True}))
        answer = await doors.update("mine", {}, "displayName&update_mask=defaults")
        assert answer.status == 200
        assert not {"displayName", "defaults"} & answer.body["response"].keys()

    run(tmp_path, do)


def test_pages(tmp_path: Path) -> None:
    files = {name: saved(name) for name in ("b-file", "z-file", "r-3")}

    async def do(doors: Doors) -> None:
        doors.files = {}
        for number in range(5):
            await doors.create(router(f"r-{number}"))
        doors.files = files

        pages: list[list[str]] = []
        token = ""
        while token or not pages:
            page = (await doors.list(f"pageSize=3&page_token={token}")).body
            pages.append([each["name"] for each in page["routers"]])
            token = page["nextPageToken"]

        assert pages == [["b-file", "r-0", "r-1"], ["r-2", "r-3", "r-4"], ["z-file"]]
        everything = (await doors.list()).body["routers"]
        sources = {each["name"]: each["source"] for each in everything}
        assert sources["r-3"] == "file"  # files win
        assert sources["r-2"] == "store"

    run(tmp_path, do)


def test_files_are_shown_and_not_changed(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        shown = (await doors.get("kept")).body
        assert shown["source"] == "file"
        assert "createTime" not in shown
        for answer in (
            await doors.create(router("kept")),
            await doors.update("kept", {"displayName": "x"}),
            await doors.delete("kept"),
        ):
            assert (answer.status, answer.body["code"], answer.reason) == (400, 9, "FAILED_PRECONDITION")
            assert "is read from a file" in answer.body["message"]
        assert (await doors.get("kept")).body == shown

    run(tmp_path, do, {"kept": saved("kept")})


class Away(Routers):
    """A store that is away."""

    async def _fail(self, *_: Any, **__: Any) -> Any:
        raise Unavailable("The store cannot be reached now.")

    create = update = delete = get = list = operation = _fail


@pytest.mark.parametrize("noticed", [True, False])
def test_without_the_store(tmp_path: Path, noticed: bool) -> None:
    async def do(doors: Doors) -> None:
        for name in ("a", "c"):
            await doors.create(router(name))
        before = (await doors.list()).body
        away = Away(doors.store.database)
        doors.routers._store = away
        doors.routers._reader._store = away
        doors.store.watch.connected = not noticed

        assert (await doors.list()).body == before
        assert [each["name"] for each in (await doors.list("page_size=1")).body["routers"]] == ["a"]
        assert (await doors.get("c")).body["name"] == "c"
        assert (await doors.get("b")).status == 404
        writes: Mapping[str, Any] = {
            "create": await doors.create(router("d")),
            "update": await doors.update("a", {"displayName": "x"}),
            "delete": await doors.delete("a"),
        }
        for answer in writes.values():
            assert (answer.status, answer.body["code"], answer.reason) == (503, 14, "UNAVAILABLE")

    run(tmp_path, do)


def test_without_the_store_and_a_snapshot(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        doors.store.watch.snapshot = None
        doors.routers._reader._store = Away(doors.store.database)

        assert (await doors.get("kept")).status == 200
        assert (await doors.get("a")).status == 503
        assert (await doors.list()).status == 503

    run(tmp_path, do, {"kept": saved("kept")})


def test_what_another_version_saved(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        await doors.create(router("a"))
        stored = doors.store.snapshot.routers[0]
        later = stored.document[:-1] + b',"later":1}'
        store = Routers(doors.store.database)
        operation = await store.operation("workspaces/default/routers/a/operations/op1")
        renamed = type(operation)(name="x", document=b"{}", created=NOW)
        await store.update("a", later, "e", stored.etag, renamed)

        shown = await doors.get("a")
        assert (shown.status, shown.reason) == (400, "FAILED_PRECONDITION")
        assert "later" in shown.body["message"]
        assert (await doors.list()).body["routers"] == []
        assert (await doors.delete("a")).body == {}

    run(tmp_path, do)
