"""Requests to Bedrock as bytes, each judged by botocore's validator; answers of Bedrock as chunks."""

import base64
import json
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from service.dialects.bedrock import Bedrock
from service.types.chunk import Chunk, Delta, ToolCallDelta
from service.types.facts import Facts
from service.types.fold import fold
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest
from tests.asking import chat
from tests.upstreams.fake_bedrock import EVENT_STREAM, event, text

BEDROCK = Bedrock()
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
_SHAPE = (
    botocore.session.get_session()
    .get_service_model("bedrock-runtime")
    .operation_model("Converse")
    .input_shape
)
OLD_CLAUDE = "anthropic.claude-3-5-sonnet-20240620-v1:0"
CLAUDE_46 = "us.anthropic.claude-sonnet-4-6"
NOVA, NOVA_2 = "us.amazon.nova-pro-v1:0", "us.amazon.nova-2-lite-v1:0"
OSS, LLAMA, R1 = "openai.gpt-oss-120b-1:0", "us.meta.llama3-3-70b-instruct-v1:0", "us.deepseek.r1-v1:0"
SCHEMA = {"type": "object", "properties": {"b": {"type": "number"}, "a": {}}, "required": ["b"]}
TOOL = {"type": "function", "function": {"name": "f", "description": "Does f.", "parameters": SCHEMA}}
SPEC = {"toolSpec": {"name": "f", "description": "Does f.", "inputSchema": {"json": SCHEMA}}}
FORM = {"type": "json_schema", "json_schema": {"name": "person", "description": "Who.", "schema": SCHEMA}}
USED = [
    {"role": "user", "content": "Hi"},
    {
        "role": "assistant",
        "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "t1", "content": "18"},
]
DATA = base64.b64encode(b"\x89PNG bytes").decode()
PNG = f"data:image/png;base64,{DATA}"
BYTES = {"bytes": DATA}
IMAGE = {"image": {"format": "png", "source": BYTES}}
PDF = f"data:application/pdf;base64,{DATA}"
JSON = "application/json"
START = event("messageStart", role="assistant")
END = event("messageStop", stopReason="end_turn") + event(
    "metadata", usage={"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, metrics={"latencyMs": 4}
)


def endpoint_of(model_id: str = CLAUDE, /, **facts: Any) -> Endpoint:
    base_url = "https://bedrock-runtime.us-east-1.amazonaws.com"
    return Endpoint(
        provider="bedrock", model=model_id, base_url=base_url, dialect="bedrock", facts=Facts(**facts)
    )


def encoded(
    model: str = CLAUDE,
    facts: dict[str, Any] | None = None,
    media: dict[str, Media] | None = None,
    **members: Any,
) -> UpstreamRequest:
    """The request, which botocore takes."""
    request = BEDROCK.encode(chat(**members), endpoint_of(model, **(facts or {})), media or {})
    assert_valid(json.loads(request.body))
    return request


def sent(model: str = CLAUDE, **given: Any) -> dict[str, Any]:
    """The body of the request."""
    body: dict[str, Any] = json.loads(encoded(model, **given).body)
    return body


def assert_valid(body: dict[str, Any]) -> None:
    params = _with_bytes({"modelId": "m", **body}, _SHAPE)
    report = ParamValidator().validate(params, _SHAPE)
    assert not report.has_errors(), report.generate_report()


def _with_bytes(value: Any, shape: Any) -> Any:
    """What the SDK's user would have passed: bytes where base64 is on the wire."""
    if getattr(shape, "is_document_type", False):
        return value
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            known = shape.members
            return {n: _with_bytes(v, known[n]) if n in known else v for n, v in value.items()}
        case "list" if isinstance(value, list):
            return [_with_bytes(each, shape.member) for each in value]
        case "blob":
            return base64.b64decode(value, validate=True)
        case _:
            return value


def decoded(data: bytes, content_type: str, model: str = CLAUDE, **members: Any) -> list[Chunk]:
    """The chunks of an answer to a request of these members."""
    decoder = BEDROCK.decoder(chat(**members), endpoint_of(model), content_type)
    return decoder.feed(data) + decoder.end()


def folded(data: bytes, content_type: str, model: str = CLAUDE, **members: Any) -> Chunk:
    return fold(decoded(data, content_type, model, **members))


def native_form(schema: dict[str, Any], **members: str) -> dict[str, Any]:
    told = {"name": "person", "schema": schema, "description": "Who.", **members}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": told}}}


def allowed(mode: str, *names: str) -> dict[str, Any]:
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


def read_schema(output_config: dict[str, Any]) -> dict[str, Any]:
    """The schema is JSON inside a string."""
    told = output_config["textFormat"]["structure"]["jsonSchema"]
    told["schema"] = json.loads(told["schema"])
    return output_config


def members_sent(model: str, members: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """The body besides its messages, and the parameters left out."""
    request = encoded(model, **members)
    actual = json.loads(request.body)
    del actual["messages"]
    if native := actual.get("outputConfig"):
        read_schema(native)
    return actual, {each.param for each in request.dropped}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content[0] if isinstance(content[0], str) else list(content)}


def assistant(content: str | None = None, *calls: str, **members: Any) -> dict[str, Any]:
    told = [{"id": id_, "type": "function", "function": {"name": "f", "arguments": "{}"}} for id_ in calls]
    return {"role": "assistant", "content": content, **({"tool_calls": told} if told else {}), **members}


def result(id_: str, content: Any = "18", **members: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": content, **members}


def turn(role: str, *blocks: Any) -> dict[str, Any]:
    return {"role": role, "content": [text(each) if isinstance(each, str) else each for each in blocks]}


def use(id_: str) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": id_, "name": "f", "input": {}}}


def answer(id_: str, *content: Any) -> dict[str, Any]:
    told = [text(each) if isinstance(each, str) else each for each in content]
    return {"toolResult": {"toolUseId": id_, "content": told}}


def image(url: str = PNG, **members: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **members}}


def file(**members: str) -> dict[str, Any]:
    return {"type": "file", "file": members}


def document(name: str, form: str, source: dict[str, Any] = BYTES) -> dict[str, Any]:
    return {"document": {"format": form, "source": source, "name": name}}


def stream(*frames: bytes) -> Chunk:
    return folded(START + b"".join(frames) + END, EVENT_STREAM)


def delta_of(chunk: Chunk) -> Delta:
    return chunk.choices[0].delta


def call(index: int, id_: str, name: str, arguments: str) -> ToolCallDelta:
    return ToolCallDelta(index=index, id=id_, type="function", name=name, arguments=arguments)
