"""What is worth a warning when a router is saved."""

from typing import Any

import pytest

from service.edge.routers.warned import warnings_of
from tests.edge.model_scene import directory
from tests.edge.routers.scene import route, saved, variant

PLACE = "default_route.variants[0].variant"


def _with(**members: Any) -> dict[str, Any]:
    return {"default_route": route(variant(**members))}


CASES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "nothing": (_with(), {}),
    "auto": (_with(model_id="auto"), {}),
    "a bare name": (_with(model_id="big-1"), {}),
    "an unlisted model of a provider that is on": (_with(model_id="first/brand-new"), {}),
    "a model that nobody has": (_with(model_id="no-such"), {f"{PLACE}.model_id": "no-such"}),
    "a provider that is not there": (_with(model_id="nobody/x"), {f"{PLACE}.model_id": "nobody"}),
    "fallbacks": (
        _with(model_selection={"models": ["big-1", "no-such", "first"]}),
        {
            f"{PLACE}.model_selection.models[1]": "no-such",
            f"{PLACE}.model_selection.models[2]": "first",
        },
    ),
    "a pool, where a provider is all of his models": (
        _with(model_id="auto", model_selection={"models": ["first", "no-such"]}),
        {f"{PLACE}.model_selection.models[1]": "no-such"},
    ),
    "what nothing serves yet": (
        _with(
            web_search={"max_results": 5},
            compression={"aggressiveness": 0.5},
            message_templates=[{"role": "system", "content": "x", "compression": {}}],
            text_generation_config={"reasoning": {"mode": "pro", "effort": "low"}},
        ),
        {
            f"{PLACE}.web_search": "refused",
            f"{PLACE}.compression": "refused",
            f"{PLACE}.message_templates[0].compression": "refused",
            f"{PLACE}.text_generation_config.reasoning.mode": "refused",
        },
    ),
    "defaults": (
        {
            "defaults": {
                "optimize_prompt": True,
                "message_templates": [{"role": "system", "content": "x", "compression": {}}],
            }
        },
        {
            "defaults.optimize_prompt": "does nothing",
            "defaults.message_templates[0].compression": "refused",
        },
    ),
    "routes": (
        {
            "routes": [
                {"condition": {"cel_expression": "true"}, "route": route(variant(model_id="x"), route_id="r")}
            ]
        },
        {"routes[0].route.variants[0].variant.model_id": "x"},
    ),
    "what is off": ({"defaults": {"optimize_prompt": False}}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_warnings(case: str) -> None:
    members, told = CASES[case]

    found = {each.field: each.description for each in warnings_of(saved(**members), directory())}

    assert found.keys() == told.keys()
    for field, words in told.items():
        assert words in found[field]
