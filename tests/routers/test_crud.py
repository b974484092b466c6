"""Conformance: creating, reading, updating, listing, deleting, polling (Inworld 4.5)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.routers.doors import ROUTERS, Door, RefusedError, RestDoor
from tests.routers.scene import RouterScene


def test_create_is_done_at_once(scene: RouterScene) -> None:
    operation = scene.door.create(scene.router(display_name="Mine"))

    assert operation["name"].startswith(f"workspaces/default/routers/{scene.name}/operations/")
    assert operation["done"] is True
    assert operation["response"]["@type"] == "type.googleapis.com/pointsman.v1.Router"
    assert operation["response"]["name"] == scene.name
    assert scene.door.operation(operation["name"]) == operation


def test_an_operation_that_there_never_was(scene: RouterScene) -> None:
    with pytest.raises(RefusedError) as refused:
        scene.door.operation(f"workspaces/default/routers/{scene.name}/operations/none")

    assert (refused.value.status, refused.value.reason) == (404, "not_found")


def test_a_name_is_taken_once(scene: RouterScene) -> None:
    scene.saved()

    with pytest.raises(RefusedError) as refused:
        scene.door.create(scene.router())

    assert (refused.value.status, refused.value.reason) == (409, "already_exists")


@pytest.mark.parametrize("mask", ["display_name", "displayName", "display_name,defaults", "*"])
def test_update_with_a_mask(scene: RouterScene, mask: str) -> None:
    scene.saved(display_name="Old", defaults={"text_generation_config": {"seed": 1}})
    changed = scene.router(display_name="New", default_route=scene.route("other", scene.variant("b")))

    operation = scene.door.update(scene.name, changed, mask)

    stored = scene.door.get(scene.name)
    assert operation["done"] is True
    assert stored["display_name"] == "New"
    assert stored["default_route"]["route_id"] == ("other" if mask == "*" else "default")
    # A member that the mask names and the body has not is cleared.
    assert ("defaults" in stored) is (mask in ("display_name", "displayName"))


def test_update_without_a_mask_takes_what_is_there(scene: RouterScene) -> None:
    scene.saved(display_name="Old")

    scene.door.update(
        scene.name, {"name": scene.name, "default_route": scene.route("other", scene.variant("b"))}
    )

    stored = scene.door.get(scene.name)
    assert (stored["display_name"], stored["default_route"]["route_id"]) == ("Old", "other")


def test_an_update_is_served(scene: RouterScene) -> None:
    model = scene.saved()
    scene.door.update(scene.name, {"default_route": scene.route("other", scene.variant("b"))})

    answers = {scene.door.chat(model).model for _ in range(4)}

    # The worker that took it knows it at once, the others soon.
    assert scene.model("b") in answers or answers == {scene.model("a")}


def test_a_faulty_update_changes_nothing(scene: RouterScene) -> None:
    scene.saved()
    before = scene.door.get(scene.name)

    with pytest.raises(RefusedError) as refused:
        scene.door.update(scene.name, {"default_route": scene.route("other", scene.variant("b", 99))})

    assert refused.value.fields == ["default_route.variants"]
    assert scene.door.get(scene.name) == before


@pytest.mark.parametrize("mask", ["colour", "routes.colour"])
def test_masks_that_are_none(scene: RouterScene, mask: str) -> None:
    scene.saved()

    with pytest.raises(RefusedError) as refused:
        scene.door.update(scene.name, scene.router(name="another"), mask)

    assert refused.value.status == 400


def test_another_name_in_the_body(scene: RouterScene, rest: RestDoor) -> None:
    scene.saved()

    with pytest.raises(RefusedError) as refused:
        rest.update(scene.name, scene.router(name="another"))

    assert (refused.value.status, refused.value.fields) == (400, ["name"])


def test_who_read_an_older_one_does_not_overwrite(scene: RouterScene) -> None:
    scene.saved()
    read = scene.door.get(scene.name)
    scene.door.update(scene.name, {"etag": read["etag"], "display_name": "First"})

    with pytest.raises(RefusedError) as refused:
        scene.door.update(scene.name, {"etag": read["etag"], "display_name": "Second"})

    assert (refused.value.status, refused.value.reason) == (409, "conflict")
    assert scene.door.get(scene.name)["display_name"] == "First"


def test_callers_at_the_same_time_without_etags(scene: RouterScene) -> None:
    scene.saved(display_name="Old")

    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(scene.door.update, scene.name, {"display_name": f"{n}"}) for n in range(64)]

    assert all(each.result()["done"] for each in asked)
    assert scene.door.get(scene.name)["display_name"] != "Old"


def test_an_etag_in_the_header(scene: RouterScene, rest: RestDoor) -> None:
    scene.saved()
    path, old = f"{ROUTERS}/{scene.name}", {"If-Match": f'"{rest.get(scene.name)["etag"]}"'}
    rest._json("PATCH", path, json={"display_name": "First"}, headers=old)

    for method, options in (("PATCH", {"json": {"display_name": "Second"}}), ("DELETE", {})):
        with pytest.raises(RefusedError) as refused:
            rest._json(method, path, headers=old, **options)
        assert (refused.value.status, refused.value.reason) == (409, "conflict")

    now = {"If-Match": f'"{rest.get(scene.name)["etag"]}"'}
    assert rest._json("DELETE", path, headers=now) == {}


def test_what_changes_nothing_is_no_change(scene: RouterScene) -> None:
    scene.saved(display_name="Same")
    before = scene.door.get(scene.name)

    scene.door.update(scene.name, {"display_name": "Same"})

    assert scene.door.get(scene.name) == before


def test_what_was_read_can_be_written(scene: RouterScene) -> None:
    scene.saved(
        display_name="Mine",
        routes=[scene.when("true", scene.route("r", scene.variant("b", model_selection={"models": ["x"]})))],
    )
    read = scene.door.get(scene.name)

    scene.door.update(scene.name, read)

    assert scene.door.get(scene.name)["etag"] == read["etag"]


def test_delete(scene: RouterScene) -> None:
    model = scene.saved()

    scene.door.delete(scene.name)

    with pytest.raises(RefusedError) as gone:
        scene.door.get(scene.name)
    with pytest.raises(RefusedError) as again:
        scene.door.delete(scene.name)
    assert (gone.value.status, again.value.status) == (404, 404)
    assert model.endswith(scene.name)


@pytest.mark.parametrize("what", ["get", "update", "delete"])
def test_a_router_that_there_never_was(scene: RouterScene, what: str) -> None:
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: scene.door.get(scene.name),
        "update": lambda: scene.door.update(scene.name, {"display_name": "x"}),
        "delete": lambda: scene.door.delete(scene.name),
    }

    with pytest.raises(RefusedError) as refused:
        calls[what]()

    assert (refused.value.status, refused.value.reason) == (404, "not_found")
    assert scene.name in refused.value.message


def test_pages(scene: RouterScene, door: Door) -> None:
    names = [f"{scene.name}-page-{number}" for number in range(5)]
    for name in reversed(names):
        door.create(scene.router(name=name))

    seen: list[str] = []
    token = ""
    for _ in range(1000):
        page, token = door.page(page_size=2, page_token=token)
        assert 0 < len(page) <= 2
        seen += [router["name"] for router in page]
        if not token:
            break

    assert seen == sorted(seen)
    assert [name for name in seen if name in names] == names
    for name in names:
        door.delete(name)


def test_page_tokens_that_are_none(door: Door) -> None:
    with pytest.raises(RefusedError) as refused:
        door.page(page_token="\u00a7")

    assert (refused.value.status, refused.value.fields) == (400, ["page_token"])
