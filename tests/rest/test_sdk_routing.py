"""Routing as SDKs ask for it: `openai` at both doors, `openrouter` at its own; only the address is ours.

Each case is asked whole and streamed, in every way in which an SDK can say it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import openai
import pytest
from openai import OpenAI
from openrouter import OpenRouter, errors

from tests.market import BUSY, Installation, Market, markets
from tests.running import KEY

HI: list[Any] = [{"role": "user", "content": "Hi"}]
TOOLS: list[Any] = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
Ask: TypeAlias = "Callable[..., Answer]"


class Answer(NamedTuple):
    """What an SDK gave: the text, the model and its provider, and who was asked, in order."""

    text: str
    model: str
    provider: str | None
    attempts: list[str]


class Clients(NamedTuple):
    """The SDKs' clients."""

    v1: OpenAI
    api: OpenAI
    router: OpenRouter


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with markets() as installation:
        yield installation


@pytest.fixture(scope="module")
def clients(installation: Installation) -> Iterator[Clients]:
    url = installation.pointsman.url
    with (
        OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0, timeout=20) as v1,
        OpenAI(base_url=f"{url}/api/v1", api_key=KEY, max_retries=0, timeout=20) as api,
        OpenRouter(api_key=KEY, server_url=f"{url}/api/v1", timeout_ms=20_000) as router,
    ):
        yield Clients(v1, api, router)


@pytest.fixture
def market(installation: Installation) -> Market:
    return installation.market()


@pytest.fixture(params=["whole", "streamed"])
def stream(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "streamed")


def _through_openai(client: OpenAI, *, stream: bool, nested: bool = False, **options: Any) -> Answer:
    own = {name: options.pop(name) for name in ("model", "tools") if name in options}
    create: Any = client.chat.completions.create
    extra = {"extra_body": options} if nested else options
    answer = create(messages=HI, extra_body=extra, stream=stream, **own)
    if stream:
        chunks = list(answer)
        text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        answer = chunks[-1]
    else:
        text = answer.choices[0].message.content
    attempts = answer.metadata["attempts"]
    assert [each["success"] for each in attempts] == [False] * (len(attempts) - 1) + [True]
    provider = getattr(answer, "provider", None)
    return Answer(text, answer.model, provider, [each["model"] for each in attempts])


def _through_openrouter(client: OpenRouter, *, stream: bool, **options: Any) -> Answer:
    send: Any = client.chat.send
    answer = send(messages=HI, stream=stream, x_open_router_metadata="enabled", retries=None, **options)
    if stream:
        with answer as events:
            chunks = list(events)
        text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        answer = chunks[-1]
    else:
        text = answer.choices[0].message.content
    account = answer.openrouter_metadata
    assert [each.status == 200 for each in account.attempts] == [False] * (account.attempt - 1) + [True]
    (selected,) = [each.provider for each in account.endpoints.available if each.selected]
    attempts = [f"{each.provider}/{each.model.removeprefix('acme/')}" for each in account.attempts]
    return Answer(text, answer.model, selected, attempts)


def ways(clients: Clients) -> dict[str, Ask]:
    """Every way in which an SDK says an option."""
    v1, api, router = clients.v1, clients.api, clients.router
    return {
        "openai at /v1": lambda **options: _through_openai(v1, **options),
        "openai at /v1, nested": lambda **options: _through_openai(v1, nested=True, **options),
        "openai at /api/v1": lambda **options: _through_openai(api, **options),
        "openai at /api/v1, nested": lambda **options: _through_openai(api, nested=True, **options),
        "openrouter": lambda **options: _through_openrouter(router, **options),
    }


WAYS = (
    "openai at /v1",
    "openai at /v1, nested",
    "openai at /api/v1",
    "openai at /api/v1, nested",
    "openrouter",
)
WAYS_OF_OPENAI = WAYS[:-1]


def check(
    ask: Ask,
    market: Market,
    options: dict[str, Any],
    failing: Sequence[str],
    asked: list[str],
    *,
    stream: bool,
) -> None:
    """Asks, and compares who was asked by all accounts: the answer's, its text's and the vendors'."""
    market.fails(failing)

    answer = ask(stream=stream, **market.named(options))

    assert [market.short(each) for each in answer.attempts] == asked
    assert answer.text == asked[-1]
    assert dict(market.asked()) == dict.fromkeys(asked, 1)


class Case(NamedTuple):
    """Options as JSON has them, who fails, and who is asked in which order."""

    options: dict[str, Any]
    asked: list[str]
    failing: Sequence[str] = ()


SWIFT, STURDY = "acme/swift-#", "acme/sturdy-#"
ALL_SWIFT = ["cheap/swift", "mid/swift", "dear/swift"]
CASES = {
    "models: the first answers": Case(
        {"model": "cheap/swift-#", "models": ["mid/swift-#"]},
        ["cheap/swift"],
    ),
    "models: fallbacks in order": Case(
        {"model": "cheap/swift-#", "models": ["mid/swift-#", "dear/sturdy-#"]},
        ["cheap/swift", "mid/swift", "dear/sturdy"],
        ["cheap/swift", "mid/swift"],
    ),
    "models: all providers of the first before the next": Case(
        {"model": SWIFT, "models": [STURDY], "provider": {"sort": "price"}},
        [*ALL_SWIFT, "cheap/sturdy"],
        ALL_SWIFT,
    ),
    "auto: a pool, by price": Case(
        {"model": "auto", "models": [SWIFT, STURDY], "provider": {"sort": "price"}},
        ["cheap/sturdy", "cheap/swift", "mid/swift"],
        ["cheap/sturdy", "cheap/swift"],
    ),
    "provider.order": Case(
        {"model": SWIFT, "provider": {"order": ["dear", "cheap"]}},
        ["dear/swift", "cheap/swift"],
        ["dear/swift"],
    ),
    "provider.order without fallbacks": Case(
        {"model": SWIFT, "provider": {"order": ["dear"], "allow_fallbacks": False}}, ["dear/swift"]
    ),
    "provider.order: skips who does not serve it": Case(
        {"model": SWIFT, "provider": {"order": ["openai", "mid"]}}, ["mid/swift"]
    ),
    "provider.only": Case({"model": SWIFT, "provider": {"only": ["mid"]}}, ["mid/swift"]),
    "provider.ignore": Case(
        {"model": SWIFT, "provider": {"ignore": ["cheap"], "sort": "price"}}, ["mid/swift"]
    ),
    "provider.sort": Case({"model": SWIFT, "provider": {"sort": "price"}}, ALL_SWIFT, ALL_SWIFT[:2]),
    "provider.sort: over all models": Case(
        {"model": SWIFT, "models": [STURDY], "provider": {"sort": {"by": "price", "partition": "none"}}},
        ["cheap/sturdy", "cheap/swift", "mid/swift"],
        ["cheap/sturdy", "cheap/swift"],
    ),
    "provider.max_price": Case(
        {
            "model": SWIFT,
            "provider": {"max_price": {"prompt": "1.5", "completion": "2"}, "ignore": ["cheap"]},
        },
        ["mid/swift"],
    ),
    "provider.quantizations": Case({"model": SWIFT, "provider": {"quantizations": ["bf16"]}}, ["dear/swift"]),
    "provider.data_collection": Case(
        {"model": SWIFT, "provider": {"data_collection": "deny"}}, ["mid/swift"]
    ),
    "provider.zdr": Case({"model": SWIFT, "provider": {"zdr": True}}, ["mid/swift"]),
    "provider.require_parameters": Case(
        {"model": SWIFT, "tools": TOOLS, "provider": {"require_parameters": True}}, ["dear/swift"]
    ),
    "provider: nothing said by null and false": Case(
        {
            "model": SWIFT,
            "provider": {
                "order": None,
                "only": None,
                "require_parameters": False,
                "zdr": False,
                "data_collection": "allow",
                "sort": "price",
            },
        },
        ["cheap/swift"],
    ),
    "provider.preferred_max_latency": Case(
        {"model": SWIFT, "provider": {"preferred_max_latency": {"p90": 9}, "sort": "price"}}, ["cheap/swift"]
    ),
    "provider.preferred_min_throughput": Case(
        {"model": SWIFT, "provider": {"preferred_min_throughput": 1e-6, "sort": "price"}}, ["cheap/swift"]
    ),
    "a suffix: :floor": Case({"model": f"{SWIFT}:floor"}, ["cheap/swift"]),
    "a suffix: :free": Case({"model": f"{STURDY}:free"}, ["cheap/sturdy"]),
    "a suffix of a fallback": Case(
        {"model": "cheap/swift-#", "models": [f"{STURDY}:floor"]},
        ["cheap/swift", "cheap/sturdy"],
        ["cheap/swift"],
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_options(clients: Clients, market: Market, case: Case, way: str, *, stream: bool) -> None:
    check(ways(clients)[way], market, case.options, case.failing, case.asked, stream=stream)


# What `openrouter` has no words for, since OpenRouter has none.
CASES_OF_OPENAI = {
    "auto: a pool, by intelligence, then price": Case(
        {"model": "auto", "models": [SWIFT, STURDY], "sort": ["intelligence", "price"]},
        ["cheap/sturdy", "mid/sturdy"],
        ["cheap/sturdy"],
    ),
    "auto: ignore a provider and an endpoint": Case(
        {"model": "auto", "models": [SWIFT, STURDY], "sort": ["price"], "ignore": ["cheap", "mid/swift-#"]},
        ["mid/sturdy"],
    ),
    "ignore: a fallback": Case(
        {"model": "cheap/swift-#", "models": ["mid/swift-#", "dear/swift-#"], "ignore": ["mid"]},
        ["cheap/swift", "dear/swift"],
        ["cheap/swift"],
    ),
    "sort": Case({"model": SWIFT, "sort": "price"}, ["cheap/swift", "mid/swift"], ["cheap/swift"]),
    "fallback.ttft_timeout": Case(
        {"model": "mid/swift-#", "models": ["dear/swift-#"], "fallback": {"ttft_timeout": "5s"}},
        ["mid/swift", "dear/swift"],
        ["mid/swift"],
    ),
    "provider.max_price in numbers": Case(
        {"model": SWIFT, "provider": {"max_price": {"prompt": 0.5, "completion": 1}}}, ["cheap/swift"]
    ),
}


@pytest.mark.parametrize("way", WAYS_OF_OPENAI)
@pytest.mark.parametrize("case", CASES_OF_OPENAI.values(), ids=CASES_OF_OPENAI)
def test_options_of_openai(clients: Clients, market: Market, case: Case, way: str, *, stream: bool) -> None:
    check(ways(clients)[way], market, case.options, case.failing, case.asked, stream=stream)


def test_models_alone_at_openrouters_door(clients: Clients, market: Market, *, stream: bool) -> None:
    options = {"models": ["cheap/swift-#", "mid/swift-#"]}
    asked = ["cheap/swift", "mid/swift"]
    check(ways(clients)["openrouter"], market, options, asked[:1], asked, stream=stream)


@pytest.mark.parametrize(
    ("way", "asked"),
    [
        ("openai at /v1", ["dear/swift"]),
        ("openai at /api/v1", ["dear/swift", "cheap/swift"]),
        ("openrouter", ["dear/swift", "cheap/swift"]),
    ],
)
def test_an_order_is_closed_at_one_door_only(
    clients: Clients, market: Market, way: str, asked: list[str]
) -> None:
    """Whom `order` does not name is asked at OpenRouter's door, after all whom it names."""
    options = {"model": SWIFT, "provider": {"order": ["dear"], "sort": "price"}}
    if len(asked) == 1:
        market.fails(asked)
        with pytest.raises(openai.InternalServerError):
            ways(clients)[way](stream=False, **market.named(options))
        assert dict(market.asked()) == {"dear/swift": 1}
    else:
        check(ways(clients)[way], market, options, asked[:1], asked, stream=False)


@pytest.mark.parametrize("way", ["openai at /v1", "openai at /api/v1", "openrouter"])
def test_a_session_stays_where_it_was(clients: Clients, market: Market, way: str) -> None:
    ask = ways(clients)[way]
    options: dict[str, Any] = market.named({"model": SWIFT, "session_id": "session-#"})

    first = ask(stream=False, provider={"only": ["mid"]}, **options)
    second = ask(stream=False, provider={"sort": "price"}, **options)
    elsewhere = ask(stream=False, provider={"sort": "price"}, **{**options, "session_id": "another"})

    assert [each.text for each in (first, second, elsewhere)] == ["mid/swift", "mid/swift", "cheap/swift"]


@pytest.mark.parametrize("asked", [SWIFT, "cheap/swift-#", "swift-#"])
@pytest.mark.parametrize("way", ["openai at /v1", "openai at /api/v1", "openrouter"])
def test_ids_of_answers_resolve_on_both_doors(
    clients: Clients, market: Market, way: str, asked: str, *, stream: bool
) -> None:
    ask = ways(clients)
    only = {"only": ["cheap"]}

    answer = ask[way](stream=stream, model=market.named(asked), provider=only)

    told = "cheap/swift" if way == "openai at /v1" else "acme/swift"
    assert market.short(answer.model) == told
    assert answer.provider == (None if way == "openai at /v1" else "cheap")
    for again in ("openai at /v1", "openai at /api/v1", "openrouter"):
        assert ask[again](stream=stream, model=answer.model, provider=only).text == "cheap/swift"
    assert dict(market.asked()) == {"cheap/swift": 4}


@pytest.mark.parametrize("door", ["v1", "api"])
def test_an_answer_says_why(clients: Clients, market: Market, door: str) -> None:
    client: OpenAI = getattr(clients, door)
    market.fails(["cheap/sturdy"])
    extra = {"models": [SWIFT, STURDY], "sort": ["intelligence", "price"]}

    answer: Any = client.chat.completions.create(model="auto", messages=HI, extra_body=market.named(extra))
    nitro: Any = client.chat.completions.create(model=market.named(f"{SWIFT}:nitro"), messages=HI)

    first, chosen = market.named(["cheap/sturdy-#", "mid/sturdy-#"])
    assert answer.metadata["reasoning"] == (
        f"Auto-selected '{chosen}', from specified models, sorted by highest intelligence then lowest price, "
        f"after '{first}' (provider_failure) failed - success"
    )
    assert [each.get("provider_status") for each in answer.metadata["attempts"]] == [500, None]
    assert nitro.metadata["reasoning"].endswith("sorted by highest throughput - success")


@pytest.mark.parametrize("door", ["v1", "api"])
def test_all_failed_as_openais_sdk_shows_it(
    clients: Clients, market: Market, door: str, *, stream: bool
) -> None:
    client: OpenAI = getattr(clients, door)
    market.fails(ALL_SWIFT)

    with pytest.raises(openai.InternalServerError, match="All 3 attempts failed") as caught:
        client.chat.completions.create(
            model=market.named(SWIFT), messages=HI, stream=stream, extra_body={"provider": {"sort": "price"}}
        )

    told = caught.value.response.json()
    account = told["metadata"] if door == "v1" else told["error"]["metadata"]
    assert caught.value.status_code == 502
    assert [market.short(each["model"]) for each in account["attempts"]] == ALL_SWIFT
    assert [each["provider_status"] for each in account["attempts"]] == [500, 500, 500]
    assert dict(market.asked()) == dict.fromkeys(ALL_SWIFT, 1)


def test_all_failed_as_openrouters_sdk_shows_it(clients: Clients, market: Market, *, stream: bool) -> None:
    market.fails(ALL_SWIFT)

    with pytest.raises(errors.BadGatewayResponseError, match="All 3 attempts failed") as caught:
        _through_openrouter(
            clients.router, stream=stream, model=market.named(SWIFT), provider={"sort": "price"}
        )

    told: Any = caught.value.data.error
    assert (told.code, told.metadata["provider_name"]) == (502, "dear")
    assert [each["provider"] for each in told.metadata["previous_errors"]] == ["cheap", "mid"]
    assert [market.short(each["model"]) for each in told.metadata["attempts"]] == ALL_SWIFT


@pytest.mark.parametrize("way", WAYS)
def test_all_are_busy(clients: Clients, market: Market, way: str, *, stream: bool) -> None:
    market.fails(ALL_SWIFT, BUSY)

    with pytest.raises((openai.RateLimitError, errors.TooManyRequestsResponseError)) as caught:
        ways(clients)[way](stream=stream, **market.named({"model": SWIFT, "provider": {"sort": "price"}}))

    assert "slow down" in str(caught.value)
    assert dict(market.asked()) == dict.fromkeys(ALL_SWIFT, 1)


NOBODY = {
    "nobody is allowed": ({"only": ["nobody"]}, "provider.only", "allowed_providers"),
    "all are ignored": ({"ignore": ["cheap", "mid", "dear"]}, "provider.ignore", "ignore"),
    "too dear": ({"max_price": {"prompt": "0.01"}}, "provider.max_price.prompt", "max_price"),
    "of no such precision": ({"quantizations": ["int4"]}, "provider.quantizations", "quantization"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("why", NOBODY)
def test_nobody_is_left(clients: Clients, market: Market, why: str, way: str) -> None:
    provider, field, rule = NOBODY[why]
    with pytest.raises((openai.APIStatusError, errors.NotFoundResponseError)) as caught:
        ways(clients)[way](stream=False, model=market.named(SWIFT), provider=provider)

    error: Any = caught.value
    assert field in str(error)
    assert all(market.named(f"{name}/swift-#") in str(error) for name in ("cheap", "mid", "dear"))
    if way.startswith("openai at /v1"):
        assert (error.status_code, error.code, error.param) == (400, "no_endpoint", field)
    elif way == "openrouter":
        assert error.data.error.code == 404
    else:
        assert (error.status_code, error.body["availability"]["excluded_by"]) == (404, [rule])
    assert not market.asked()


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a preference at top level": ({"order": ["cheap"]}, "provider.order"),
    "an unknown preference": ({"provider": {"orders": ["cheap"]}}, "provider.orders"),
    "an unknown sort": ({"provider": {"sort": "beauty"}}, "provider.sort"),
    "an option of another place": ({"provider": {"models": ["x"]}}, "models"),
}


@pytest.mark.parametrize("way", WAYS_OF_OPENAI)
@pytest.mark.parametrize(("options", "said"), FAULTS.values(), ids=FAULTS)
def test_misspelt_and_misplaced_options(
    clients: Clients, market: Market, options: dict[str, Any], said: str, way: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ways(clients)[way](stream=False, model=market.named(SWIFT), **options)

    assert said in str(caught.value)
    assert not market.asked()
