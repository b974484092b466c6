"""What a router may mean: all faults at once, each by its path; and books of many routers."""

from typing import Any

import pytest

from service.errors import InvalidRequest
from service.routing.saved import document
from service.routing.saved.book import EMPTY, RouterBook
from tests.routing.saved.routers import compiled, route, saved, variant, when

DEFAULT = "default_route"
VARIANT = f"{DEFAULT}.variants[0].variant"


def _default(*variants: dict[str, Any]) -> dict[str, Any]:
    return {"default_route": route("default", *variants)}


def _templates(*templates: dict[str, Any]) -> dict[str, Any]:
    return _default(variant("a", message_templates=list(templates)))


FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "weights of less": (_default(variant("a", 60), variant("b", 30)), {f"{DEFAULT}.variants"}),
    "weights of more": (_default(variant("a", 60), variant("b", 40.1)), {f"{DEFAULT}.variants"}),
    "weights of nothing": (_default(variant("a", 0)), {f"{DEFAULT}.variants"}),
    "a little too little": (_default(variant("a", 99.99999)), {f"{DEFAULT}.variants"}),
    "two variants of one id": (
        _default(variant("a", 50), variant("a", 50)),
        {f"{DEFAULT}.variants[1].variant.variant_id"},
    ),
    "two routes of one id": (
        {"routes": [when("true", route("default")), when("true", route("default"))]},
        {"routes[1].route.route_id", f"{DEFAULT}.route_id"},
    ),
    "no route": ({"default_route": None}, {""}),
    "a router as a model": (_default(variant("a", model_id="inworld/x")), {f"{VARIANT}.model_id"}),
    "a router as a fallback": (
        _default(variant("a", model_selection={"models": ["m", "inworld/x"]})),
        {f"{VARIANT}.model_selection.models[1]"},
    ),
    "both searches": (_default(variant("a", web_search={}, web_search_options={})), {VARIANT}),
    "templates": (
        _templates({"role": "system"}, {"role": "user", "content": "{{"}),
        {f"{VARIANT}.message_templates[0].content", f"{VARIANT}.message_templates[1].content"},
    ),
    "templates of all": (
        {"defaults": {"message_templates": [{"role": "user", "content": "{{}}"}]}},
        {"defaults.message_templates[0].content"},
    ),
    "everything": (
        {
            "routes": [
                when("tier ==", route("r", variant("a", 60))),
                when("1 + 1", route("r", variant("b", model_id="inworld/x"))),
            ],
            "default_route": None,
        },
        {
            "routes[0].condition.cel_expression",
            "routes[0].route.variants",
            "routes[1].condition.cel_expression",
            "routes[1].route.route_id",
            "routes[1].route.variants[0].variant.model_id",
        },
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str) -> None:
    members, fields = FAULTS[case]

    with pytest.raises(InvalidRequest) as refused:
        compiled(**members)

    assert {each.field for each in refused.value.violations} == fields


GOOD: list[dict[str, Any]] = [
    _default(*(variant(name, 100 / 3) for name in "abc")),
    _default(*(variant(str(number), 100 / 7) for number in range(7))),
    _default(variant("a", 0), variant("b", 100)),
    _default(variant("a", model_id="inworld/models/x")),
    {"routes": [when("true", route("only"))], "default_route": None},
    {"routes": [when("true", route("a", variant("x"))), when("false", route("b", variant("x")))]},
]


@pytest.mark.parametrize("members", GOOD)
def test_good(members: dict[str, Any]) -> None:
    assert compiled(**members).name == "desk"


def _document(**members: Any) -> bytes:
    return document.write(saved(**members))


def test_a_book_keeps_out_what_does_not_compile() -> None:
    book = RouterBook.of(
        {
            "good": _document(name="good"),
            "torn": b'{"name":',
            "bad": _document(name="bad", routes=[when("1 +", route("r"))]),
        }
    )

    assert set(book.routers) == {"good"}
    assert {name: [each.field for each in faults] for name, faults in book.faults.items()} == {
        "torn": [""],
        "bad": ["routes[0].condition.cel_expression"],
    }


def test_files_win() -> None:
    mine, theirs = saved(display_name="file"), _document(display_name="store")

    book = RouterBook.of({"desk": theirs, "other": _document(name="other")}, {"desk": mine})

    assert (book.routers["desk"].router, set(book.routers)) == (mine, {"desk", "other"})


def test_what_has_not_changed_is_kept() -> None:
    documents = {name: _document(name=name) for name in ("a", "b", "c")}
    file = saved(name="file")
    first = RouterBook.of(documents, {"file": file})

    changed = documents | {"b": _document(name="b", display_name="new")}
    del changed["c"]
    second = RouterBook.of(changed, {"file": saved(name="file")}, previous=first)

    assert second.get("a") is first.get("a")
    assert second.get("file") is first.get("file")
    assert second.get("b") is not first.get("b")
    assert second.get("c") is None


def test_a_file_that_goes_leaves_the_stored_one() -> None:
    stored = _document(display_name="store")
    first = RouterBook.of({"desk": stored}, {"desk": saved(display_name="file")})
    second = RouterBook.of({"desk": stored}, previous=first)

    router = second.get("desk")
    assert router is not None
    assert router.router.display_name == "store"


def test_the_empty_book() -> None:
    assert (dict(EMPTY.routers), EMPTY.get("desk")) == ({}, None)
