"""Whatever the door lets in, a dialect encodes it or says in our words why not: nothing else leaves it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.dialects import DIALECTS
from service.edge.chat_request import parse
from service.errors import InvalidRequest, NotServed
from service.types.media import Media
from service.types.upstream import Endpoint, Site

MODELS = {
    "anthropic": ("claude-sonnet-4-5", "claude-opus-4-6", "claude-3-haiku-20240307"),
    "google": ("gemini-2.5-flash", "gemini-3-pro-preview", "other"),
    "vertex": ("gemini-2.5-flash", "claude-sonnet-4-5", "meta/llama"),
    "bedrock": (
        "us.anthropic.claude-sonnet-4-5-v1:0",
        "us.amazon.nova-lite-v1:0",
        "mistral.x",
        "meta.llama3",
    ),
}
TEXT = st.sampled_from(["", " ", "Hi", "é😀", "a\nb", "x" * 50])
NAME = st.sampled_from(["f", "get_weather", "odd name!", "é"])
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, -1, 2.5, 10**30, "", "x", "é\r\n"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "id", "name", "text", "data", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)
JUNK_OBJECT = st.dictionaries(
    st.sampled_from(["type", "ttl", "x", "image_url", "transcript"]), JUNK, max_size=2
)
URL = st.sampled_from(
    [
        *(
            "data:image/png;base64,iVBORw0K",
            "data:text/plain;base64,SGk=",
            "data:,x",
            "data:image/png,%00",
            "",
        ),
        *("https://x.test/a.png", "http://x.test/a.pdf", "s3://b/k", "GS://b/k", "file:///etc/passwd", "x"),
    ]
)
PART = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}, optional={"cache_control": JUNK_OBJECT}),
    st.fixed_dictionaries({"type": st.just("image_url"), "image_url": st.fixed_dictionaries({"url": URL})}),
    st.fixed_dictionaries(
        {
            "type": st.just("file"),
            "file": st.fixed_dictionaries({}, optional={"file_data": URL, "file_id": URL, "filename": TEXT}),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("input_audio"),
            "input_audio": st.fixed_dictionaries(
                {"data": st.sampled_from(["AAAA", "!"]), "format": st.sampled_from(["wav", "odd"])}
            ),
        }
    ),
    st.fixed_dictionaries({"type": st.just("video_url"), "video_url": st.fixed_dictionaries({"url": URL})}),
    st.fixed_dictionaries({"type": st.sampled_from(["odd", "refusal"]), "refusal": TEXT}),
)
CONTENT = st.one_of(TEXT, st.lists(PART, max_size=3))
CALL = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["call_0", "call_1", "a|b", "", "x" * 70]),
        "function": st.fixed_dictionaries(
            {"name": NAME, "arguments": st.sampled_from(["", "{}", '{"a":1}', "[1]", "{broken", "null"])}
        ),
    }
)
DETAIL = st.one_of(
    JUNK_OBJECT,
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                [
                    "reasoning.text",
                    "reasoning.encrypted",
                    "reasoning.summary",
                    "reasoning.server_tool_call",
                    "odd",
                ]
            ),
            "format": st.sampled_from(
                ["anthropic-claude-v1", "google-gemini-v1", "openai-responses-v1", "unknown", None]
            ),
        },
        optional={
            **dict.fromkeys(("text", "signature", "data", "summary", "id", "index", "tool_name"), JUNK),
            **dict.fromkeys(
                ("block", "result_block", "arguments", "result", "position", "content_index"), JUNK
            ),
        },
    ),
)
ASSISTANT = st.fixed_dictionaries(
    {"role": st.just("assistant")},
    optional={
        "content": CONTENT,
        "tool_calls": st.lists(CALL, max_size=3),
        "reasoning": TEXT,
        "reasoning_details": st.lists(DETAIL, max_size=3),
        "refusal": TEXT,
        "audio": JUNK_OBJECT,
        "images": st.lists(JUNK_OBJECT, max_size=2),
        "message_items": JUNK,
        "name": NAME,
    },
)
MESSAGE = st.one_of(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "system", "developer"]), "content": CONTENT},
        optional={"name": NAME},
    ),
    ASSISTANT,
    st.fixed_dictionaries(
        {
            "role": st.just("tool"),
            "tool_call_id": st.sampled_from(["call_0", "call_1", "?"]),
            "content": CONTENT,
        }
    ),
)
SCHEMA = st.one_of(
    st.dictionaries(
        st.sampled_from(["type", "properties", "$defs", "anyOf", "items", "format", "required"]),
        JUNK,
        max_size=3,
    ),
    st.just({"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}),
)
TOOL = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("function"),
            "function": st.fixed_dictionaries(
                {"name": NAME}, optional={"parameters": SCHEMA, "strict": st.booleans()}
            ),
        }
    ),
    st.fixed_dictionaries({"type": st.sampled_from(["web_search", "code_execution_20250825", "odd"])}),
)
CHOICE = st.one_of(
    st.sampled_from(["auto", "none", "required", "any", "odd"]),
    st.fixed_dictionaries({"type": st.just("function"), "function": st.fixed_dictionaries({"name": NAME})}),
    JUNK_OBJECT,
)
FORM = st.one_of(
    st.sampled_from([{"type": "text"}, {"type": "json_object"}, {"type": "odd"}]),
    st.builds(
        lambda schema: {"type": "json_schema", "json_schema": {"name": "my schema.v1", "schema": schema}},
        SCHEMA,
    ),
)
NATIVE = (
    *("thinking", "output_config", "context_management", "betas", "container", "mcp_servers", "service_tier"),
    *(
        "generationConfig",
        "toolConfig",
        "safetySettings",
        "cachedContent",
        "labels",
        "tools_choice",
        "include",
    ),
    *("guardrailConfig", "performanceConfig", "requestMetadata", "additionalModelRequestFields", "text"),
    *("previous_response_id", "documents", "safety_mode", "citation_options", "random_seed", "prompt_mode"),
    *(
        "web_search_options",
        "cache_control",
        "verbosity",
        "edits",
        "prompt",
        "enable_thinking",
        "speechConfig",
    ),
)
REQUEST = st.fixed_dictionaries(
    {"model": st.just("x/y"), "messages": st.lists(MESSAGE, min_size=1, max_size=5)},
    optional={
        "tools": st.lists(TOOL, max_size=2),
        "tool_choice": CHOICE,
        "response_format": FORM,
        "reasoning": st.sampled_from(
            [{}, {"effort": "xhigh"}, {"max_tokens": 100}, {"effort": "none"}, {"exclude": True}]
        ),
        "max_tokens": st.sampled_from([1, 50, 5000]),
        "n": st.sampled_from([1, 2]),
        "stop": st.sampled_from(["", " ", "x", ["a", ""]]),
        "audio": JUNK_OBJECT,
        "modalities": st.sampled_from([["text"], ["text", "image"], ["audio"]]),
        "image_config": JUNK_OBJECT,
        "prediction": JUNK_OBJECT,
        "stream": st.booleans(),
        **dict.fromkeys(NATIVE, JUNK),
    },
)


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=120, deadline=None)
@given(body=REQUEST, choice=st.integers(0, 3))
def test_it_is_encoded_or_refused_in_our_words(dialect: str, body: dict[str, Any], choice: int) -> None:
    models = MODELS.get(dialect, ("m", "gpt-5", "magistral-small", "command-a"))
    endpoint = Endpoint(
        provider="acme",
        model=models[choice % len(models)],
        base_url="https://acme.test/v1",
        dialect=dialect,
        site=Site(project="p", location="l", region="r"),
    )
    try:
        request = parse(json.dumps(body).encode())
    except (InvalidRequest, NotServed):
        return
    spoken = DIALECTS[dialect]
    assert all(each.field and each.description for each in spoken.obstacles(request, endpoint))
    try:
        media = {url: Media("image/png", "iVBORw0K") for url in spoken.links(request, endpoint)}
        sent = spoken.encode(request, endpoint, media)
    except (InvalidRequest, NotServed):
        return
    json.loads(sent.body)
    assert sent.url.isascii()
    for name, value in sent.headers.items():
        assert (name + value).isascii()
        assert (name + value).isprintable()
    assert all(dropped.param and dropped.reason for dropped in sent.dropped)
