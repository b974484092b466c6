"""Encodes requests as the Anthropic dialect does, and holds each against the SDK's types."""

import functools
import json
import types
from collections.abc import Iterator
from typing import Any, Literal, Required, Union, get_args, get_origin, get_type_hints

import typing_extensions
from anthropic.types import message_create_params as plain_params
from anthropic.types.beta import message_create_params as beta_params
from pydantic import TypeAdapter

from service.dialects.anthropic import Anthropic
from service.types.chat_request import ChatRequest
from service.types.facts import Facts
from service.types.upstream import Endpoint, UpstreamRequest
from tests.asking import chat

ANTHROPIC = Anthropic()
BASE = "https://api.anthropic.test"
OLD, NEW, NEWEST = "claude-3-7-sonnet-20250219", "claude-sonnet-4-5", "claude-opus-4-8"

# Parameters of models up to 4.6 that the SDK's types no longer name; recorded requests carry them.
SAMPLING = {"temperature", "top_p", "top_k"}

PIXEL = "iVBORw0KGgo="
HI = [{"type": "text", "text": "Hi"}]
MARK = {"type": "ephemeral", "ttl": "1h"}
ASKED = {"role": "user", "content": "Hi"}
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

_REQUIRED = (Required, typing_extensions.Required)


def endpoint(model: str = NEW, **facts: Any) -> Endpoint:
    known = Facts(**{"max_completion_tokens": 20_000, **facts})
    return Endpoint(provider="anthropic", model=model, base_url=BASE, dialect="anthropic", facts=known)


def encoded(request: ChatRequest, model: str = NEW, **facts: Any) -> UpstreamRequest:
    """The request as it is sent; its body keeps to the SDK's types, with no unknown key anywhere."""
    upstream = ANTHROPIC.encode(request, endpoint(model, **facts), {})
    body = json.loads(upstream.body)
    params = beta_params if "anthropic-beta" in upstream.headers else plain_params
    kind = (
        params.MessageCreateParamsStreaming if body.get("stream") else params.MessageCreateParamsNonStreaming
    )
    known = {name: value for name, value in body.items() if name not in SAMPLING}
    assert list(unfit(known, kind, "body")) == []
    _adapter(kind).validate_python(known)
    return upstream


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # takes longer to build than all tests to use


def sent(request: ChatRequest, model: str = NEW, **facts: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The body, and what was dropped with the reasons."""
    upstream = encoded(request, model, **facts)
    return json.loads(upstream.body), {each.param: each.reason for each in upstream.dropped}


def body(model: str = NEW, **members: Any) -> dict[str, Any]:
    """The body of a chat request of these members, of which nothing is dropped."""
    built, dropped = sent(chat(**members), model)
    assert dropped == {}
    return built


def user(*content: Any) -> dict[str, Any]:
    """A turn of the user, as Anthropic has it."""
    return {"role": "user", "content": list(content)}


def text(said: str, **members: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **members}


def called(*ids: str) -> dict[str, Any]:
    call = {"name": "weather", "arguments": '{"zeta": "x"}'}
    return {"role": "assistant", "tool_calls": [{"id": i, "type": "function", "function": call} for i in ids]}


def unfit(value: Any, kind: Any, path: str) -> Iterator[str]:
    """Where a value does not fit an annotation of the SDK; keys that a TypedDict does not name included."""
    origin = get_origin(kind)
    if kind in (Any, object):
        return
    if origin in _REQUIRED:
        yield from unfit(value, get_args(kind)[0], path)
    elif origin in (Union, types.UnionType):
        found = [list(unfit(value, each, path)) for each in get_args(kind)]
        if all(found):
            yield max((faults[0] for faults in found), key=lambda fault: fault.count("."))
    elif typing_extensions.is_typeddict(kind):
        yield from _unfit_members(value, kind, path)
    elif origin in (None, dict, Literal):
        if not _fits(value, kind):
            yield f"{path}: {value!r} is no {kind}"
    elif not isinstance(value, list):
        yield f"{path}: is no list"
    else:
        for place, item in enumerate(value):
            yield from unfit(item, get_args(kind)[0], f"{path}.{place}")


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    return type(value) is (dict if get_origin(kind) is dict else kind)


def _unfit_members(value: Any, kind: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: is no object"
        return
    hints = get_type_hints(kind, include_extras=True)
    open_ended = kind.__name__ == "InputSchemaTyped"
    for name, item in value.items():
        if name in hints:
            yield from unfit(item, hints[name], f"{path}.{name}")
        elif not open_ended:
            yield f"{path}.{name}: unknown to {kind.__name__}"
    for name, hint in hints.items():
        if get_origin(hint) in _REQUIRED and name not in value:
            yield f"{path}.{name}: missing in {kind.__name__}"
