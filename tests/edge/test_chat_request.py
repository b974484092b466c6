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
from service.types.flavour import OPENAI, OPENROUTER, Flavour

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


CALLED = {"name": "f", "arguments": "{}"}
FLAVOURS = pytest.mark.parametrize("flavour", [OPENAI, OPENROUTER], ids=lambda flavour: flavour.name)


def _parse(flavour: Flavour = OPENAI, **members: Any) -> ChatRequest:
    return parse(json.dumps(BASE | members).encode(), flavour)


@given(values, st.booleans())
def test_unknown_members_are_kept_byte_for_byte(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    body = json.dumps(BASE)[:-1] + f', "x_vendor": {text}}}'

    members = {name: bytes(raw) for name, raw in parse(body.encode()).members.items()}

    assert members.get("x_vendor") == (None if value is None else text.encode())
    assert members["messages"] == json.dumps(BASE["messages"]).encode()


@FLAVOURS
@given(
    data=st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
    | values.map(json.dumps).map(str.encode)
)
def test_no_bytes_lead_to_any_other_error(flavour: Flavour, data: bytes) -> None:
    with pytest.raises(PointsmanError):
        parse(data, flavour)


NAMES = [*chat_request._KNOWN, "usage", "debug"]
TURNS = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["user", "assistant", "function", "tool"]),
            "content": st.none() | st.text(),
        },
        optional={"name": values | st.just("f"), "function_call": values | st.just(CALLED)},
    ),
    max_size=4,
)
FUNCTIONS = st.lists(st.fixed_dictionaries({"name": st.text(), "parameters": values}), max_size=2)


@FLAVOURS
@given(
    members=st.dictionaries(st.sampled_from(NAMES), values, max_size=6),
    more=st.fixed_dictionaries({}, optional={"messages": TURNS, "functions": FUNCTIONS}),
)
def test_no_values_lead_to_any_other_error(
    flavour: Flavour, members: dict[str, Any], more: dict[str, Any]
) -> None:
    with contextlib.suppress(InvalidRequest, NotServed):
        request = _parse(flavour, **members | more)

        assert request.body.model
        assert flavour.own.isdisjoint(request.members)
        assert not {"functions", "function_call"} & request.members.keys()


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
        _parse(
            extra_body={"web_search": {"engine": "exa"}},
            plugins=[{"id": "web"}],
            transforms=[" "],
            preset="",
        )

    assert caught.value.fields == ("web_search", "plugins", "transforms")


@pytest.mark.parametrize("text", ["[]", "{}", '""', " [ \n]\t", "null"])
def test_an_empty_option_asks_for_nothing(text: str) -> None:
    body = json.dumps(BASE)[:-1] + f', "plugins": {text}}}'

    assert "plugins" not in parse(body.encode()).members


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


def test_what_is_the_routers_own_is_not_handed_on() -> None:
    ours: dict[str, Any] = {
        "provider": {"zdr": True},
        "models": ["a"],
        "route": "sort",
        "session_id": "s",
        "trace": {"trace_id": "t"},
    }
    openrouters: dict[str, Any] = {
        "metadata": {"a": "b"},
        "usage": {"include": True},
        "stream_options": {"include_usage": True},
        "debug": {},
    }
    theirs: dict[str, Any] = {"prompt_cache_key": "k", "user": "u", "x_vendor": 1}

    openai = _parse(**ours, **openrouters, **theirs)
    openrouter = _parse(OPENROUTER, **ours, **openrouters, **theirs)

    assert openai.members.keys() == {*BASE, *openrouters, *theirs}
    assert openrouter.members.keys() == {*BASE, *theirs}
    assert (openai.include_usage, openrouter.include_usage) == (True, False)
    for request in (openai, openrouter):
        assert request.session_id == "s"
        assert request.prompt_cache_key == "k"
        assert request.body.trace == {"trace_id": "t"}
        assert request.body.route == "sort"


@pytest.mark.parametrize(
    ("members", "model", "models"),
    [
        ({}, "auto", None),
        ({"models": None}, "auto", None),
        ({"models": []}, "auto", []),
        ({"models": ["a"]}, "a", []),
        ({"models": ["a", "b", "a"]}, "a", ["b", "a"]),
        ({"extra_body": {"models": ["c", "d"]}, "models": ["a"]}, "c", ["d"]),
        ({"extra_body": {"ignore": ["x"]}, "models": ["a", "b"]}, "a", ["b"]),
        ({"model": None, "models": ["a", "b"]}, "a", ["b"]),
        ({"model": "m", "models": ["a", "b"]}, "m", ["a", "b"]),
        ({"model": "m"}, "m", None),
    ],
)
def test_a_model_may_be_missing(members: dict[str, Any], model: str, models: list[str] | None) -> None:
    body = json.dumps({"messages": BASE["messages"], **members}).encode()

    request = parse(body, OPENROUTER)

    assert (request.body.model, request.routing.models) == (model, models)
    assert bytes(request.members["messages"]) == json.dumps(BASE["messages"]).encode()
    if "model" not in members:
        with pytest.raises(InvalidRequest, match="model field is required"):
            parse(body, OPENAI)


@pytest.mark.parametrize("models", ["a", [1], {}, [""]])
def test_models_that_are_none_are_faults(models: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(json.dumps({"messages": [], "models": models}).encode(), OPENROUTER)

    fields = [violation.field.partition("[")[0] for violation in caught.value.violations]
    assert sorted(fields) == sorted(["messages", "model" if models == [""] else "models"])


@FLAVOURS
@pytest.mark.parametrize(
    ("in_body", "in_header", "found"),
    [
        (None, None, None),
        (None, "h", "h"),
        ("b", None, "b"),
        ("b", "h", "b"),
        ("", "h", "h"),
        ("", "", None),
        ("x" * 256, "h", "x" * 256),
        (None, "x" * 256, "x" * 256),
    ],
)
def test_the_body_names_the_session_before_the_header(
    flavour: Flavour, in_body: str | None, in_header: str | None, found: str | None
) -> None:
    body = json.dumps(BASE | {"session_id": in_body}).encode()

    assert parse(body, flavour, in_header).session_id == found


@pytest.mark.parametrize(
    ("members", "sort"),
    [
        ({"sort": "price"}, ["price"]),
        ({"sort": ["price", "math"]}, ["price", "math"]),
        ({"extra_body": {"sort": "latency"}, "sort": "price"}, ["latency"]),
        ({"sort": []}, []),
    ],
)
def test_a_single_sort_is_a_list_of_one(members: dict[str, Any], sort: list[str]) -> None:
    assert _parse(**members).routing.sort == sort


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300ms", 0.3),
        ("800ms", 0.8),
        ("1500.5ms", 1.5005),
        ("1s", 1),
        ("1.5s", 1.5),
        ("0.3s", 0.3),
        ("60s", 60),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    for members in (
        {"fallback": {"ttft_timeout": text}},
        {"extra_body": {"fallback": {"ttft_timeout": text}}},
    ):
        fallback = _parse(**members).routing.fallback
        assert fallback
        assert fallback.ttft_seconds == pytest.approx(seconds)


@FLAVOURS
@pytest.mark.parametrize(
    ("members", "words"),
    [
        *(
            (
                {"fallback": {"ttft_timeout": value}},
                "fallback.ttft_timeout: must be a duration of at least 300ms, such as 800ms or 1.5s, got "
                + json.dumps(value),
            )
            for value in (
                "299ms",
                "0.29s",
                "0s",
                "-1s",
                "1m",
                "1",
                "1e3ms",
                "",
                "800ms\n",
                "1 s",
                1,
                "\u0663s",
            )
        ),
        (
            {"extra_body": {"fallback": {"ttft_timeout": "1ms"}}},
            "extra_body.fallback.ttft_timeout: must be a duration of at least 300ms",
        ),
        ({"provider": {"max_price": {"prompt": -1}}}, "provider.max_price.prompt: must be a number >= 0 or"),
        ({"provider": {"max_price": {"image": "-1"}}}, "provider.max_price.image: must be a decimal number"),
        ({"provider": {"max_price": {"audio": "inf"}}}, "provider.max_price.audio: must be a decimal number"),
        ({"provider": {"max_price": {"request": "1e9"}}}, "provider.max_price.request: must be a decimal"),
        ({"provider": {"preferred_max_latency": 0}}, "provider.preferred_max_latency: must be a number > 0"),
        (
            {"provider": {"preferred_min_throughput": {"p90": -1}}},
            "provider.preferred_min_throughput.p90: must be a number > 0, got -1",
        ),
        (
            {"provider": {"quantizations": ["fp8", "fp7"]}},
            "provider.quantizations[1]: must be one of int4, int8, fp4, mxfp4, nvfp4, fp6, fp8",
        ),
        ({"provider": {"sort": "cheap"}}, "provider.sort: must be one of price, throughput, latency, exacto"),
        ({"route": "other"}, "route: must be one of fallback, sort"),
        ({"sort": "speed"}, "sort: must be one of price, latency"),
        ({"session_id": "x" * 257}, "session_id: must be a string of length <= 256"),
        ({"trace": "t"}, "trace: must be an object"),
    ],
)
def test_values_out_of_range_are_named(flavour: Flavour, members: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        _parse(flavour, **members)

    assert caught.value.message.startswith(words)


@pytest.mark.parametrize("price", [0, 1.5, "0", "1.50", "15"])
def test_prices_are_numbers_or_decimal_strings(price: Any) -> None:
    provider = _parse(provider={"max_price": {"prompt": price}}).routing.provider

    assert provider
    assert provider.max_price
    assert provider.max_price.prompt == price
