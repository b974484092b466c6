"""The body of a chat completion in the OpenAI dialect, to a `ChatRequest`.

Strict where routing is concerned: a misspelt or misplaced routing option is refused by name. Lenient where
models are: an unknown sampling parameter is handed on.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Raw

from service.edge import old_functions
from service.edge.option_names import ROUTING, misnamed, with_places
from service.errors import InvalidRequest, NotServed, Violation
from service.types import checked
from service.types.chat_request import ChatBody, ChatRequest
from service.types.flavour import OPENAI, Flavour
from service.types.routing_options import RoutingOptions

# Known options of the contracts for which there is no struct because nothing serves them yet.
_OTHER_OPTIONS = ("provider_credentials", "plugins", "transforms", "preset")
_OPTIONS = ("extra_body", *ROUTING, "route", "session_id", "trace", *_OTHER_OPTIONS)
# OpenAI has parameters of these names; they reach the provider when they stand at top level.
_HANDED_ON = ("metadata", "web_search_options")
_KNOWN = frozenset(field.name for field in msgspec.structs.fields(ChatBody)) | {*_OPTIONS}
_OWN = frozenset(_OPTIONS) - {*_HANDED_ON}
_MAX_MEMBERS = 256
_MAX_SESSION_ID = 256
_UNSERVED = ("web_search",)
_UNSERVED_REASONING = ("context", "mode")
_AUTO = "auto"


class _Models(msgspec.Struct, frozen=True):
    models: list[str] | None = None


class _ModelsAnywhere(_Models, frozen=True):
    extra_body: _Models | None = None


class _Debug(msgspec.Struct, frozen=True):
    echo_upstream_body: bool | None = None


class _Labels(msgspec.Struct, frozen=True):
    """Members that are OpenRouter's own (A3.1)."""

    metadata: (
        Annotated[
            dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]],
            Meta(
                max_length=16, description="an object of up to 16 strings, with names of up to 64 characters"
            ),
        ]
        | None
    ) = None
    debug: _Debug | None = None


def parse(data: bytes, flavour: Flavour = OPENAI, session_id: str | None = None) -> ChatRequest:
    """Checks a body and takes it apart. `session_id` is the one that a header states.

    Raises `InvalidRequest` with every violation, and `NotServed` for options that nothing serves yet.
    """
    _check_utf8(data)
    members = {
        name: value for name, value in checked.decode(data, dict[str, Raw]).items() if bytes(value) != b"null"
    }
    if len(members) > _MAX_MEMBERS:
        raise InvalidRequest(
            [Violation("", f"has {len(members)} members; at most {_MAX_MEMBERS} are allowed")]
        )
    names_model = flavour.model_required or "model" in members
    if not names_model:
        members["model"] = Raw(msgspec.json.encode(_first_model(data)))
        data = msgspec.json.encode(members)
    violations = misnamed([name for name in members if name not in flavour.own], _KNOWN, _OPTIONS)
    if session_id and len(session_id) > _MAX_SESSION_ID:
        violations.append(Violation("x-session-id", f"is longer than {_MAX_SESSION_ID} characters"))
    labels = _labels(data, members, flavour, violations)
    try:
        body = checked.decode(data, ChatBody)
    except InvalidRequest as error:
        raise InvalidRequest([*with_places(error.violations), *violations]) from None
    if violations:
        raise InvalidRequest(violations)
    offers_functions = body.functions is not None
    if old_functions.are_used(body):
        members = old_functions.as_tools(body, members)
        body = checked.decode(msgspec.json.encode(members), ChatBody)
    request = _join(body, members, flavour)
    _refuse_unserved(request, members, labels)
    if not names_model and request.routing.models:
        routing = msgspec.structs.replace(request.routing, models=request.routing.models[1:])
        request = msgspec.structs.replace(request, routing=routing)
    return msgspec.structs.replace(
        request, session_id=body.session_id or session_id or None, old_functions=offers_functions
    )


def _check_utf8(data: bytes) -> None:
    """Looks at every byte: the decoder looks only into strings that it reads, not into those handed on."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest([Violation("", f"the body is not valid UTF-8 (byte {error.start})")]) from None


def _first_model(data: bytes) -> str:
    """The model of a request that names none: the first of its `models`, and without them any."""
    try:
        named = checked.decode(data, _ModelsAnywhere)
    except InvalidRequest:
        return _AUTO  # what is wrong is told when the whole is looked at
    nested = named.extra_body and named.extra_body.models
    models = named.models if nested is None else nested
    return models[0] if models else _AUTO


def _labels(
    data: bytes, members: dict[str, Raw], flavour: Flavour, violations: list[Violation]
) -> _Labels | None:
    """Reads the flavour's own members, if there are any."""
    if not any(name in members and name in flavour.own for name in _Labels.__struct_fields__):
        return None
    try:
        return checked.decode(data, _Labels)
    except InvalidRequest as error:
        violations += error.violations
        return None


def _join(body: ChatBody, members: dict[str, Raw], flavour: Flavour) -> ChatRequest:
    nested = body.extra_body or RoutingOptions()
    if nested.web_search_options is not None:
        members["web_search_options"] = checked.decode(members["extra_body"], dict[str, Raw])[
            "web_search_options"
        ]
    routing = msgspec.structs.replace(
        nested,
        **{
            name: getattr(body, name)
            for name in ROUTING
            if name not in _HANDED_ON and getattr(nested, name) is None
        },
    )
    if routing.web_search and "web_search_options" in members:
        raise InvalidRequest([Violation("web_search", "cannot be combined with web_search_options")])
    if "stream_options" in flavour.own and body.stream_options is not None:
        body = msgspec.structs.replace(body, stream_options=None)
    handed_on = {
        name: value for name, value in members.items() if name not in _OWN and name not in flavour.own
    }
    return ChatRequest(body=body, members=handed_on, routing=routing, reasoning=routing.reasoning)


def _refuse_unserved(request: ChatRequest, members: dict[str, Raw], labels: _Labels | None) -> None:
    fields = [name for name in _UNSERVED if getattr(request.routing, name)]
    fields += [name for name in _OTHER_OPTIONS if name in members and not _is_empty(members[name])]
    if request.reasoning:
        fields += [f"reasoning.{name}" for name in _UNSERVED_REASONING if getattr(request.reasoning, name)]
    if labels and labels.debug and labels.debug.echo_upstream_body:
        fields.append("debug.echo_upstream_body")
    fields += [
        f"messages[{place}].compression"
        for place, message in enumerate(request.body.messages)
        if message.compression
    ]
    if fields:
        raise NotServed(fields)


def _is_empty(value: Raw) -> bool:
    """Whether an option asks for nothing."""
    return bytes(value).translate(None, b" \t\r\n") in (b"[]", b"{}", b'""')
