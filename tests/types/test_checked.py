"""Checked decoding: a valid document decodes, an invalid one has all its faults named."""

import json
import re
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Meta, Raw

from service.errors import InvalidRequest
from service.types import checked
from service.types.chat_request import ChatBody


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    size: Annotated[int, Meta(ge=1, le=10)]
    colour: Literal["red", "green"] | None = None


class Outer(msgspec.Struct):
    name: Annotated[str, Meta(min_length=1, max_length=4)]
    ratio: Annotated[float, Meta(gt=0, lt=1)] | None = None
    inner: Inner | None = None
    items: Annotated[list[Inner], Meta(max_length=2)] | None = None
    table: dict[str, Annotated[int, Meta(ge=0)]] | None = None
    stop: str | Annotated[list[str], Meta(max_length=2)] | None = None
    switch: Inner | bool | None = None
    free: Any = None


FAULTS = [
    ("missing", {}, [("name", "name field is required")]),
    ("null is missing", {"name": None}, [("name", "name field is required")]),
    ("wrong type", {"name": 5}, [("name", "must be a string of length >= 1 and of length <= 4, got 5")]),
    ("range", {"name": "a", "ratio": 1.5}, [("ratio", "must be a number > 0 and < 1, got 1.5")]),
    (
        "a bool is no number",
        {"name": "a", "ratio": True},
        [("ratio", "must be a number > 0 and < 1, got true")],
    ),
    (
        "nested",
        {"name": "a", "inner": {"size": 11}},
        [("inner.size", "must be an integer >= 1 and <= 10, got 11")],
    ),
    (
        "choice",
        {"name": "a", "inner": {"size": 1, "colour": "blue"}},
        [("inner.colour", 'one of red, green, got "blue"')],
    ),
    (
        "unknown key",
        {"name": "a", "inner": {"size": 1, "sice": 2}},
        [("inner.sice", "unknown option; allowed: size, colour")],
    ),
    ("unknown keys elsewhere are welcome", {"name": 5, "other": 1}, [("name", "must be a string")]),
    (
        "list items",
        {"name": "a", "items": [{"size": 1}, {"size": 0}, 7]},
        [("items[1].size", "got 0"), ("items[2]", "must be an object, got 7")],
    ),
    ("list length", {"name": "a", "items": [{"size": 1}] * 3}, [("items", "of length <= 2")]),
    (
        "map values",
        {"name": "a", "table": {"x": 1, "y": -1, "z": "no"}},
        [("table.y", "must be an integer >= 0, got -1"), ("table.z", 'got "no"')],
    ),
    ("union by shape: list", {"name": "a", "stop": ["x", 5]}, [("stop[1]", "must be a string, got 5")]),
    ("union by shape: neither", {"name": "a", "stop": 5}, [("stop", "must be a string or an array")]),
    ("union with a struct", {"name": "a", "switch": {"size": 99}}, [("switch.size", "got 99")]),
    (
        "union with a struct: neither",
        {"name": "a", "switch": 3},
        [("switch", "must be an object or true or false, got 3")],
    ),
    ("not an object", [1], [("", "must be an object, got [1]")]),
    (
        "all at once",
        {"ratio": 0, "inner": {"colour": 1}, "table": []},
        [
            ("name", "required"),
            ("ratio", "got 0"),
            ("inner.size", "required"),
            ("inner.colour", "got 1"),
            ("table", "must be an object, got []"),
        ],
    ),
]


def faults(data: bytes, kind: Any = Outer) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as caught:
        checked.decode(data, kind)
    return [(violation.field, violation.description) for violation in caught.value.violations]


@pytest.mark.parametrize(
    ("document", "expected"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_faults(document: Any, expected: list[tuple[str, str]]) -> None:
    found = faults(json.dumps(document).encode())

    assert [field for field, _ in found] == [field for field, _ in expected]
    for (_, description), (_, words) in zip(found, expected, strict=True):
        assert words in description


@pytest.mark.parametrize(
    ("document", "expected"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_faults_of_a_document_laid_out_in_lines(document: Any, expected: list[tuple[str, str]]) -> None:
    found = faults(f"\r\n\t {json.dumps(document, indent=2)}\n".encode())

    assert [field for field, _ in found] == [field for field, _ in expected]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"name": "a"} x', "not valid JSON"),
        (b'{"name": 5, "other": ', "not valid JSON"),
        (b'{"name": 5} x', "not valid JSON"),
        (b'{"name": "\xff"}', "not valid UTF-8"),
        (b'{"name": 5, "inner": {"\xff": 1}}', "not valid UTF-8"),
        (b'{"name": "a", "free": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"name": 5, "free": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
    ids=[
        "empty",
        "cut off",
        "more behind",
        "cut off behind a fault",
        "more behind a fault",
        "bytes",
        "bytes in a key behind a fault",
        "depth",
        "depth behind a fault",
    ],
)
def test_what_cannot_be_read_at_all(data: bytes, words: str) -> None:
    [(field, description)] = faults(data)

    assert field == ""
    assert words in description


def test_a_long_value_is_shown_in_part() -> None:
    [(_, description)] = faults(json.dumps({"name": "x" * 1000}).encode())

    assert len(description) < 200
    assert description.endswith("…")


def test_a_flood_of_faults_is_cut() -> None:
    assert (
        len(faults(json.dumps({"name": "a", "table": dict.fromkeys(map(str, range(1000)), -1)}).encode()))
        == 50
    )


def test_a_valid_document_decodes() -> None:
    document = {"name": "a", "inner": {"size": 3}, "stop": ["x"], "table": {"k": 1}, "more": [1, {}]}

    decoded = checked.decode(json.dumps(document).encode(), Outer)

    assert decoded == Outer(name="a", inner=Inner(size=3), stop=["x"], table={"k": 1})


def test_a_raw_piece_decodes_like_a_document() -> None:
    assert checked.decode(Raw(b'{"size": 2}'), Inner) == Inner(size=2)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_members = st.sampled_from([*Outer.__struct_fields__, "other"])


def faulty_fields(data: bytes, kind: Any) -> list[str]:
    """The fields at fault, none if the document is valid; any other error goes through."""
    try:
        checked.decode(data, kind)
    except InvalidRequest as error:
        return [violation.field for violation in error.violations]
    return []


@given(st.binary(max_size=200))
@example(b'"\\ud800"')
@example(b"\xef\xbb\xbf{}")
def test_any_bytes_decode_or_are_an_invalid_request(data: bytes) -> None:
    for kind in (Outer, ChatBody, dict[str, Raw]):
        faulty_fields(data, kind)


@given(st.dictionaries(_members, _json, max_size=6))
def test_any_json_decodes_or_names_what_is_wrong(document: dict[str, Any]) -> None:
    fields = faulty_fields(json.dumps(document).encode(), Outer)

    assert {re.split(r"[.\[]", field)[0] for field in fields} <= set(Outer.__struct_fields__)


@given(st.dictionaries(st.sampled_from(ChatBody.__struct_fields__), _json, max_size=8))
def test_any_chat_body_decodes_or_names_what_is_wrong(document: dict[str, Any]) -> None:
    assert all(faulty_fields(json.dumps(document).encode(), ChatBody))


@given(
    st.builds(
        Outer,
        name=st.text(min_size=1, max_size=4),
        ratio=st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True),
        inner=st.none()
        | st.builds(Inner, size=st.integers(1, 10), colour=st.sampled_from(["red", "green", None])),
        items=st.none(),
        table=st.none() | st.dictionaries(st.text(), st.integers(0, 2**60), max_size=3),
        stop=st.none() | st.text() | st.lists(st.text(), max_size=2),
        switch=st.none() | st.booleans(),
        free=_json,
    )
)
def test_whatever_fits_the_types_decodes(document: Outer) -> None:
    assert checked.decode(msgspec.json.encode(document), Outer) == document
