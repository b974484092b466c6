"""Requests to Bedrock as bytes, each judged by botocore's validator; answers of Bedrock as chunks."""

import base64
import json
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from service.dialects.bedrock import Bedrock
from service.types.chunk import Chunk
from service.types.facts import Facts
from service.types.fold import fold
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest
from tests.asking import chat

BEDROCK = Bedrock()
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
_SHAPE = (
    botocore.session.get_session()
    .get_service_model("bedrock-runtime")
    .operation_model("Converse")
    .input_shape
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
