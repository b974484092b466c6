"""Saved routers as messages: what goes in comes out, and both doors mean the same document."""

import json
from typing import Any

import pytest
from google.protobuf import json_format

from pointsman.v1.router_pb2 import Router, SortMetric
from service.edge.routers import typed
from service.edge.routers.shown import Shown
from service.errors import InvalidRequest
from service.routing.saved import document
from tests.edge.routers.scene import route, router, saved, variant

EVERYTHING: dict[str, Any] = {
    "name": "all",
    "display_name": "All",
    "defaults": {
        "message_templates": [{"role": "system", "content": "Hi {{name}}", "compression": {}}],
        "text_generation_config": {"max_tokens": 5, "seed": -7},
        "optimize_prompt": False,
    },
    "routes": [
        {
            "condition": {"cel_expression": "true"},
            "route": {
                "route_id": "r",
                "variants": [
                    variant(
                        33.5,
                        variant_id="a",
                        model_id="auto",
                        model_selection={
                            "models": ["x", "y/z"],
                            "sort": [
                                {"metric": "SORT_METRIC_PRICE"},
                                {"metric": "SORT_METRIC_MATH", "direction": "SORT_DIRECTION_ASCENDING"},
                            ],
                            "ignore": ["groq"],
                            "provider": {
                                "order": ["a"],
                                "allow_fallbacks": False,
                                "only": ["b"],
                                "sort": {"by": "price", "partition": "none"},
                                "max_price": {"prompt": 1.5, "request": 0},
                                "preferred_min_throughput": {"p50": 10, "p99": 5.5},
                                "quantizations": ["fp8"],
                                "data_collection": "deny",
                                "zdr": True,
                            },
                            "fallback": {"ttft_timeout": "1.5s"},
                        },
                        text_generation_config={
                            "temperature": 0,
                            "top_p": 0.5,
                            "repetition_penalty": 1.5,
                            "frequency_penalty": -1.5,
                            "presence_penalty": 0.25,
                            "stop_sequences": ["a", "b"],
                            "logit_bias": [{"token_id": "5", "bias_value": 0}],
                            "reasoning": {"effort": "low", "max_tokens": 3000000000, "exclude": False},
                        },
                        message_templates=[
                            {"role": "user", "content_items": [{"text": ""}, {"text": "b"}]},
                            {"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "args": "{}"}]},
                            {"role": "tool", "tool_call_id": "c", "content": ""},
                        ],
                        compression={"aggressiveness": 0.25},
                        web_search={"engine": "exa", "max_results": 2, "max_steps": 1},
                    ),
                    variant(
                        66.5,
                        variant_id="b",
                        web_search_options={
                            "search_context_size": "low",
                            "user_location": {"type": "approximate", "country": "DE"},
                        },
                    ),
                    variant(0, variant_id="c", web_search={}, text_generation_config={}),
                ],
            },
        }
    ],
    "default_route": route(),
}


def there_and_back(members: dict[str, Any]) -> dict[str, Any]:
    """What a typed caller reads and writes again of what a REST caller wrote."""
    read = document.read(json.dumps(members).encode())
    message = typed.router(Shown(router=read, etag="e", source="store", created=1.0, updated=2.0))
    back: dict[str, Any] = json.loads(document.write(document.read(typed.document(message))))
    return back


def as_written(members: dict[str, Any]) -> Any:
    return json.loads(document.write(document.read(json.dumps(members).encode())))


def test_everything_comes_back() -> None:
    assert there_and_back(EVERYTHING) == as_written(EVERYTHING)


SHORTHANDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a sort in one word": (
        {"model_selection": {"provider": {"sort": "price"}}},
        {"model_selection": {"provider": {"sort": {"by": "price"}}}},
    ),
    "one cutoff": (
        {"model_selection": {"provider": {"preferred_max_latency": 2, "max_price": {"prompt": "0.25"}}}},
        {
            "model_selection": {
                "provider": {"preferred_max_latency": {"p50": 2}, "max_price": {"prompt": 0.25}}
            }
        },
    ),
    "biases by token": (
        {"text_generation_config": {"logit_bias": {"7": -100}}},
        {"text_generation_config": {"logit_bias": [{"token_id": "7", "bias_value": -100}]}},
    ),
    "more steps than a message can say": (
        {"web_search": {"max_steps": 10**12}},
        {"web_search": {"max_steps": 2**31 - 1}},
    ),
}


@pytest.mark.parametrize("case", SHORTHANDS)
def test_what_json_may_say_in_several_ways(case: str) -> None:
    short, whole = SHORTHANDS[case]

    given = there_and_back(router(default_route=route(variant(**short))))

    assert given == as_written(router(default_route=route(variant(**whole))))


def test_what_is_known_besides() -> None:
    shown = Shown(router=saved(), etag="e", source="store", created=1.5, updated=2.5)

    message = typed.router(shown)

    assert (message.etag, message.source) == ("e", "store")
    assert (message.create_time.nanos, message.update_time.seconds) == (500_000_000, 2)
    assert not typed.router(Shown(router=saved(), etag="e", source="file")).HasField("create_time")
    assert json.loads(typed.document(message))["etag"] == "e"


def faults_of(message: Router) -> list[str]:
    with pytest.raises(InvalidRequest) as refused:
        document.read(typed.document(message))
    return [each.field for each in refused.value.violations]


def test_what_is_required() -> None:
    message = json_format.ParseDict(
        {"name": "x", "routes": [{}], "default_route": {"variants": [{"variant": {}}]}}, Router()
    )

    assert set(faults_of(message)) == {
        "routes[0].route",
        "routes[0].condition",
        "default_route.route_id",
        "default_route.variants[0].variant.variant_id",
        "default_route.variants[0].variant.model_id",
        "default_route.variants[0].weight",
    }


def test_what_json_cannot_say() -> None:
    message = json_format.ParseDict(router(), Router())
    message.default_route.variants[0].weight = float("nan")
    selection = message.default_route.variants[0].variant.model_selection
    selection.sort.add(metric=99)  # a later version's

    place = "default_route.variants[0]"
    assert set(faults_of(message)) == {
        f"{place}.weight",
        f"{place}.variant.model_selection.sort[0].metric",
    }


def test_a_sort_of_nothing() -> None:
    message = json_format.ParseDict(router(), Router())
    variant = message.default_route.variants[0].variant
    variant.model_selection.sort.add(metric=SortMetric.SORT_METRIC_UNSPECIFIED)

    assert faults_of(message) == ["default_route.variants[0].variant.model_selection.sort[0].metric"]
