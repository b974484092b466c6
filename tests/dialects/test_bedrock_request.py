"""ChatRequest to Converse: one pair a feature, each valid by botocore's service model."""

import json
from typing import Any

import pytest

from service.dialects.urls import segment
from service.edge.chat_request import parse
from service.errors import InvalidRequest
from service.types.facts import Model
from tests.asking import chat
from tests.dialects.converse import BEDROCK, CLAUDE, encoded, endpoint_of, sent

OLD_CLAUDE = "anthropic.claude-3-5-sonnet-20240620-v1:0"
CLAUDE_37 = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
CLAUDE_46 = "us.anthropic.claude-sonnet-4-6"
CLAUDE_48 = "global.anthropic.claude-opus-4-8"
NOVA, NOVA_2 = "us.amazon.nova-pro-v1:0", "us.amazon.nova-2-lite-v1:0"
OSS, LLAMA, R1 = "openai.gpt-oss-120b-1:0", "us.meta.llama3-3-70b-instruct-v1:0", "us.deepseek.r1-v1:0"
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f"
SCHEMA = {"type": "object", "properties": {"b": {"type": "number"}, "a": {}}, "required": ["b"]}
TOOL = {"type": "function", "function": {"name": "f", "description": "Does f.", "parameters": SCHEMA}}
SPEC = {"toolSpec": {"name": "f", "description": "Does f.", "inputSchema": {"json": SCHEMA}}}
FORM = {"type": "json_schema", "json_schema": {"name": "person", "description": "Who.", "schema": SCHEMA}}
CLOSED = {**SCHEMA, "additionalProperties": False}


def native_form(schema: dict[str, Any], **members: str) -> dict[str, Any]:
    told = {"name": "person", "schema": schema, "description": "Who.", **members}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": told}}}


def schema_form(schema: dict[str, Any], **members: str) -> dict[str, Any]:
    told = {"name": "person", "description": "Who.", "schema": schema, **members}
    return {"type": "json_schema", "json_schema": told}


def form_tool(schema: dict[str, Any], name: str = "person") -> dict[str, Any]:
    return {"toolSpec": {"name": name, "description": "Who.", "inputSchema": {"json": schema}}}


FORM_TOOL = form_tool(SCHEMA)
BOUNDED = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}
TOLD = {
    "type": "object",
    "properties": {"a": {"type": "integer", "description": "{minimum: 1}"}},
    "additionalProperties": False,
}
UNHELD = {"type": "object", "properties": {"a": {"not": {}}}}
OTHER_TOOL = {"type": "function", "function": {"name": "g"}}


def allowed(mode: str, *names: str) -> dict[str, Any]:
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


USED = [
    {"role": "user", "content": "Hi"},
    {
        "role": "assistant",
        "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "t1", "content": "18"},
]
USED_SPEC = {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object", "properties": {}}}}}
NONE = {"tool_choice": {"type": "none"}}


def thinking(budget: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


# Name, model, members of the request, members of the body besides its messages, parameters left out.
PAIRS: list[tuple[str, str, dict[str, Any], dict[str, Any], set[str]]] = [
    ("nothing is invented", CLAUDE, {}, {}, set()),
    (
        "inference config",
        LLAMA,
        {"max_tokens": 9, "max_completion_tokens": 10, "temperature": 0, "top_p": 0.5, "stop": "x"},
        {"inferenceConfig": {"maxTokens": 10, "temperature": 0, "topP": 0.5, "stopSequences": ["x"]}},
        set(),
    ),
    (
        "several stops",
        NOVA,
        {"stop": ["a", "", "b"]},
        {"inferenceConfig": {"stopSequences": ["a", "b"]}},
        {"stop"},
    ),
    (
        "a blank stop",
        CLAUDE,
        {"stop": [" \n", "a"]},
        {"inferenceConfig": {"stopSequences": ["a"]}},
        {"stop"},
    ),
    ("a blank stop of others", NOVA, {"stop": "\n"}, {"inferenceConfig": {"stopSequences": ["\n"]}}, set()),
    (
        "a tool whose schema says no type",
        CLAUDE,
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"properties": {"a": {}}}}}]},
        {
            "toolConfig": {
                "tools": [
                    {
                        "toolSpec": {
                            "name": "f",
                            "inputSchema": {"json": {"type": "object", "properties": {"a": {}}}},
                        }
                    }
                ]
            }
        },
        set(),
    ),
    (
        "of two samplers Claude takes one",
        CLAUDE,
        {"temperature": 0.5, "top_p": 0.5},
        {"inferenceConfig": {"temperature": 0.5}},
        {"top_p"},
    ),
    ("samplers that the newest Claude has no more", CLAUDE_48, {"temperature": 0.5}, {}, {"temperature"}),
    (
        "a temperature beyond Claude's range, whose default is 1",
        CLAUDE,
        {"temperature": 1.5},
        {},
        {"temperature"},
    ),
    (
        "a temperature beyond the range",
        NOVA,
        {"temperature": 1.5},
        {"inferenceConfig": {"temperature": 1}},
        {"temperature"},
    ),
    (
        "knobs that Converse lacks",
        CLAUDE,
        {"seed": 1, "presence_penalty": 1, "min_p": 0.1, "x_unknown": 1, "user": "u", "store": True},
        {},
        {"seed", "presence_penalty", "min_p", "x_unknown"},
    ),
    ("top_k of Claude", CLAUDE, {"top_k": 20}, {"additionalModelRequestFields": {"top_k": 20}}, set()),
    (
        "top_k of Nova",
        NOVA,
        {"top_k": 20},
        {"additionalModelRequestFields": {"inferenceConfig": {"topK": 20}}},
        set(),
    ),
    ("top_k of others", LLAMA, {"top_k": 20}, {}, {"top_k"}),
    ("top_k of 0 is none", CLAUDE, {"top_k": 0}, {}, set()),
    ("tools", CLAUDE, {"tools": [TOOL]}, {"toolConfig": {"tools": [SPEC]}}, set()),
    (
        "a tool without parameters",
        CLAUDE,
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"toolConfig": {"tools": [USED_SPEC]}},
        set(),
    ),
    (
        "strict tools",
        CLAUDE,
        {"tools": [{"type": "function", "function": {**TOOL["function"], "strict": True}}]},  # type: ignore[dict-item]
        {
            "toolConfig": {
                "tools": [{"toolSpec": {**SPEC["toolSpec"], "inputSchema": {"json": CLOSED}, "strict": True}}]
            }
        },
        set(),
    ),
    (
        "strict tools of others",
        OSS,
        {"tools": [{"type": "function", "function": {**TOOL["function"], "strict": True}}]},  # type: ignore[dict-item]
        {"toolConfig": {"tools": [{"toolSpec": {**SPEC["toolSpec"], "strict": True}}]}},
        set(),
    ),
    (
        "strict tools with keywords that can only be told",
        CLAUDE,
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "strict": True, "parameters": BOUNDED}},
                {"type": "function", "function": {"name": "g", "strict": True, "parameters": UNHELD}},
            ]
        },
        {
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": "f", "inputSchema": {"json": TOLD}, "strict": True}},
                    {"toolSpec": {"name": "g", "inputSchema": {"json": UNHELD}}},
                ]
            }
        },
        {"tools[0].function.parameters", "tools[1].function.strict"},
    ),
    (
        "strict tools where the model has none",
        OLD_CLAUDE,
        {"tools": [{"type": "function", "function": {**TOOL["function"], "strict": True}}]},  # type: ignore[dict-item]
        {"toolConfig": {"tools": [SPEC]}},
        {"tools[0].function.strict"},
    ),
    (
        "Nova's own tools",
        NOVA_2,
        {"tools": [TOOL, {"type": "nova_code_interpreter"}]},
        {"toolConfig": {"tools": [SPEC, {"systemTool": {"name": "nova_code_interpreter"}}]}},
        set(),
    ),
    *(
        (
            f"tool choice {choice}",
            CLAUDE,
            {"tools": [TOOL], "tool_choice": choice},
            {"toolConfig": {"tools": [SPEC], "toolChoice": native}},
            set(),
        )
        for choice, native in (
            ("auto", {"auto": {}}),
            ("required", {"any": {}}),
            ("any", {"any": {}}),
            ({"type": "function", "function": {"name": "f"}}, {"tool": {"name": "f"}}),
        )
    ),
    (
        "some of the tools",
        CLAUDE,
        {"tools": [TOOL, OTHER_TOOL], "tool_choice": allowed("required", "f")},
        {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
        set(),
    ),
    ("tool choice none", CLAUDE, {"tools": [TOOL], "tool_choice": "none"}, {}, set()),
    (
        "tool choice none after calls",
        CLAUDE,
        {"tools": [TOOL], "tool_choice": "none", "messages": USED},
        {"toolConfig": {"tools": [SPEC]}, "additionalModelRequestFields": NONE},
        set(),
    ),
    (
        "calls in the history of a request without tools",
        CLAUDE,
        {"messages": USED},
        {"toolConfig": {"tools": [USED_SPEC]}, "additionalModelRequestFields": NONE},
        set(),
    ),
    (
        "the same at another model",
        NOVA,
        {"messages": USED},
        {"toolConfig": {"tools": [USED_SPEC]}},
        set(),
    ),
    (
        "one call at a time",
        CLAUDE,
        {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
        {
            "toolConfig": {"tools": [SPEC]},
            "additionalModelRequestFields": {
                "tool_choice": {"type": "any", "disable_parallel_tool_use": True}
            },
        },
        set(),
    ),
    (
        "one call at a time at others",
        NOVA,
        {"tools": [TOOL], "parallel_tool_calls": False},
        {"toolConfig": {"tools": [SPEC]}},
        {"parallel_tool_calls"},
    ),
    ("text", CLAUDE, {"response_format": {"type": "text"}}, {}, set()),
    ("native schema", CLAUDE, {"response_format": FORM}, {"outputConfig": native_form(CLOSED)}, set()),
    (
        "native schema of others",
        OSS,
        {"response_format": schema_form(BOUNDED)},
        {"outputConfig": native_form(BOUNDED)},
        set(),
    ),
    (
        "native schema with a keyword that can only be told, under a name that Bedrock refuses",
        CLAUDE,
        {"response_format": schema_form(BOUNDED, name="my form")},
        {"outputConfig": native_form(TOLD, name="answer")},
        {"response_format.json_schema.schema"},
    ),
    (
        "a schema that the grammar cannot hold",
        CLAUDE,
        {"response_format": schema_form(UNHELD)},
        {"toolConfig": {"tools": [form_tool(UNHELD)], "toolChoice": {"any": {}}}},
        set(),
    ),
    (
        "a schema without a type",
        OLD_CLAUDE,
        {"response_format": schema_form({"properties": {}}, name="my.form")},
        {
            "toolConfig": {
                "tools": [form_tool({"type": "object", "properties": {}}, "answer")],
                "toolChoice": {"any": {}},
            }
        },
        set(),
    ),
    (
        "a schema after calls, when no more are wanted",
        NOVA,
        {"response_format": FORM, "tools": [TOOL], "tool_choice": "none", "messages": USED},
        {"toolConfig": {"tools": [FORM_TOOL], "toolChoice": {"any": {}}}},
        set(),
    ),
    (
        "a call first, the schema later",
        NOVA,
        {"response_format": FORM, "tools": [TOOL], "tool_choice": "required"},
        {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
        {"response_format"},
    ),
    (
        "schema by a forced tool",
        OLD_CLAUDE,
        {"response_format": FORM},
        {"toolConfig": {"tools": [FORM_TOOL], "toolChoice": {"any": {}}}},
        set(),
    ),
    (
        "schema by a forced tool among others",
        NOVA,
        {"response_format": FORM, "tools": [TOOL], "tool_choice": "auto"},
        {"toolConfig": {"tools": [SPEC, FORM_TOOL], "toolChoice": {"any": {}}}},
        set(),
    ),
    (
        "JSON of any shape",
        CLAUDE,
        {"response_format": {"type": "json_object"}},
        {
            "toolConfig": {
                "tools": [
                    {
                        "toolSpec": {
                            "name": "json_object",
                            "description": "Gives the answer. Call it once, with the whole answer.",
                            "inputSchema": {"json": {"type": "object"}},
                        }
                    }
                ],
                "toolChoice": {"any": {}},
            }
        },
        set(),
    ),
    (
        "effort as a share of the cap",
        CLAUDE,
        {"reasoning_effort": "medium", "max_tokens": 10_000},
        {"inferenceConfig": {"maxTokens": 10_000}, "additionalModelRequestFields": thinking(5000)},
        set(),
    ),
    (
        "a budget",
        CLAUDE_37,
        {"reasoning": {"max_tokens": 2000}},
        {"additionalModelRequestFields": thinking(2000)},
        set(),
    ),
    (
        "a budget below Anthropic's smallest",
        CLAUDE_37,
        {"reasoning": {"max_tokens": 5}},
        {"additionalModelRequestFields": thinking(1024)},
        {"reasoning.max_tokens"},
    ),
    (
        "a budget larger than the cap",
        CLAUDE_37,
        {"reasoning": {"max_tokens": 5000}, "max_tokens": 3000},
        {"inferenceConfig": {"maxTokens": 3000}, "additionalModelRequestFields": thinking(2850)},
        {"reasoning.max_tokens"},
    ),
    (
        "a cap without room for thoughts",
        CLAUDE_37,
        {"reasoning_effort": "high", "max_tokens": 1024},
        {"inferenceConfig": {"maxTokens": 1024}},
        {"reasoning_effort"},
    ),
    (
        "thinking off",
        CLAUDE_37,
        {"reasoning_effort": "none"},
        {"additionalModelRequestFields": {"thinking": {"type": "disabled"}}},
        set(),
    ),
    (
        "shares of an answer without limit",
        CLAUDE_37,
        {"reasoning_effort": "low"},
        {"additionalModelRequestFields": thinking(6553)},
        set(),
    ),
    (
        "thoughts after calls that came without theirs",
        CLAUDE_37,
        {"reasoning_effort": "low", "messages": USED, "tools": [TOOL]},
        {"toolConfig": {"tools": [SPEC]}},
        {"reasoning_effort"},
    ),
    (
        "sampling beside thoughts",
        CLAUDE_37,
        {"reasoning": {"max_tokens": 2000}, "temperature": 0.5, "top_p": 0.97, "top_k": 3},
        {"inferenceConfig": {"topP": 0.97}, "additionalModelRequestFields": thinking(2000)},
        {"temperature", "top_k"},
    ),
    (
        "a forced tool beside thoughts",
        CLAUDE_37,
        {"reasoning_effort": "high", "tools": [TOOL], "tool_choice": "required"},
        {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
        {"reasoning_effort"},
    ),
    *(
        (
            f"a forced tool beside adaptive thoughts of {model}",
            model,
            {**wish, "tools": [TOOL], "tool_choice": "required"},
            {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
            dropped,
        )
        for model, wish, dropped in (
            (CLAUDE_46, {"reasoning_effort": "high"}, {"reasoning_effort"}),
            (CLAUDE_48, {"reasoning": {"effort": "low"}}, {"reasoning"}),
            (CLAUDE_48, {"thinking": {"type": "adaptive"}}, {"thinking"}),
        )
    ),
    (
        "an effort that the model does not know",
        CLAUDE_46,
        {"reasoning_effort": "minimal"},
        {
            "additionalModelRequestFields": {
                "thinking": {"type": "adaptive"},
                "output_config": {"effort": "low"},
            }
        },
        {"reasoning_effort"},
    ),
    (
        "adaptive thinking",
        CLAUDE_46,
        {"reasoning_effort": "high"},
        {
            "additionalModelRequestFields": {
                "thinking": {"type": "adaptive"},
                "output_config": {"effort": "high"},
            }
        },
        set(),
    ),
    (
        "adaptive thinking whose thoughts must be asked for",
        CLAUDE_48,
        {"reasoning": {"effort": "xhigh"}},
        {
            "additionalModelRequestFields": {
                "thinking": {"type": "adaptive", "display": "summarized"},
                "output_config": {"effort": "xhigh"},
            }
        },
        set(),
    ),
    ("thinking asked of a model without", OLD_CLAUDE, {"reasoning_effort": "low"}, {}, {"reasoning_effort"}),
    (
        "Nova 2",
        NOVA_2,
        {"reasoning": {}},
        {
            "additionalModelRequestFields": {
                "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}
            }
        },
        set(),
    ),
    (
        "Nova 2 at high effort takes no samplers",
        NOVA_2,
        {"reasoning_effort": "xhigh", "temperature": 0.2},
        {
            "additionalModelRequestFields": {
                "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}
            }
        },
        {"temperature", "reasoning_effort"},
    ),
    (
        "Nova 2 at high effort takes no cap",
        NOVA_2,
        {"reasoning_effort": "high", "max_tokens": 5000},
        {
            "inferenceConfig": {"maxTokens": 5000},
            "additionalModelRequestFields": {
                "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}
            },
        },
        {"reasoning_effort"},
    ),
    *(
        (f"{model} at {effort}", model, {"reasoning_effort": effort}, body, dropped)
        for model, effort, body, dropped in (
            (
                OSS,
                "minimal",
                {"additionalModelRequestFields": {"reasoning_effort": "low"}},
                {"reasoning_effort"},
            ),
            (OSS, "none", {}, {"reasoning_effort"}),
            (
                "deepseek.v3-v1:0",
                "low",
                {"additionalModelRequestFields": {"reasoning_effort": "high"}},
                {"reasoning_effort"},
            ),
            (
                "qwen.qwen3-32b-v1:0",
                "none",
                {"additionalModelRequestFields": {"reasoning_config": "none"}},
                set(),
            ),
            (
                "openai.gpt-5.6-sol",
                "low",
                {"additionalModelRequestFields": {"reasoning": {"effort": "low"}}},
                set(),
            ),
            (R1, "high", {}, {"reasoning_effort"}),
        )
    ),
    ("service tier", CLAUDE, {"service_tier": "fast"}, {"serviceTier": {"type": "priority"}}, set()),
    (
        "a tier of one's own",
        CLAUDE,
        {"service_tier": "reserved"},
        {"serviceTier": {"type": "reserved"}},
        set(),
    ),
    (
        "a prediction is a hint",
        CLAUDE,
        {"prediction": {"type": "content", "content": "a"}},
        {},
        {"prediction"},
    ),
    (
        "searching the web",
        NOVA_2,
        {"web_search_options": {"search_context_size": "low"}},
        {"toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]}},
        {"web_search_options.search_context_size"},
    ),
    ("service tier auto", CLAUDE, {"service_tier": "auto"}, {}, set()),
    ("a service tier of others", CLAUDE, {"service_tier": "scale"}, {}, {"service_tier"}),
    ("metadata", CLAUDE, {"metadata": {"team": "a b"}}, {"requestMetadata": {"team": "a b"}}, set()),
    ("metadata that Bedrock would refuse", CLAUDE, {"metadata": {"team": "a|b"}}, {}, set()),
    *(
        (f"native {name}", CLAUDE, {name: value}, {name: value}, set())
        for name, value in (
            (
                "guardrailConfig",
                {"guardrailIdentifier": "g1", "guardrailVersion": "DRAFT", "trace": "enabled"},
            ),
            ("promptVariables", {"genre": {"text": "pop"}}),
            ("additionalModelResponseFieldPaths", ["/stop_sequence"]),
            ("requestMetadata", {"a": "b"}),
            ("performanceConfig", {"latency": "optimized"}),
            ("serviceTier", {"type": "reserved"}),
            ("additionalModelRequestFields", {"anthropic_beta": ["x"]}),
        )
    ),
    (
        "Claude's own members",
        CLAUDE_46,
        {"output_config": {"effort": "low"}, "anthropic_beta": ["x"], "reasoning_effort": "high"},
        {
            "additionalModelRequestFields": {
                "output_config": {"effort": "low"},
                "anthropic_beta": ["x"],
                "thinking": {"type": "adaptive"},
            }
        },
        set(),
    ),
    ("Claude's own members at others", NOVA, {"anthropic_beta": ["x"]}, {}, {"anthropic_beta"}),
    (
        "native thinking beats ours",
        CLAUDE_37,
        {"thinking": {"type": "enabled", "budget_tokens": 3000}, "reasoning_effort": "low"},
        {"additionalModelRequestFields": thinking(3000)},
        set(),
    ),
]


def read_schema(output_config: dict[str, Any]) -> dict[str, Any]:
    """The schema is JSON inside a string."""
    told = output_config["textFormat"]["structure"]["jsonSchema"]
    told["schema"] = json.loads(told["schema"])
    return output_config


@pytest.mark.parametrize(
    ("model", "members", "body", "dropped"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS]
)
def test_members(model: str, members: dict[str, Any], body: dict[str, Any], dropped: set[str]) -> None:
    request = encoded(model, **members)
    actual = json.loads(request.body)
    del actual["messages"]
    if native := actual.get("outputConfig"):
        read_schema(native)

    assert actual == body
    assert {each.param for each in request.dropped} == dropped


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", [CLAUDE, ARN])
def test_url_and_headers(model: str, *, stream: bool) -> None:
    request = encoded(model, stream=stream)

    end = "converse-stream" if stream else "converse"
    assert request.url == f"https://bedrock-runtime.us-east-1.amazonaws.com/model/{segment(model)}/{end}"
    assert "%3A" in request.url
    assert request.headers == {
        "accept": "application/vnd.amazon.eventstream" if stream else "application/json",
        "content-type": "application/json",
    }


def test_schemas_and_arguments_are_sent_byte_for_byte() -> None:
    schema = '{"type":"object","properties":{"z":{"maximum":1.0},"a":{"const":12345678901234567890123}}}'
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"b": 1.0, "a": 1e2}'}}
    messages = json.dumps([USED[0], {"role": "assistant", "tool_calls": [call]}, USED[2]])
    tools = f'[{{"type":"function","function":{{"name":"f","parameters":{schema}}}}}]'
    form = f'{{"type":"json_schema","json_schema":{{"name":"n","schema":{schema}}}}}'
    raw = f'{{"model":"m","messages":{messages},"tools":{tools},"response_format":{form}}}'

    text = BEDROCK.encode(parse(raw.encode()), endpoint_of(OSS), {}).body.decode()

    assert f'"inputSchema":{{"json":{schema}}}' in text
    assert f'"schema":{json.dumps(schema)}' in text
    assert '"input":{"b": 1.0, "a": 1e2}' in text


def test_a_family_is_found_behind_an_arn_by_the_catalog() -> None:
    known = Model(id="anthropic/claude-sonnet-4.5")

    assert sent(ARN, facts={"model": known}, top_k=3)["additionalModelRequestFields"] == {"top_k": 3}
    assert read_schema(sent(ARN, response_format=FORM)["outputConfig"]) == native_form(SCHEMA)
    assert "toolChoice" in sent(ARN, facts={"structured_outputs": False}, response_format=FORM)["toolConfig"]


def image(kind: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,AAAA"}}


OBSTACLES: list[tuple[str, str, dict[str, Any], dict[str, Any], str]] = [
    ("several answers", CLAUDE, {}, {"n": 2}, "n"),
    ("logprobs", CLAUDE, {}, {"logprobs": True}, "logprobs"),
    ("image output", CLAUDE, {}, {"modalities": ["text", "image"]}, "modalities"),
    (
        "audio output",
        CLAUDE,
        {"output_modalities": ("text", "image")},
        {"modalities": ["audio"]},
        "modalities",
    ),
    ("tools of another kind", CLAUDE, {}, {"tools": [TOOL, {"type": "web_search"}]}, "tools[1]"),
    ("tools of Nova's at others", CLAUDE, {}, {"tools": [{"type": "nova_grounding"}]}, "tools[0]"),
    ("searching the web", CLAUDE, {}, {"web_search_options": {}}, "web_search_options"),
    ("functions", CLAUDE, {}, {"functions": [{"name": "f"}]}, "functions"),
    (
        "calls of another kind",
        CLAUDE,
        {},
        {
            "messages": [
                USED[0],
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "t1", "type": "custom", "custom": {"name": "c", "input": "x"}}],
                },
                USED[2],
            ]
        },
        "messages[1].tool_calls[0]",
    ),
    *(
        (
            f"{name} in a message of role {role}",
            CLAUDE,
            {},
            {"messages": [{"role": role, "content": [part], "tool_call_id": "t"}, *USED]},
            "messages[0].content[0]",
        )
        for name, role, part in (
            ("an image", "system", image("png")),
            ("an image", "assistant", image("png")),
            ("SVG", "user", image("svg+xml")),
            ("BMP", "tool", image("bmp")),
            (
                "BMP as a file",
                "user",
                {"type": "file", "file": {"file_data": image("bmp")["image_url"]["url"]}},
            ),
            ("a file by its id", "user", {"type": "file", "file": {"file_id": "file-1"}}),
            ("AIFF", "user", {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "aiff"}}),
            ("audio", "tool", {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
        )
    ),
    (
        "prefill before instructions",
        CLAUDE_46,
        {},
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "{"},
                {"role": "system", "content": "Be brief."},
            ]
        },
        "messages[1]",
    ),
    ("forced tools", LLAMA, {}, {"tools": [TOOL], "tool_choice": "required"}, "tool_choice"),
    (
        "no calls after calls",
        NOVA,
        {},
        {"tools": [TOOL], "tool_choice": "none", "messages": USED},
        "tool_choice",
    ),
    ("a schema", R1, {}, {"response_format": FORM}, "response_format"),
    ("a grammar", CLAUDE, {}, {"response_format": {"type": "grammar"}}, "response_format"),
    (
        "prefill that newer Claudes refuse",
        CLAUDE_46,
        {},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "{"}]},
        "messages[1]",
    ),
]


@pytest.mark.parametrize(
    ("model", "facts", "members", "field"), [row[1:] for row in OBSTACLES], ids=[row[0] for row in OBSTACLES]
)
def test_obstacles(model: str, facts: dict[str, Any], members: dict[str, Any], field: str) -> None:
    found = BEDROCK.obstacles(chat(**members), endpoint_of(model, **facts))

    assert [each.field for each in found] == [field]
    assert endpoint_of(model).id in found[0].description


@pytest.mark.parametrize("choice", ["odd", {"type": "odd"}, allowed("auto", "x")])
def test_a_choice_of_nothing_known_is_told_and_not_raised(choice: Any) -> None:
    request = chat(tools=[TOOL], tool_choice=choice)

    assert [each.field for each in BEDROCK.obstacles(request, endpoint_of())] == ["tool_choice"]
    with pytest.raises(InvalidRequest):
        BEDROCK.encode(request, endpoint_of(), {})


@pytest.mark.parametrize(("model", "members"), [row[1:3] for row in PAIRS], ids=[row[0] for row in PAIRS])
def test_what_can_be_sent_meets_no_obstacle(model: str, members: dict[str, Any]) -> None:
    assert not BEDROCK.obstacles(chat(**members), endpoint_of(model))


def test_image_output_of_a_model_that_has_it() -> None:
    endpoint = endpoint_of("us.amazon.nova-2-omni-v1:0", output_modalities=("text", "image"))

    assert not BEDROCK.obstacles(chat(modalities=["text", "image"]), endpoint)


def test_arguments_that_are_no_object_are_told_by_their_path() -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "[1"}}

    with pytest.raises(InvalidRequest) as caught:
        encoded(messages=[USED[0], {"role": "assistant", "tool_calls": [call]}, USED[2]])

    assert caught.value.param == "messages[1].tool_calls[0].function.arguments"


def test_documents_are_read_by_bedrock_for_models_that_cannot() -> None:
    part = {"type": "file", "file": {"file_data": "data:text/plain;base64,aGk="}}
    request = chat(messages=[{"role": "user", "content": [part]}])

    assert not BEDROCK.obstacles(request, endpoint_of(input_modalities=("text",)))


NATIVE_TYPES = [
    (CLAUDE, "thinking", [1]),
    (CLAUDE, "output_config", "x"),
    (CLAUDE, "additionalModelRequestFields", [1]),
]


@pytest.mark.parametrize(("model", "name", "value"), NATIVE_TYPES)
def test_native_members_of_another_type_are_told_by_name(model: str, name: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        encoded(model, **{name: value})

    assert caught.value.param == name


def test_an_unused_name_is_found_for_the_answer_tool() -> None:
    names = ["n" * 60, "n" * 60 + "_2"]
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    body = sent(OLD_CLAUDE, tools=tools, response_format=schema_form(SCHEMA, name=names[0]))

    assert body["toolConfig"]["tools"][-1]["toolSpec"]["name"] == "n" * 60 + "_3"
