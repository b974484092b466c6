"""Requests in OpenAI's form and what Anthropic gets for them: one pair a feature."""

import base64
import json
from typing import Any

import pytest

from service.dialects.anthropic import Anthropic
from service.dialects.anthropic.tool_ids import ToolIds
from service.errors import InvalidRequest
from service.types.media import Media
from tests.asking import chat
from tests.dialects.anthropic_asking import BASE, NEW, NEWEST, OLD, body, encoded, endpoint, sent, unfit

PIXEL = "iVBORw0KGgo="
HI = [{"type": "text", "text": "Hi"}]
DETAILED = {
    "type": "image_url",
    "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"},
}
MARK = {"type": "ephemeral", "ttl": "1h"}


def user(*content: Any) -> dict[str, Any]:
    """A turn of the user, as Anthropic has it."""
    return {"role": "user", "content": list(content)}


def text(said: str, **members: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **members}


# A name; messages of the request; `system` and `messages` of the body.
CONVERSATIONS: list[tuple[str, list[dict[str, Any]], list[Any], list[Any]]] = [
    (
        "system and developer",
        [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            {"role": "user", "content": "Hi"},
        ],
        [text("Be brief."), text("Be kind.")],
        [user(*HI)],
    ),
    (
        "turns in a row become one",
        [
            {"role": "user", "content": "Hi"},
            {"role": "user", "content": "You there?"},
            {"role": "assistant", "content": "Yes."},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "Good"},
        ],
        [],
        [
            user(*HI, text("You there?")),
            {"role": "assistant", "content": [text("Yes."), text("Hello.")]},
            user(text("Good")),
        ],
    ),
    ("a name is said", [{"role": "user", "name": "Ada", "content": "Hi"}], [], [user(text("Ada: Hi"))]),
    ("instructions only", [{"role": "system", "content": "Tell a joke."}], [], [user(text("Tell a joke."))]),
    (
        "blank text is left out",
        [{"role": "user", "content": [{"type": "text", "text": " "}, {"type": "text", "text": "Hi"}]}],
        [],
        [user(*HI)],
    ),
    (
        "refusals are text",
        [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "refusal": "No."},
            {"role": "user", "content": "Why?"},
        ],
        [],
        [user(*HI), {"role": "assistant", "content": [text("No.")]}, user(text("Why?"))],
    ),
    (
        "cache markers of parts and messages",
        [
            {"role": "system", "content": "Long.", "cache_control": MARK},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": "b"},
                ],
            },
        ],
        [text("Long.", cache_control=MARK)],
        [user(text("a", cache_control={"type": "ephemeral"}), text("b"))],
    ),
    (
        "images and files",
        [
            {
                "role": "user",
                "content": [
                    {
                        "type": "image_url",
                        "image_url": {"url": f"data:image/png;base64,{PIXEL}"},
                    },
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                    {
                        "type": "file",
                        "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
                    },
                    {"type": "file", "file": {"file_data": "https://example.com/b.pdf"}},
                    {"type": "file", "file": {"file_data": "https://example.com/2301.00001?x=a.txt"}},
                    {"type": "file", "file": {"file_data": "https://example.com/b.PNG#1"}},
                    {
                        "type": "file",
                        "file": {
                            "filename": "b.pdf",
                            "file_data": "data:application/octet-stream;base64,JVBERi0=",
                        },
                    },
                    {
                        "type": "file",
                        "file": {"filename": "c.txt", "file_data": "data:text/plain;base64,SMOp"},
                    },
                ],
            }
        ],
        [],
        [
            user(
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                    "title": "a.pdf",
                },
                {"type": "document", "source": {"type": "url", "url": "https://example.com/b.pdf"}},
                {
                    "type": "document",
                    "source": {"type": "url", "url": "https://example.com/2301.00001?x=a.txt"},
                },
                {"type": "image", "source": {"type": "url", "url": "https://example.com/b.PNG#1"}},
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                    "title": "b.pdf",
                },
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "Hé"},
                    "title": "c.txt",
                },
            )
        ],
    ),
]


@pytest.mark.parametrize(
    ("messages", "system", "turns"), [row[1:] for row in CONVERSATIONS], ids=[r[0] for r in CONVERSATIONS]
)
def test_a_conversation(messages: Any, system: Any, turns: Any) -> None:
    built = body(messages=messages)

    assert built.get("system", []) == system
    assert built["messages"] == turns


ASKED = {"role": "user", "content": "Hi"}
ANSWERED = {"role": "assistant", "content": "Yes."}
RULE = {"role": "system", "content": "Now in French."}


@pytest.mark.parametrize(
    ("model", "messages", "roles", "system"),
    [
        (NEWEST, [ASKED, RULE], ["user", "system"], 0),
        (
            NEWEST,
            [ASKED, ANSWERED, RULE, ASKED, ANSWERED, ASKED],
            ["user", "assistant", "user", "system", "assistant", "user"],
            0,
        ),
        (NEWEST, [ASKED, RULE, RULE, ASKED], ["user", "system"], 0),
        (NEWEST, [ASKED, ANSWERED, RULE, ANSWERED, ASKED], ["user", "assistant", "user"], 1),
        (NEW, [ASKED, ANSWERED, RULE, ASKED], ["user", "assistant", "user"], 1),
    ],
)
def test_instructions_in_the_middle(model: str, messages: Any, roles: list[str], system: int) -> None:
    built = body(model, messages=messages)

    assert [turn["role"] for turn in built["messages"]] == roles
    assert len(built.get("system", [])) == system
    assert json.dumps(built).count("Now in French.") == messages.count(RULE)


WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells it.",
        "parameters": {
            "type": "object",
            "properties": {"zeta": {"type": "string"}, "alpha": {"type": "number"}},
        },
    },
}
NATIVE_WEATHER = {
    "name": "weather",
    "description": "Tells it.",
    "input_schema": {
        "type": "object",
        "properties": {"zeta": {"type": "string"}, "alpha": {"type": "number"}},
    },
}


def called(*ids: str) -> dict[str, Any]:
    call = {"name": "weather", "arguments": '{"zeta": "x"}'}
    return {"role": "assistant", "tool_calls": [{"id": i, "type": "function", "function": call} for i in ids]}


def result(call: str, content: Any, **members: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call, "content": content, **members}


def test_parallel_calls_and_their_results() -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    later = result("b.2", [{"type": "text", "text": "map"}, picture], cache_control=MARK)
    messages = [ASKED, called("a:1", "b.2", "a_1"), later, ASKED, result("a:1", "18"), result("a_1", "")]

    built = body(messages=messages, tools=[WEATHER])

    uses = built["messages"][1]["content"]
    assert [use["id"] for use in uses] == ["a_1", "b_2", "a_1_1"]
    assert uses[0] == {"type": "tool_use", "id": "a_1", "name": "weather", "input": {"zeta": "x"}}
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    assert built["messages"][2] == user(
        {"type": "tool_result", "tool_use_id": "a_1", "content": "18"},
        {"type": "tool_result", "tool_use_id": "b_2", "content": [text("map"), image], "cache_control": MARK},
        {"type": "tool_result", "tool_use_id": "a_1_1", "content": ""},
        *HI,
    )


@pytest.mark.parametrize(
    ("turns", "ids"),
    [
        ([["a"], ["a"], ["a_1"]], [["a"], ["a_1"], ["a_1_1"]]),
        ([["a", "a"], ["a"]], [["a", "a_1"], ["a_2"]]),
        ([["a:b"], ["a_b"]], [["a_b"], ["a_b_1"]]),
        ([["", ""]], [["call", "call_1"]]),
    ],
)
def test_every_call_has_an_id_of_its_own(turns: list[list[str]], ids: list[list[str]]) -> None:
    messages = [ASKED]
    for turn in turns:
        messages += [called(*turn), *(result(call, f"{place}") for place, call in enumerate(turn))]
    built = body(messages=messages, tools=[WEATHER])["messages"]

    assert [[use["id"] for use in turn["content"]] for turn in built[1::2]] == ids
    results = [[(each["tool_use_id"], each["content"]) for each in turn["content"]] for turn in built[2::2]]
    assert results == [[(call, f"{place}") for place, call in enumerate(turn)] for turn in ids]


def test_many_calls_with_one_id_take_no_time() -> None:
    ids = ToolIds()
    known = {ids.called(name) for _ in range(20_000) for name in ("a", "a:1", "a_1")}

    assert len(known) == 60_000


def test_what_stood_beside_a_call_goes_back() -> None:
    caller = {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}
    turn = called("a", "b", "c")
    turn["tool_calls"][0] |= {"caller": caller, "toolset_name": "t"}
    turn["tool_calls"][1] |= {"caller": "me", "toolset_name": 5}
    first, second, third = body(messages=[ASKED, turn], tools=[WEATHER])["messages"][1]["content"]

    assert (first["caller"], first["toolset_name"]) == (caller, "t")
    assert second.keys() == third.keys() == {"type", "id", "name", "input"}


def worded(choice: dict[str, Any], parallel: bool) -> dict[str, Any]:
    return choice if parallel else {**choice, "disable_parallel_tool_use": True}


CHOICES: list[tuple[Any, dict[str, Any]]] = [
    ("auto", {"type": "auto"}),
    ("required", {"type": "any"}),
    ({"type": "function", "function": {"name": "weather"}}, {"type": "tool", "name": "weather"}),
    ({"type": "tool", "name": "weather"}, {"type": "tool", "name": "weather"}),
    ({"type": "any"}, {"type": "any"}),
]

# A name; a model; members of the request; members of the body.
PAIRS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("tools", NEW, {"tools": [WEATHER]}, {"tools": [NATIVE_WEATHER]}),
    (
        "tools without parameters, with a marker",
        NEW,
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "now"},
                    "cache_control": MARK,
                    "defer_loading": True,
                }
            ]
        },
        {
            "tools": [
                {
                    "name": "now",
                    "input_schema": {"type": "object", "properties": {}},
                    "defer_loading": True,
                    "cache_control": MARK,
                }
            ]
        },
    ),
    (
        "strict tools",
        NEW,
        {"tools": [{"type": "function", "function": {**WEATHER["function"], "strict": True}}]},  # type: ignore[dict-item]
        {
            "tools": [
                {
                    **NATIVE_WEATHER,
                    "input_schema": {**NATIVE_WEATHER["input_schema"], "additionalProperties": False},  # type: ignore[dict-item]
                    "strict": True,
                }
            ]
        },
    ),
    *(
        (
            f"tool choice {json.dumps(choice)}, parallel {parallel}",
            NEW,
            {"tools": [WEATHER], "tool_choice": choice, "parallel_tool_calls": parallel},
            {"tools": [NATIVE_WEATHER], "tool_choice": worded(word, parallel)},
        )
        for parallel in (True, False)
        for choice, word in CHOICES
    ),
    (
        "no tool may be called",
        NEW,
        {"tools": [WEATHER], "tool_choice": "none", "parallel_tool_calls": False},
        {"tools": [NATIVE_WEATHER], "tool_choice": {"type": "none"}},
    ),
    (
        "one call at a time",
        NEW,
        {"tools": [WEATHER], "parallel_tool_calls": False},
        {"tools": [NATIVE_WEATHER], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    ),
    (
        "web search",
        NEW,
        {"web_search_options": {"user_location": {"type": "approximate", "approximate": {"city": "Rome"}}}},
        {
            "tools": [
                {
                    "type": "web_search_20250305",
                    "name": "web_search",
                    "user_location": {"type": "approximate", "city": "Rome"},
                }
            ]
        },
    ),
    (
        "native tools",
        NEW,
        {"tools": [WEATHER, {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]},
        {"tools": [NATIVE_WEATHER, {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]},
    ),
    (
        "another vendor's web search",
        NEW,
        {
            "tools": [
                {
                    "type": "web_search",
                    "user_location": {"type": "approximate", "country": "IT"},
                    "filters": {"allowed_domains": ["a.test"]},
                }
            ],
            "web_search_options": {},
        },
        {
            "tools": [
                {
                    "type": "web_search_20250305",
                    "name": "web_search",
                    "allowed_domains": ["a.test"],
                    "user_location": {"type": "approximate", "country": "IT"},
                }
            ]
        },
    ),
    (
        "some of the tools",
        NEW,
        {
            "tools": [WEATHER, {"type": "function", "function": {"name": "now"}}],
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"type": "function", "function": {"name": "weather"}}],
                },
            },
        },
        {"tools": [NATIVE_WEATHER], "tool_choice": {"type": "any"}},
    ),
    (
        "arguments that may be null",
        NEW,
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "parameters": {"type": ["object", "null"]}}}
            ]
        },
        {"tools": [{"name": "f", "input_schema": {"type": "object"}}]},
    ),
    ("stop", NEW, {"stop": ["a", "b"]}, {"stop_sequences": ["a", "b"]}),
    ("stop as text", NEW, {"stop": "a"}, {"stop_sequences": ["a"]}),
    ("sampling", NEW, {"temperature": 0.20, "top_k": 40}, {"temperature": 0.2, "top_k": 40}),
    ("no top_k", NEW, {"top_k": 0, "top_p": 0.5}, {"top_p": 0.5}),
    ("streaming", NEW, {"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
    ("user", NEW, {"user": "u-1", "store": True}, {"metadata": {"user_id": "u-1"}}),
    ("tier auto", NEW, {"service_tier": "auto"}, {"service_tier": "auto"}),
    ("tier default", NEW, {"service_tier": "default"}, {"service_tier": "standard_only"}),
    ("automatic caching", NEW, {"cache_control": MARK}, {"cache_control": MARK}),
    ("verbosity", NEWEST, {"verbosity": "low"}, {"output_config": {"effort": "low"}}),
    ("the newer name of the cap", NEW, {"max_tokens": 5, "max_completion_tokens": 7}, {"max_tokens": 7}),
    (
        "native members",
        NEW,
        {"inference_geo": "us", "container": "c1"},
        {"inference_geo": "us", "container": "c1"},
    ),
]


@pytest.mark.parametrize(
    ("model", "given", "wanted"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS]
)
def test_members(model: str, given: dict[str, Any], wanted: dict[str, Any]) -> None:
    basis = {"model": model, "max_tokens": 20_000, "messages": [user(*HI)]}

    assert body(model, **given) == {**basis, **wanted}


MCP_CALL = {
    "type": "reasoning.server_tool_call",
    "tool_name": "ask",
    "arguments": "{}",
    "tool_call_id": "mcptoolu_1",
    "format": "anthropic-claude-v1",
    "index": 0,
    "block": {"type": "mcp_tool_use", "server_name": "m"},
}


def test_url_headers_and_the_order_of_keys() -> None:
    upstream = encoded(chat(tools=[WEATHER], stream=True))

    assert upstream.url == f"{BASE}/v1/messages"
    assert upstream.headers == {"accept": "text/event-stream", "anthropic-version": "2023-06-01"}
    assert b'"properties":{"zeta":{"type": "string"},"alpha"' in upstream.body.replace(
        b'": {', b'":{'
    ).replace(b'}, "alpha"', b'},"alpha"')


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"mcp_servers": [{"type": "url", "name": "m", "url": "https://m.test"}]}, "mcp-client-2025-04-04"),
        (
            {
                "mcp_servers": [{"type": "url", "name": "m", "url": "https://m.test"}],
                "tools": [{"type": "mcp_toolset", "mcp_server_name": "m"}],
            },
            "mcp-client-2025-11-20",
        ),
        ({"context_management": {"edits": [{"type": "compact_20260112"}]}}, "compact-2026-01-12"),
        (
            {"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}},
            "context-management-2025-06-27",
        ),
        (
            {"container": {"skills": [{"type": "anthropic", "skill_id": "xlsx", "version": "latest"}]}},
            "skills-2025-10-02",
        ),
        ({"output_config": {"task_budget": {"type": "tokens", "total": 20000}}}, "task-budgets-2026-03-13"),
        ({"speed": "fast"}, "fast-mode-2026-02-01"),
        (
            {
                "tools": [
                    {
                        "type": "computer_20250124",
                        "name": "computer",
                        "display_width_px": 9,
                        "display_height_px": 9,
                    }
                ]
            },
            "computer-use-2025-01-24",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file_1"}}]}]},
            "files-api-2025-04-14",
        ),
        (
            {
                "mcp_servers": [{"type": "url", "name": "m", "url": "https://m.test"}],
                "messages": [ASKED, {"role": "assistant", "reasoning_details": [MCP_CALL]}, ASKED],
            },
            "mcp-client-2025-04-04",
        ),
        (
            {"messages": [ASKED, {"role": "assistant", "reasoning_details": [MCP_CALL]}, ASKED]},
            "mcp-client-2025-11-20",
        ),
        ({"betas": ["context-1m-2025-08-07", "bad, header"]}, "context-1m-2025-08-07"),
        ({"tools": [{"type": "code_execution_20250825", "name": "code_execution"}]}, None),
        ({"cache_control": MARK}, None),
    ],
)
def test_betas_are_named_where_they_are_used(given: dict[str, Any], wanted: str | None) -> None:
    assert encoded(chat(**given)).headers.get("anthropic-beta") == wanted


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


@pytest.mark.parametrize(
    ("part", "type_", "wanted"),
    [
        (
            {"type": "image_url", "image_url": {"url": "http://a.test/x"}},
            "text/html",
            "must be a JPEG, PNG, GIF or WebP image, got text/html",
        ),
        (
            {"type": "file", "file": {"file_data": "http://a.test/x"}},
            "application/zip",
            "must be an image, a PDF or text, got application/zip",
        ),
        (
            {"type": "file", "file": {"file_data": "http://a.test/x"}},
            "text/plain",
            "is not UTF-8 text, but was said to be text/plain",
        ),
    ],
)
def test_what_was_fetched_has_to_be_readable(part: Any, type_: str, wanted: str) -> None:
    request = chat(messages=[{"role": "user", "content": [part]}])

    with pytest.raises(InvalidRequest) as refused:
        Anthropic().encode(request, endpoint(), {"http://a.test/x": Media(type_, "/w==")})
    assert [each.description for each in refused.value.violations] == [wanted]


@pytest.mark.parametrize(
    ("url", "name", "fetched"),
    [
        ("https://a.test/x.pdf", None, False),
        ("https://a.test/x", None, False),
        ("https://a.test/x.PNG?y=z.txt", None, False),
        ("https://a.test/x.txt", None, True),
        ("https://a.test/x", "x.csv", True),
        ("HTTP://a.test/x.pdf", None, True),
        ("gs://a/x.pdf", None, False),
    ],
)
def test_anthropic_fetches_images_and_pdf(url: str, name: str | None, fetched: bool) -> None:
    file = {"type": "file", "file": {"file_data": url, "filename": name}}
    request = chat(messages=[{"role": "user", "content": [file]}])

    assert Anthropic().links(request, endpoint()) == ((url,) if fetched else ())


def test_plain_http_is_fetched_for_anthropic() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": url}} for url in ("http://a.test/x", "https://a.test/y")
    ]
    request = chat(messages=[{"role": "user", "content": parts}])
    data = base64.b64encode(b"gif").decode()

    assert Anthropic().links(request, endpoint()) == ("http://a.test/x",)
    upstream = Anthropic().encode(request, endpoint(), {"http://a.test/x": Media("image/gif", data)})
    first, second = json.loads(upstream.body)["messages"][0]["content"]
    assert first["source"] == {"type": "base64", "media_type": "image/gif", "data": data}
    assert second["source"] == {"type": "url", "url": "https://a.test/y"}


def test_the_check_against_the_sdk_can_fail() -> None:
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming as Params

    fit = {"model": "m", "max_tokens": 1, "messages": [user(*HI)]}
    assert not list(unfit(fit, Params, "body"))
    for unknown in (
        {"seed": 1},
        {"max_tokens": "1"},
        {"messages": [user(text("Hi", logprobs=1))]},
        {"tool_choice": {"type": "required"}},
    ):
        assert list(unfit({**fit, **unknown}, Params, "body"))
