"""What Anthropic does not get of a request: what is left out is named, what cannot be read refused."""

from typing import Any

import pytest

from service.errors import InvalidRequest
from tests.asking import chat
from tests.dialects.anthropic_asking import ASKED, NEW, NEWEST, OLD, PIXEL, called, sent, text

DETAILED = {
    "type": "image_url",
    "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"},
}


@pytest.mark.parametrize(
    ("model", "given", "named"),
    [
        (NEW, {"seed": 1, "presence_penalty": 0.5, "logit_bias": {"1": 2}, "min_p": 0.1, "top_a": 0.2}, None),
        (NEW, {"temperature": 1.5}, ["temperature"]),
        (NEW, {"temperature": 0.5, "top_p": 0.5}, ["top_p"]),
        (OLD, {"temperature": 0.5, "top_p": 0.5}, []),
        (NEWEST, {"temperature": 0.5, "top_p": 0.5, "top_k": 5}, ["temperature", "top_p", "top_k"]),
        (NEW, {"stop": ["\n", "a"]}, ["stop"]),
        (NEW, {"service_tier": "flex"}, ["service_tier"]),
        (NEW, {"verbosity": "low"}, ["verbosity"]),
        (NEWEST, {"verbosity": "low", "reasoning_effort": "high"}, ["verbosity"]),
        (
            NEW,
            {"web_search_options": {"search_context_size": "low"}},
            ["web_search_options.search_context_size"],
        ),
        (NEW, {"tool_choice": "required"}, ["tool_choice"]),
        (NEW, {"prediction": {"type": "content", "content": "x"}}, None),
        (NEW, {"messages": [{"role": "user", "content": [DETAILED]}]}, ["image_url.detail"]),
        (
            NEW,
            {"tools": [{"type": "web_search", "search_context_size": "low"}]},
            ["tools[0].search_context_size"],
        ),
        (NEW, {"messages": [ASKED, {"role": "assistant", "content": "So, \n"}]}, ["messages"]),
        (
            OLD,
            {"tools": [{"type": "function", "function": {"name": "f", "strict": True}}]},
            ["tools[0].function.strict"],
        ),
    ],
)
def test_what_is_left_out_is_named(model: str, given: dict[str, Any], named: list[str] | None) -> None:
    built, dropped = sent(chat(**given), model)

    assert list(dropped) == (list(given) if named is None else named)
    if named is None:
        assert not given.keys() & built.keys()


def test_a_cap_that_nobody_knows_is_named() -> None:
    built, dropped = sent(chat(), max_completion_tokens=None)

    assert built["max_tokens"] == 8192
    assert "8192" in dropped["max_tokens"]


def test_a_prefill_loses_its_last_white_space() -> None:
    built, _ = sent(chat(messages=[ASKED, {"role": "assistant", "content": "So, \n"}]))

    assert built["messages"][-1] == {"role": "assistant", "content": [text("So,")]}


@pytest.mark.parametrize(
    ("messages", "path"),
    [
        ([{"role": "user", "content": [{"type": "hologram"}]}], "messages[0].content[0].type"),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}],
                }
            ],
            "messages[0].content[0].image_url.url",
        ),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "file", "file": {"file_data": "data:text/plain;base64,/w=="}}],
                }
            ],
            "messages[0].content[0].file.file_data",
        ),
        (
            [
                ASKED,
                {**called("a"), "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{"}}]},
            ],
            "messages[1].tool_calls[0].function.arguments",
        ),
        ([{"role": "user", "content": ""}], "messages"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "s3://b/c.png"}}]}],
            "messages[0].content[0].image_url.url",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_path(messages: Any, path: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        sent(chat(messages=messages))

    assert refused.value.param == path


@pytest.mark.parametrize(
    ("name", "given", "path"),
    [
        ("thinking", "much", "thinking"),
        ("output_config", ["a"], "output_config"),
        ("context_management", {"edits": [5]}, "context_management.edits[0]"),
        ("mcp_servers", {}, "mcp_servers"),
        ("container", 5, "container"),
        ("betas", "a", "betas"),
        ("betas", [1], "betas[0]"),
        (
            "web_search_options",
            {"user_location": {"approximate": "here"}},
            "web_search_options.user_location.approximate",
        ),
        (
            "tools",
            [{"type": "web_search", "filters": {"allowed_domains": "a"}}],
            "tools[0].filters.allowed_domains",
        ),
    ],
)
def test_native_members_of_other_types_are_refused(name: str, given: Any, path: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        sent(chat(**{name: given}))

    assert refused.value.param == path
