"""Routing by typed options, through Envoy and with generated stubs: whole and streamed alike."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import grpc
import msgspec
import pytest
from google.protobuf import json_format

from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from pointsman.v1.provider_preferences_pb2 import (
    MaxPrice,
    Percentiles,
    ProviderPreferences,
    ProviderSort,
)
from pointsman.v1.routing_options_pb2 import FallbackOptions, RoutingOptions
from pointsman.v1.tool_pb2 import FunctionDefinition, Tool
from service.edge.chat_request import parse
from service.edge.typed_request import body_of
from tests.grpc.callers import SECONDS, AddKey, Failure, Request, ask, failure, read
from tests.market import BUSY, Installation, Market, markets
from tests.upstreams.fake_vendor import VendorCall

Code = grpc.StatusCode
SWIFT, STURDY = "acme/swift-#", "acme/sturdy-#"
ALL_SWIFT = ["cheap/swift", "mid/swift", "dear/swift"]
LOOK = Tool(function=FunctionDefinition(name="look", parameters_json='{"type": "object"}'))
BY_PRICE = ProviderPreferences(sort=ProviderSort(by="price"))
Call: TypeAlias = "Callable[[Request], Any]"


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with markets() as installation:
        yield installation


@pytest.fixture
def market(installation: Installation) -> Market:
    return installation.market()


@pytest.fixture(scope="module")
def stub(installation: Installation) -> Iterator[ChatCompletionServiceStub]:
    with grpc.insecure_channel(installation.pointsman.address) as channel:
        yield ChatCompletionServiceStub(grpc.intercept_channel(channel, AddKey()))


@pytest.fixture(params=["whole", "streamed"])
def call(request: pytest.FixtureRequest, stub: ChatCompletionServiceStub) -> Call:
    """Asks; gives the answer, or the last message of a stream, which holds the account."""
    method = stub.CreateChatCompletion if request.param == "whole" else stub.StreamChatCompletion

    def make(asked: Request) -> Any:
        found = read(method, request.param, request=asked, timeout=SECONDS)
        return found if request.param == "whole" else found[-1]

    return make


@pytest.fixture
def fails(call: Call) -> Callable[[Request], Failure]:
    def make(asked: Request) -> Failure:
        with pytest.raises(grpc.RpcError) as raised:
            call(asked)
        return failure(raised.value)

    return make


class Case(NamedTuple):
    """A model with options, who fails, and who is asked in which order."""

    model: str
    routing: RoutingOptions
    asked: list[str]
    failing: Sequence[str] = ()
    tools: Sequence[Tool] = ()


def by(**preferences: Any) -> RoutingOptions:
    """Preferences among providers."""
    return RoutingOptions(provider=ProviderPreferences(**preferences))


CASES = {
    "models": Case(
        "cheap/swift-#",
        RoutingOptions(models=["mid/swift-#", "dear/sturdy-#"]),
        ["cheap/swift", "mid/swift", "dear/sturdy"],
        ["cheap/swift", "mid/swift"],
    ),
    "models: all providers of the first before the next": Case(
        SWIFT, RoutingOptions(models=[STURDY], provider=BY_PRICE), [*ALL_SWIFT, "cheap/sturdy"], ALL_SWIFT
    ),
    "auto: a pool by intelligence, then price": Case(
        "auto",
        RoutingOptions(models=[SWIFT, STURDY], sort=["intelligence", "price"]),
        ["cheap/sturdy", "mid/sturdy"],
        ["cheap/sturdy"],
    ),
    "ignore": Case(
        "cheap/swift-#",
        RoutingOptions(models=["mid/swift-#", "dear/swift-#"], ignore=["mid"]),
        ["cheap/swift", "dear/swift"],
        ["cheap/swift"],
    ),
    "sort": Case(SWIFT, RoutingOptions(sort=["price"]), ALL_SWIFT, ALL_SWIFT[:2]),
    "provider.order": Case(SWIFT, by(order=["dear", "cheap"]), ["dear/swift", "cheap/swift"], ["dear/swift"]),
    "provider.only": Case(SWIFT, by(only=["mid"]), ["mid/swift"]),
    "provider.ignore": Case(SWIFT, by(ignore=["cheap", "dear"]), ["mid/swift"]),
    "provider.sort": Case(SWIFT, by(sort=ProviderSort(by="price")), ALL_SWIFT, ALL_SWIFT[:2]),
    "provider.sort.partition": Case(
        SWIFT,
        RoutingOptions(
            models=[STURDY], provider=ProviderPreferences(sort=ProviderSort(by="price", partition="none"))
        ),
        ["cheap/sturdy", "cheap/swift", "mid/swift"],
        ["cheap/sturdy", "cheap/swift"],
    ),
    "provider.max_price": Case(
        SWIFT, by(max_price=MaxPrice(prompt=1.5, completion=2), ignore=["cheap"]), ["mid/swift"]
    ),
    "provider.max_price: nothing": Case(
        STURDY, by(max_price=MaxPrice(prompt=0, completion=0)), ["cheap/sturdy"]
    ),
    "provider.quantizations": Case(SWIFT, by(quantizations=["fp8"]), ["mid/swift"]),
    "provider.data_collection": Case(SWIFT, by(data_collection="deny"), ["mid/swift"]),
    "provider.zdr": Case(SWIFT, by(zdr=True), ["mid/swift"]),
    "provider.require_parameters": Case(SWIFT, by(require_parameters=True), ["dear/swift"], tools=[LOOK]),
    "provider: false asks for nothing": Case(
        SWIFT,
        by(require_parameters=False, zdr=False, sort=ProviderSort(by="price")),
        ["cheap/swift"],
        [],
        [LOOK],
    ),
    "provider: preferences that are met": Case(
        SWIFT,
        by(
            preferred_max_latency=Percentiles(p90=9),
            preferred_min_throughput=Percentiles(p50=1e-6),
            sort=ProviderSort(by="price"),
        ),
        ["cheap/swift"],
    ),
    "empty lists and messages": Case(
        SWIFT,
        RoutingOptions(
            models=[],
            provider=ProviderPreferences(
                only=[],
                order=[],
                max_price=MaxPrice(),
                preferred_max_latency=Percentiles(),
                sort=ProviderSort(by="price"),
            ),
            fallback=FallbackOptions(),
        ),
        ["cheap/swift"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_options(market: Market, call: Call, case: Case) -> None:
    market.fails(case.failing)

    answer = call(_request(market, case.model, case.routing, tools=case.tools))

    attempts = answer.metadata.attempts
    assert [market.short(each.model) for each in attempts] == case.asked
    assert [each.success for each in attempts] == [False] * len(case.failing) + [True]
    assert market.short(answer.model) == case.asked[-1]
    assert dict(market.asked()) == dict.fromkeys(case.asked, 1)


def test_fallbacks_are_forbidden(market: Market, fails: Callable[[Request], Failure]) -> None:
    market.fails(["cheap/swift"])
    routing = by(allow_fallbacks=False, sort=ProviderSort(by="price"))

    failed = fails(_request(market, SWIFT, routing))

    assert (failed.code, failed.http_status) == (Code.UNAVAILABLE, 502)
    assert dict(market.asked()) == {"cheap/swift": 1}


def test_the_first_content_may_not_take_too_long(market: Market, call: Call) -> None:
    async def silent(call: VendorCall) -> None:
        await call.hang()

    market.fails(["cheap/swift"], silent)
    routing = RoutingOptions(models=["mid/swift-#"], fallback=FallbackOptions(ttft_timeout="300ms"))

    answer = call(_request(market, "cheap/swift-#", routing))

    assert [(market.short(each.model), each.error_type) for each in answer.metadata.attempts] == [
        ("cheap/swift", "ttft_timeout"),
        ("mid/swift", ""),
    ]
    assert market.calls("cheap/swift")[0].closed.wait(5)


def test_a_session_stays_where_it_was(market: Market, call: Call) -> None:
    def answered(session: str, **preferences: Any) -> str:
        routing = RoutingOptions(session_id=session, provider=ProviderPreferences(**preferences))
        return market.short(call(_request(market, SWIFT, routing)).model)

    assert answered("one", only=["mid"]) == "mid/swift"
    assert answered("one", sort=ProviderSort(by="price")) == "mid/swift"
    assert answered("another", sort=ProviderSort(by="price")) == "cheap/swift"


def test_all_failed(market: Market, fails: Callable[[Request], Failure]) -> None:
    market.fails(ALL_SWIFT)

    failed = fails(_request(market, SWIFT, RoutingOptions(provider=BY_PRICE)))

    assert (failed.code, failed.http_status) == (Code.UNAVAILABLE, 502)
    assert failed.info.reason == "PROVIDER_FAILURE"
    assert failed.message.startswith("All 3 attempts failed.")
    attempts = failed.account.attempts
    assert [(market.short(each.model), each.provider_status) for each in attempts] == [
        (name, 500) for name in ALL_SWIFT
    ]
    assert failed.account.reasoning.endswith(" - failed")


def test_all_are_busy(market: Market, fails: Callable[[Request], Failure]) -> None:
    market.fails(ALL_SWIFT, BUSY)

    failed = fails(_request(market, SWIFT, RoutingOptions(provider=BY_PRICE)))

    assert (failed.code, failed.info.reason) == (Code.RESOURCE_EXHAUSTED, "PROVIDER_RATE_LIMIT")
    assert [each.provider_status for each in failed.account.attempts] == [429, 429, 429]


NOBODY: dict[str, tuple[RoutingOptions, str]] = {
    "nobody is allowed": (by(only=["nobody"]), "routing.provider.only"),
    "nobody is in the order": (by(order=["nobody"], allow_fallbacks=False), "routing.provider.order"),
    "all are ignored": (by(ignore=["cheap", "mid", "dear"]), "routing.provider.ignore"),
    "too dear": (by(max_price=MaxPrice(prompt=0)), "routing.provider.max_price.prompt"),
    "of no such precision": (by(quantizations=["int4"]), "routing.provider.quantizations"),
    "none in the pool": (RoutingOptions(models=[SWIFT], ignore=["cheap", "mid", "dear"]), "routing.ignore"),
}


@pytest.mark.parametrize(("routing", "field"), NOBODY.values(), ids=NOBODY)
def test_nobody_is_left(
    market: Market, fails: Callable[[Request], Failure], routing: RoutingOptions, field: str
) -> None:
    model = "auto" if routing.models else SWIFT

    failed = fails(_request(market, model, routing))

    assert (failed.code, failed.info.reason) == (Code.INVALID_ARGUMENT, "NO_ENDPOINT")
    assert set(failed.violations) == {field}
    assert "dear/swift" in failed.message
    assert not market.asked()


FAULTS: dict[str, tuple[RoutingOptions, str]] = {
    "an unknown sort": (RoutingOptions(sort=["price", "beauty"]), "routing.sort[1]"),
    "a model that leads nowhere": (RoutingOptions(models=[SWIFT, "nope"]), "routing.models[1]"),
    "too many models": (RoutingOptions(models=["cheap/swift-#"] * 65), "routing.models"),
    "an unknown sort of providers": (by(sort=ProviderSort(by="beauty")), "routing.provider.sort.by"),
    "a partition of no key": (by(sort=ProviderSort(partition="some")), "routing.provider.sort.partition"),
    "a price below nothing": (by(max_price=MaxPrice(image=-1)), "routing.provider.max_price.image"),
    "a price that is no number": (
        by(max_price=MaxPrice(audio=float("nan"))),
        "routing.provider.max_price.audio",
    ),
    "an unknown precision": (by(quantizations=["fp7"]), "routing.provider.quantizations[0]"),
    "a latency of nothing": (
        by(preferred_max_latency=Percentiles(p75=0)),
        "routing.provider.preferred_max_latency.p75",
    ),
    "a throughput of nothing": (
        by(preferred_min_throughput=Percentiles(p99=0)),
        "routing.provider.preferred_min_throughput.p99",
    ),
    "a wait that is too short": (
        RoutingOptions(fallback=FallbackOptions(ttft_timeout="299ms")),
        "routing.fallback.ttft_timeout",
    ),
    "a wait of nothing": (
        RoutingOptions(fallback=FallbackOptions(ttft_timeout="")),
        "routing.fallback.ttft_timeout",
    ),
    "a name that is too long": (RoutingOptions(session_id="s" * 257), "routing.session_id"),
    "facts that are no object": (RoutingOptions(metadata_json="[1]"), "routing.metadata_json"),
    "facts that are nothing": (RoutingOptions(metadata_json="null"), "routing.metadata_json"),
}


@pytest.mark.parametrize(("routing", "field"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named_as_they_are_typed(
    market: Market, fails: Callable[[Request], Failure], routing: RoutingOptions, field: str
) -> None:
    failed = fails(_request(market, SWIFT, routing))

    assert (failed.code, failed.http_status) == (Code.INVALID_ARGUMENT, 400)
    assert set(failed.violations) == {field}
    assert not market.asked()


PERCENTILES = {"p50": 1.0, "p75": 2.0, "p90": 3.0, "p99": 4.0}
EVERYTHING: dict[str, Any] = {
    "models": ["mid/swift-1"],
    "ignore": ["cheap"],
    "sort": ["math", "price"],
    "provider": {
        "order": ["mid"],
        "allow_fallbacks": False,
        "only": ["mid", "dear"],
        "ignore": ["cheap"],
        "require_parameters": True,
        "data_collection": "deny",
        "zdr": True,
        "quantizations": ["fp8", "unknown"],
        "sort": {"by": "throughput", "partition": "none"},
        "max_price": {"prompt": 1.5, "completion": 2.0, "image": 3.0, "audio": 4.0, "request": 5.0},
        "preferred_min_throughput": PERCENTILES,
        "preferred_max_latency": PERCENTILES,
        "enforce_distillable_text": True,
    },
    "fallback": {"ttft_timeout": "1.5s"},
}
ZEROS: dict[str, Any] = {
    "provider": {
        "allow_fallbacks": False,
        "require_parameters": False,
        "zdr": False,
        "enforce_distillable_text": False,
        "max_price": dict.fromkeys(EVERYTHING["provider"]["max_price"], 0.0),
    },
}
# Saved routers read them.
OF_ROUTERS = {"prompt_variables", "metadata_json"}


@pytest.mark.parametrize("said", [EVERYTHING, ZEROS], ids=["everything", "zeros"])
def test_every_field_reaches_the_planner(said: dict[str, Any]) -> None:
    routing = json_format.ParseDict(said | {"session_id": "s"}, RoutingOptions())

    request = parse(body_of(ask("cheap/swift-1", routing=routing), stream=False))

    assert request.session_id == "s"
    assert _told(msgspec.to_builtins(request.routing)) == said


def test_everything_is_every_field() -> None:
    """A field that is added to the protos has to be added above."""
    assert {field.name for field in RoutingOptions.DESCRIPTOR.fields} == {
        *EVERYTHING,
        *OF_ROUTERS,
        "session_id",
    }
    for message, said in (
        (ProviderPreferences, EVERYTHING["provider"]),
        (FallbackOptions, EVERYTHING["fallback"]),
        (ProviderSort, EVERYTHING["provider"]["sort"]),
        (MaxPrice, EVERYTHING["provider"]["max_price"]),
        (Percentiles, PERCENTILES),
    ):
        assert {field.name for field in message.DESCRIPTOR.fields} == set(said)


def _request(market: Market, model: str, routing: RoutingOptions, tools: Sequence[Tool] = ()) -> Request:
    """A request in which `#` is the market's number."""
    options = RoutingOptions()
    options.CopyFrom(routing)
    options.models[:] = market.named(list(options.models))
    return ask(market.named(model), routing=options, tools=tools)


def _told(options: Any) -> Any:
    """Leaves out what is None."""
    if not isinstance(options, dict):
        return options
    return {name: _told(value) for name, value in options.items() if value is not None}
