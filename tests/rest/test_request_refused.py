"""Requests that are refused before any vendor is asked: how, and that every reason is told."""

from typing import Any

import pytest

from tests.rest.scene import Scene
from tests.upstreams.fake_vendor import hello


@pytest.fixture
def refused(scene: Scene) -> Scene:
    """A scene whose vendor must not be asked."""
    return scene.plays(hello)


UNSERVED = {
    "web_search": {"engine": "exa"},
}


@pytest.mark.parametrize("where", ["top level", "extra_body"])
@pytest.mark.parametrize("option", UNSERVED)
def test_an_option_nothing_serves_yet_is_named(refused: Scene, option: str, where: str) -> None:
    members = {option: UNSERVED[option]}

    response = refused.ask(**(members if where == "top level" else {"extra_body": members}))

    assert response.status_code == 501
    error = response.json()["error"]
    assert error["message"] == f"{option}: not served by this version of Pointsman"
    assert (error["type"], error["code"], error["param"]) == ("not_implemented_error", "not_served", option)
    assert not refused.vendor.calls(refused.name)


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"provider_credentials": {"openai": "x"}}, "provider_credentials"),
        ({"plugins": [{"id": "web"}]}, "plugins"),
        ({"transforms": ["middle-out"]}, "transforms"),
        ({"preset": "p"}, "preset"),
        ({"reasoning": {"context": "all_turns"}}, "reasoning.context"),
        ({"extra_body": {"reasoning": {"mode": "pro"}}}, "reasoning.mode"),
        (
            {"messages": [{"role": "user", "content": "x", "compression": {"aggressiveness": 0.5}}]},
            "messages[0].compression",
        ),
        (
            {"extra_body": {"web_search": {}}, "plugins": [{"id": "web"}], "preset": "p"},
            "web_search, plugins, preset",
        ),
    ],
)
def test_further_options_nothing_serves_yet(refused: Scene, members: dict[str, Any], named: str) -> None:
    response = refused.ask(**members)

    assert response.status_code == 501
    assert response.json()["error"]["message"].startswith(f"{named}: not served")
    assert not refused.vendor.calls(refused.name)


@pytest.mark.parametrize(
    ("misspelt", "option"),
    [
        ("extra_boddy", "extra_body"),
        ("extrabody", "extra_body"),
        ("provder", "provider"),
        ("providers", "provider"),
        ("fallbacks", "fallback"),
        ("ignor", "ignore"),
        ("srot", "sort"),
        ("reasonin", "reasoning"),
        ("web-search", "web_search"),
        ("prompt_variable", "prompt_variables"),
    ],
)
def test_a_misspelt_option_is_named(refused: Scene, misspelt: str, option: str) -> None:
    response = refused.ask(**{misspelt: {}})

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["message"] == f"{misspelt}: unknown option; did you mean '{option}'?"
    assert error["param"] == misspelt
    assert not refused.vendor.calls(refused.name)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"order": ["fake"]}, "order: belongs into provider: provider.order"),
        ({"ttft_timeout": "1s"}, "ttft_timeout: belongs into fallback: fallback.ttft_timeout"),
        (
            {"extra_body": {"zdr": True}},
            "extra_body.zdr: belongs into provider: extra_body.provider.zdr",
        ),
        (
            {"fallback": {"ttft_timeout": "100ms"}},
            'fallback.ttft_timeout: must be a duration of at least 300ms, such as 800ms or 1.5s, got "100ms"',
        ),
    ],
)
def test_a_misplaced_or_impossible_option_is_told_how_it_would_be_right(
    refused: Scene, members: dict[str, Any], message: str
) -> None:
    response = refused.ask(**members)

    assert response.status_code == 400
    assert response.json()["error"]["message"] == message
    assert not refused.vendor.calls(refused.name)


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"extra_body": {"sorted": ["price"]}}, "extra_body.sorted"),
        ({"extra_body": {"temperature": 1}}, "extra_body.temperature"),
        ({"provider": {"allow_fallback": True}}, "provider.allow_fallback"),
        ({"extra_body": {"provider": {"orders": []}}}, "extra_body.provider.orders"),
        ({"provider": {"max_price": {"promt": 1}}}, "provider.max_price.promt"),
        ({"reasoning": {"efort": "low"}}, "reasoning.efort"),
        ({"fallback": {"ttft": "1s"}}, "fallback.ttft"),
        ({"web_search": {"max_result": 3}}, "web_search.max_result"),
        (
            {"messages": [{"role": "user", "content": "x", "compression": {"agressiveness": 0.5}}]},
            "messages[0].compression.agressiveness",
        ),
    ],
)
def test_an_unknown_key_of_an_option_is_named_with_its_path(
    refused: Scene, members: dict[str, Any], path: str
) -> None:
    response = refused.ask(**members)

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["param"] == path
    assert f"{path}: unknown option; allowed: " in error["message"]


RANGES = {
    "temperature": (2.1, "must be a number >= 0 and <= 2"),
    "top_p": (0, "must be a number > 0 and <= 1"),
    "top_k": (-1, "must be an integer >= 0"),
    "min_p": (1.5, "must be a number >= 0 and <= 1"),
    "top_a": (-0.1, "must be a number >= 0 and <= 1"),
    "max_tokens": (0, "must be an integer >= 1"),
    "max_completion_tokens": (1.5, "must be an integer >= 1"),
    "presence_penalty": (-2.1, "must be a number >= -2 and <= 2"),
    "frequency_penalty": ("1", "must be a number >= -2 and <= 2"),
    "repetition_penalty": (0, "must be a number > 0 and <= 2"),
    "seed": (2**63, "must be an integer >= -9223372036854775808 and <= 9223372036854775807"),
    "n": (0, "must be an integer >= 1"),
    "stop": (["a", "b", "c", "d", "e"], "of length <= 4"),
    "logprobs": ("yes", "must be true or false"),
    "top_logprobs": (21, "must be an integer >= 0 and <= 20"),
    "reasoning_effort": ("huge", "must be one of none, minimal, low, medium, high, xhigh, max"),
    "stream": ("yes", "must be true or false"),
    "user": (7, "must be a string"),
    "tools": ({}, "must be an array"),
}


def test_all_violations_are_reported_at_once(refused: Scene) -> None:
    members: dict[str, Any] = {name: value for name, (value, _) in RANGES.items()}

    response = refused.ask(**members, logit_bias={"7": 101}, extra_body={"sort": ["speed"]}, srot=[])

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    for name, (value, rule) in RANGES.items():
        shown = (
            f'"{value}"' if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
        )
        assert f"{name}: " in error["message"]
        assert rule in error["message"]
        assert f"got {shown}" in error["message"]
    assert "logit_bias.7: must be a number >= -100 and <= 100, got 101" in error["message"]
    assert "extra_body.sort[0]: must be one of price" in error["message"]
    assert "srot: unknown option; did you mean 'sort'?" in error["message"]


@pytest.mark.parametrize(
    "members",
    [
        {"temperature": 0, "top_p": 1, "min_p": 1, "presence_penalty": -2, "top_k": 0, "n": 1},
        {"temperature": 2, "frequency_penalty": 2, "top_logprobs": 20, "max_tokens": 1, "seed": -(2**63)},
    ],
)
def test_the_bounds_themselves_are_allowed(scene: Scene, members: dict[str, Any]) -> None:
    assert scene.plays(hello).ask(**members).status_code == 200


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"model": None}, "model field is required"),
        ({"model": ""}, "model: must be a string of length >= 1"),
        ({"model": 5}, "model: must be a string"),
        ({"messages": None}, "messages field is required"),
        ({"messages": []}, "messages: must be an array of length >= 1"),
        ({"messages": "Hi"}, "messages: must be an array"),
        ({"messages": [{"role": "user"}]}, "messages[0]: content field is required for role 'user'"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0]: content field is required"),
        ({"messages": [{"role": "alien", "content": "x"}]}, "messages[0].role: must be one of system"),
        ({"messages": [{"content": "x"}]}, "messages[0].role: role field is required"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "messages[0].content[0]: image_url field is required for type 'image_url'",
        ),
        ({"messages": [{"role": "tool", "content": "x"}]}, "tool_call_id field is required for role 'tool'"),
        ({"tools": [{"type": "function"}]}, "tools[0]: function field is required for type 'function'"),
        (
            {"response_format": {"type": "json_schema"}},
            "response_format: json_schema field is required for type 'json_schema'",
        ),
        ({"extra_body": []}, "extra_body: must be an object"),
        (
            {"web_search": {}, "web_search_options": {}},
            "web_search: cannot be combined with web_search_options",
        ),
    ],
)
def test_what_a_request_cannot_do_without(refused: Scene, members: dict[str, Any], message: str) -> None:
    response = refused.ask(**members)

    assert response.status_code == 400
    assert message in response.json()["error"]["message"]


DEEP = 100_000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"hello", "not valid JSON"),
        (b"null", "must be an object"),
        (b"[]", "must be an object"),
        (b'"text"', "must be an object"),
        (b"\xff\xfe{\x00}\x00", "not valid"),
        (b'{"model":"m","messages":[{"role":"user","content":"\xff"}]}', "not valid UTF-8"),
        (b'{"model":"m","messages":[{"role":"user","content":"x"}],"x":"\xc3\x28"}', "not valid UTF-8"),
        (b'{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}', "not valid JSON"),
        (b'{"model":"m","messages":[{"role":"user","content":"x"}]} {}', "not valid JSON"),
        (b'{"model":"m","messages":[],"x":NaN}', "not valid JSON"),
        (b"[" * DEEP + b"]" * DEEP, "nested too deeply"),
        (b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}", "nested too deeply"),
        (b'{"model":"m","messages":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}", "nested too deeply"),
    ],
    ids=lambda value: repr(value[-20:]) if isinstance(value, bytes) else None,
)
def test_what_is_no_request_at_all(scene: Scene, body: bytes, words: str) -> None:
    response = scene.post(body)

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_request")
    assert words in error["message"]
    assert response.json()["metadata"]["attempts"] == []
    assert response.json()["metadata"]["generation_id"] == response.headers["x-generation-id"]
