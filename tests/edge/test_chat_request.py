"""The reading of a chat request: what is kept, what is refused; never anything but a PointsmanError."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge import chat_request
from service.edge.chat_request import parse
from service.errors import InvalidRequest, NotServed, PointsmanError
from service.types.chat_request import ChatRequest

BASE: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def _parse(**members: Any) -> ChatRequest:
    return parse(json.dumps(BASE | members).encode())


@given(values, st.booleans())
def test_unknown_members_are_kept_byte_for_byte(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    body = json.dumps(BASE)[:-1] + f', "x_vendor": {text}}}'

    members = {name: bytes(raw) for name, raw in parse(body.encode()).members.items()}

    assert members.get("x_vendor") == (None if value is None else text.encode())
    assert members["messages"] == json.dumps(BASE["messages"]).encode()


@given(
    st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
    | values.map(json.dumps).map(str.encode)
)
def test_no_bytes_lead_to_any_other_error(data: bytes) -> None:
    with pytest.raises(PointsmanError):
        parse(data)


@given(
    st.dictionaries(st.sampled_from([*chat_request._KNOWN]), values, max_size=6)
)  # the known names, any values
def test_no_values_lead_to_any_other_error(members: dict[str, Any]) -> None:
    with contextlib.suppress(InvalidRequest, NotServed):
        assert _parse(**members).body.model


names = st.text("abc_", min_size=1, max_size=6)


@given(names, names)
def test_one_edit(one: str, other: str) -> None:
    assert chat_request._within_one_edit(one, other) == (_edits(one, other) <= 1)


def _edits(one: str, other: str) -> int:
    """The textbook way: optimal string alignment."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        rows.append([i])
        for j, b in enumerate(other, 1):
            best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            rows[i].append(best)
    return rows[-1][-1]


def test_options_join() -> None:
    request = _parse(
        ignore=[],
        sort=[],
        extra_body={"models": [], "reasoning": {"effort": "low"}},
        reasoning={"effort": "high"},
        metadata={"openai": "yes"},
    )

    assert request.routing.models == []
    assert request.routing.ignore == []
    assert request.reasoning
    assert request.reasoning.effort == "low"
    assert request.members.keys() == {"model", "messages", "metadata"}


def test_the_literal_extra_body_wins() -> None:
    request = _parse(
        web_search_options={"search_context_size": "high"}, extra_body={"web_search_options": {"x": 1.50}}
    )

    assert bytes(request.members["web_search_options"]) == b'{"x": 1.5}'


@pytest.mark.parametrize(
    ("members", "stream", "include_usage", "choices"),
    [
        ({}, False, False, 1),
        ({"stream": None, "n": None}, False, False, 1),
        ({"stream": True, "n": 3}, True, False, 3),
        ({"stream": True, "stream_options": {"include_usage": True}}, True, True, 1),
        ({"stream": True, "stream_options": {"include_usage": None}}, True, False, 1),
        ({"stream": True, "stream_options": None}, True, False, 1),
    ],
)
def test_the_checked_view(members: dict[str, Any], stream: bool, include_usage: bool, choices: int) -> None:
    request = _parse(**members)

    assert (request.stream, request.include_usage, request.choices) == (stream, include_usage, choices)


def test_all_unserved_options_are_named_at_once() -> None:
    with pytest.raises(NotServed) as caught:
        _parse(models=["a"], extra_body={"sort": ["price"], "metadata": {"a": 1}}, plugins=[])

    assert caught.value.fields == ("models", "sort", "plugins", "extra_body.metadata")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({f"unknown{number}": 1 for number in range(300)}, "at most 256 are allowed"),
        ({"model": "x" * 257}, "must be a string of length >= 1 and of length <= 256"),
    ],
    ids=["members", "model"],
)
def test_what_would_take_long_to_look_at_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        parse(json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}], **body}).encode())
