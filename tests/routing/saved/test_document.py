"""Documents: one reader for every spelling, one way of writing."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import InvalidRequest
from service.routing.saved import document
from service.types.saved_router import GenerationConfig, MessageTemplate, ModelSelection, SavedRouter
from tests.routing.saved.routers import raw, route, saved, variant, when

FULL: dict[str, Any] = {
    "name": "desk",
    "display_name": "Help desk",
    "defaults": {
        "message_templates": [{"role": "system", "content": "Hi {{x}}"}],
        "text_generation_config": {"max_tokens": 9, "reasoning": {"effort": "low", "max_tokens": 5}},
        "optimize_prompt": True,
    },
    "routes": [
        {
            "route": {
                "route_id": "gold",
                "variants": [
                    {
                        "variant": {
                            "variant_id": "a",
                            "model_id": "auto",
                            "model_selection": {
                                "models": ["one/a", "two"],
                                "sort": [
                                    {"metric": "SORT_METRIC_PRICE", "direction": "SORT_DIRECTION_DESCENDING"}
                                ],
                                "ignore": ["x"],
                                "provider": {
                                    "allow_fallbacks": False,
                                    "sort": "price",
                                    "max_price": {"prompt": 1.0},
                                    "preferred_max_latency": {"p50": 1.5},
                                },
                                "fallback": {"ttft_timeout": "800ms"},
                            },
                            "text_generation_config": {
                                "stop_sequences": ["a"],
                                "seed": 7,
                                "logit_bias": {"camelCase": 1.0},
                            },
                            "message_templates": [
                                {
                                    "role": "assistant",
                                    "content_items": [{"text": "a"}],
                                    "tool_calls": [{"id": "c", "name": "f", "args": '{"camelCase":1}'}],
                                },
                                {"role": "tool", "tool_call_id": "c", "content": "4"},
                            ],
                            "web_search_options": {"search_context_size": "low"},
                            "compression": {"aggressiveness": 0.5},
                        },
                        "weight": 100.0,
                    }
                ],
            },
            "condition": {"cel_expression": "true"},
        }
    ],
    "default_route": {
        "route_id": "d",
        "variants": [
            {
                "variant": {"variant_id": "a", "model_id": "m", "web_search": {"max_results": 3}},
                "weight": 100.0,
            }
        ],
    },
}
_FREE = ("logit_bias", "args")


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            "".join(part.capitalize() if place else part for place, part in enumerate(name.split("_"))): each
            if name in _FREE
            else _camel(each)
            for name, each in value.items()
        }
    return [_camel(each) for each in value] if isinstance(value, list) else value


def read(value: Any) -> SavedRouter:
    return document.read(json.dumps(value).encode())


def faults(value: Any) -> list[str]:
    with pytest.raises(InvalidRequest) as refused:
        read(value)
    return [each.field for each in refused.value.violations]


def test_what_was_written_says_what_was_read() -> None:
    assert json.loads(document.write(read(FULL))) == FULL


def test_both_spellings_are_equal() -> None:
    assert read(_camel(FULL)) == read(FULL)


def test_print() -> None:
    printed = document.printed(read(FULL))

    assert set(printed) == {"name", "displayName", "defaults", "routes", "defaultRoute"}
    assert printed["defaultRoute"] == FULL["default_route"]
    assert json.loads(msgspec.json.encode(printed))["routes"] == FULL["routes"]


def test_whole_numbers_are_written_as_whole_numbers() -> None:
    numbers = {"temperature": 1.0, "top_p": 0.5, "logit_bias": {"5": -2.0}}
    router = saved(
        default_route=route(
            "d", variant("a", 70.0, text_generation_config=numbers), variant("b", 29.5), variant("c", 0.5)
        )
    )

    for text in (document.write(router).decode(), msgspec.json.encode(document.printed(router)).decode()):
        assert '"weight":70}' in text
        assert '"weight":29.5}' in text
        assert '"temperature":1,"top_p":0.5' in text
        assert '"5":-2}' in text


def test_what_is_printed_can_be_read_again() -> None:
    router = read(FULL)
    known = {"etag": "x", "createTime": "2026", "updateTime": "2026", "source": "store", "warnings": [1]}

    assert read(document.printed(router) | known) == router


def test_the_etag_is_the_documents() -> None:
    one, two = (document.etag(document.write(each)) for each in (read(FULL), read(_camel(FULL))))

    assert one == two == "81c3f7426e341b17"
    assert document.etag(document.write(saved())) != one


OLDER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"name": "routers/desk"}, {"name": "desk"}),
    ({"name": "inworld/desk"}, {"name": "desk"}),
    (
        {"name": None, "display_name": "My  Own: Desk!"},
        {"name": "my-own-desk", "display_name": "My  Own: Desk!"},
    ),
    ({"name": None, "displayName": "x" * 62 + " yz"}, {"name": "x" * 62, "display_name": "x" * 62 + " yz"}),
    (
        {"defaults": {"text_generation_config": {"max_new_tokens": 5}}},
        {"defaults": {"text_generation_config": {"max_tokens": 5}}},
    ),
    (
        {"defaults": {"textGenerationConfig": {"maxNewTokens": 5}}},
        {"defaults": {"text_generation_config": {"max_tokens": 5}}},
    ),
    ({"display_name": None, "routes": None, "defaults": {"optimize_prompt": None}}, {"defaults": {}}),
]


@pytest.mark.parametrize(("given_", "meant"), OLDER)
def test_other_spellings(given_: dict[str, Any], meant: dict[str, Any]) -> None:
    assert read(raw(**given_)) == read(raw(**meant))


def test_a_sort_may_be_words() -> None:
    selection = {"models": ["a"], "sort": ["price", {"metric": "SORT_METRIC_MATH"}]}
    router = saved(default_route=route("d", variant("a", model_selection=selection)))

    assert router.default_route is not None
    found = router.default_route.variants[0].variant.model_selection
    assert found is not None
    assert [each.metric for each in found.sort or ()] == ["SORT_METRIC_PRICE", "SORT_METRIC_MATH"]


def test_arguments_may_be_an_object() -> None:
    call = {"id": "c", "name": "f", "args": {"someKey": [1, None]}}
    router = saved(defaults={"message_templates": [{"role": "assistant", "tool_calls": [call]}]})

    assert router.defaults is not None
    assert router.defaults.message_templates is not None
    calls = router.defaults.message_templates[0].tool_calls
    assert calls is not None
    assert calls[0].args == '{"someKey":[1,null]}'


VARIANT = "default_route.variants[0].variant"
FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "no name": (raw(name=None), {"name"}),
    "no name in the display name": (raw(name=None, display_name="§"), {"name"}),
    "reserved": (raw(name="models"), {"name"}),
    "reserved, prefixed": (raw(name="inworld/models"), {"name"}),
    "upper case": (raw(name="Desk"), {"name"}),
    "empty": (raw(name=""), {"name"}),
    "a line end": (raw(name="desk\n"), {"name"}),
    "two prefixes": (raw(name="routers/inworld/desk"), {"name"}),
    "no text": (raw(name=3), {"name"}),
    "twice": (raw(displayName="a", display_name="b"), {"display_name"}),
    "twice, with an older one": (
        raw(defaults={"text_generation_config": {"max_tokens": 1, "max_new_tokens": 2}}),
        {"defaults.text_generation_config.max_tokens"},
    ),
    "unknown": (raw(colour="red", nickName="x"), {"colour", "nickName"}),
    "unknown inside": (
        raw(default_route=route("d", variant("a", modelSelection={"provider": {"allowFallback": False}}))),
        {f"{VARIANT}.model_selection.provider.allowFallback"},
    ),
    "etag inside": (raw(default_route=route("d", variant("a", etag="x"))), {f"{VARIANT}.etag"}),
    "no variant": (raw(default_route={"route_id": "d"}), {"default_route.variants"}),
    "empty variants": (raw(default_route={"route_id": "d", "variants": []}), {"default_route.variants"}),
    "no weight": (
        raw(default_route=route("d", {"variant": {"variant_id": "a", "model_id": "m"}})),
        {"default_route.variants[0].weight"},
    ),
    "ranges": (
        raw(
            default_route=route(
                "d", variant("a", -1, text_generation_config={"temperature": 3, "seed": 2**40})
            )
        ),
        {
            "default_route.variants[0].weight",
            f"{VARIANT}.text_generation_config.temperature",
            f"{VARIANT}.text_generation_config.seed",
        },
    ),
    "a sort that is none": (
        raw(default_route=route("d", variant("a", model_selection={"sort": ["prize", {"metric": "x"}]}))),
        {f"{VARIANT}.model_selection.sort[0].metric", f"{VARIANT}.model_selection.sort[1].metric"},
    ),
    "an empty condition": (raw(routes=[when("", route("r"))]), {"routes[0].condition.cel_expression"}),
    "no condition": (raw(routes=[{"route": route("r")}]), {"routes[0].condition"}),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str) -> None:
    given_, fields = FAULTS[case]

    assert set(faults(given_)) == fields


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b'"x"', b"{", b'{"name": "\xff"}', b"[" * 5000, b'{"a":' * 5000]
)
def test_what_is_no_document(data: bytes) -> None:
    with pytest.raises(InvalidRequest):
        document.read(data)


KINDS = (GenerationConfig, MessageTemplate, ModelSelection, SavedRouter)
_NAMES = st.sampled_from(
    sorted(
        {field.name for kind in KINDS for field in msgspec.structs.fields(kind)}
        | {"displayName", "etag", "x"}
    )
)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.just("\0"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_NAMES, _JSON, max_size=5))
@settings(max_examples=200)
def test_anything_is_a_router_or_refused(given_: dict[str, Any]) -> None:
    with suppress(InvalidRequest):
        router = document.read(json.dumps(given_).encode())
        assert document.read(document.write(router)) == router


_WEIGHT = st.floats(0, 100)


def _text(**sizes: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), **sizes)


_VARIANTS = st.builds(
    variant,
    _text(min_size=1, max_size=9),
    _WEIGHT,
    model_id=_text(min_size=1, max_size=9),
    message_templates=st.lists(st.builds(dict, role=st.just("user"), content=_text(max_size=9)), max_size=2),
    text_generation_config=st.builds(dict, temperature=st.floats(0, 2), logit_bias=st.just({"fooBar": 2.5})),
)


@given(st.lists(_VARIANTS, min_size=1, max_size=3), _text(max_size=20))
@settings(max_examples=100)
def test_round_trips(variants: list[dict[str, Any]], title: str) -> None:
    given_ = raw(display_name=title, default_route=route("d", *variants))
    router = read(given_)

    assert document.read(document.write(router)) == router
    assert read(_camel(given_)) == router
    assert read(document.printed(router)) == router
