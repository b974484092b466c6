"""A typed request to the same JSON body that a REST caller would send.

One body, one reader: ranges, routing options and refusals are judged in one place (`chat_request`), and a
provider cannot tell by which door a request came. The protos are named after the JSON members, so most
fields are printed by walking them; what JSON shapes differently is named here.
"""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message as ProtoMessage
from msgspec import Raw

from pointsman.v1 import (
    chat_completion_request_pb2,
    role_pb2,
    routing_options_pb2,
    tool_call_pb2,
    tool_choice_pb2,
)
from service.edge.chat_request import parse
from service.errors import InvalidRequest, PointsmanError, Violation

_JSON_SUFFIX = "_json"
_ROLE_PREFIX = "ROLE_"
_MODE_PREFIX = "TOOL_CHOICE_MODE_"
_OPTIONS = "extra_body"
# JSON paths whose typed names differ. Only parts make content a list.
_RENAMED = (
    (re.compile(rf"^{_OPTIONS}\b"), "routing"),
    # What has a fault only in the eyes of routing is told as if it stood at top level.
    (re.compile(r"^(?=(models|ignore|sort|provider|fallback|prompt_variables|session_id)\b)"), "routing."),
    (re.compile(r"^(messages\[\d+\]|prediction)\.content(?=\[)"), r"\1.parts"),
    (
        re.compile(
            r"^(tools\[\d+\]\.function\.parameters|response_format\.json_schema\.schema"
            r"|messages\[\d+\]\.reasoning_details|routing\.metadata)\b"
        ),
        rf"\1{_JSON_SUFFIX}",
    ),
)
# Said by which RPC is called, or by a field of another name.
_ROUTING = routing_options_pb2.RoutingOptions.DESCRIPTOR.fields_by_name
_OF_THE_RPC = {"stream", "stream_options", _OPTIONS, *_ROUTING}
_SUPERSEDED = ("functions", "function_call")


def body_of(request: chat_completion_request_pb2.ChatCompletionRequest, *, stream: bool) -> bytes:
    """Prints the request.

    Raises `InvalidRequest` for what JSON cannot say, together with all that is wrong with the rest.
    """
    faults = _Faults()
    members = _plain(request, "", faults)
    extra = members.pop("extra_parameters", None)
    routing = members.pop("routing", None)
    if routing:
        session_id = routing.pop("session_id", None)
        members |= {_OPTIONS: routing} | ({"session_id": session_id} if session_id else {})
    if stream:
        members["stream"] = True
    if extra is not None:
        with faults.gathered():
            members |= _members_of(extra, "extra_parameters_json", taken=_fields_of(request) | _OF_THE_RPC)
    body = msgspec.json.encode(members)
    if faults:
        raise InvalidRequest([*faults, *_other_faults(body, faults)])
    return body


def rename(path: str) -> str:
    """Gives the typed name of a JSON path."""
    for json_name, typed_name in _RENAMED:
        path = json_name.sub(typed_name, path)
    return path


class _Faults(list[Violation]):
    """All that is wrong, gathered while the rest is printed."""

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Takes up what a part cannot say, and lets the next part be looked at."""
        try:
            yield
        except InvalidRequest as error:
            self += error.violations


def _other_faults(body: bytes, faults: _Faults) -> list[Violation]:
    """What is wrong with the rest of a request, but for what follows from the faults that are known."""
    try:
        parse(body)
    except InvalidRequest as error:
        others = error.renamed(rename).violations
        return [each for each in others if not any(_same_place(each.field, known.field) for known in faults)]
    except PointsmanError:
        pass
    return []


def _same_place(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


def _plain(message: ProtoMessage, path: str, faults: _Faults) -> dict[str, Any]:
    """Prints the fields that are set, under their JSON names."""
    members: dict[str, Any] = {}
    extra: Raw | None = None
    for field, value in message.ListFields():
        at = f"{path}.{field.name}" if path else field.name
        with faults.gathered():
            if field.name == f"extra{_JSON_SUFFIX}":
                extra = _raw(value, at)
            elif field.name.endswith(_JSON_SUFFIX):
                members[field.name.removesuffix(_JSON_SUFFIX)] = _raw(value, at)
            else:
                members[field.name] = _value(field, value, at, faults)
    if shape := _SHAPES.get(message.DESCRIPTOR.name):
        with faults.gathered():
            members = shape(message, members, path)
    if extra is not None:
        at, taken = f"{path}.extra{_JSON_SUFFIX}", _fields_of(message) | set(members)
        with faults.gathered():
            if message.DESCRIPTOR.name == "ToolCall":
                extra = _function_extra(extra, at, members)
            members |= _members_of(extra, at, taken=taken)
    return members


def _function_extra(extra: Raw, path: str, members: dict[str, Any]) -> Raw:
    """Moves what an answer said inside a call's function back to there; gives the rest."""
    rest = _members_of(extra, path, taken=set())
    if "function" not in rest:
        return extra
    at = f"{path}.function"
    more = _members_of(
        rest.pop("function"), at, taken=set(tool_call_pb2.FunctionCall.DESCRIPTOR.fields_by_name)
    )
    members["function"] = members.get("function", {}) | more
    return Raw(msgspec.json.encode(rest))


def _fields_of(message: ProtoMessage) -> set[str]:
    """The JSON names that a message has fields for."""
    return {name.removesuffix(_JSON_SUFFIX) for name in message.DESCRIPTOR.fields_by_name}


def _value(field: FieldDescriptor, value: Any, path: str, faults: _Faults) -> Any:
    if field.message_type is None:
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidRequest([Violation(path, f"must be a finite number, got {value}")])
        return list(value) if field.is_repeated else value
    if field.message_type.GetOptions().map_entry:
        return dict(value)
    if field.is_repeated:
        return [_printed(item, f"{path}[{place}]", faults) for place, item in enumerate(value)]
    return _printed(value, path, faults)


def _printed(message: ProtoMessage, path: str, faults: _Faults) -> Any:
    if message.DESCRIPTOR.name == "ToolChoice":
        return _tool_choice(message, path)
    return _plain(message, path, faults)


def _message(message: Any, members: dict[str, Any], path: str) -> dict[str, Any]:
    members["role"] = _word(role_pb2.Role, message.role, _ROLE_PREFIX, f"{path}.role")
    if "parts" in members:
        if "content" in members:
            raise InvalidRequest([Violation(f"{path}.parts", "cannot be combined with content")])
        members["content"] = members.pop("parts")
    if message.role == role_pb2.ROLE_ASSISTANT:
        members.setdefault("content", None)  # as OpenAI itself prints a turn of tool calls alone
    if "audio_id" in members:
        members["audio"] = {"id": members.pop("audio_id")}
    return members


def _content_part(message: Any, members: dict[str, Any], path: str) -> dict[str, Any]:
    return {"type": _chosen(message, "part", path), **members}


def _prediction(_: Any, members: dict[str, Any], __: str) -> dict[str, Any]:
    if "parts" in members:
        members["content"] = members.pop("parts")
    return {"type": "content", **members}


def _tool(message: Any, members: dict[str, Any], path: str) -> dict[str, Any]:
    return {"type": _chosen(message, "tool", path), **members}


def _tool_call(message: Any, members: dict[str, Any], _: str) -> dict[str, Any]:
    members.setdefault("type", "function")
    if message.HasField("function"):
        members["function"] = {"name": message.function.name, "arguments": message.function.arguments}
    return members


def _tool_choice(message: Any, path: str) -> Any:
    if _chosen(message, "choice", path) == "function_name":
        return {"type": "function", "function": {"name": message.function_name}}
    return _word(tool_choice_pb2.ToolChoiceMode, message.mode, _MODE_PREFIX, f"{path}.mode")


def _response_format(message: Any, members: dict[str, Any], path: str) -> dict[str, Any]:
    kind = _chosen(message, "format", path)
    return {"type": kind} | ({kind: members[kind]} if kind in ("json_schema", "grammar") else {})


def _logit_bias(_: Any, members: dict[str, Any], __: str) -> dict[str, Any]:
    return {"bias_value": 0, **members}  # zero is a value here, and the proto cannot tell it from absent


def _user_location(_: Any, members: dict[str, Any], __: str) -> dict[str, Any]:
    return {"type": "approximate", **members}


def _routing_options(_: Any, members: dict[str, Any], path: str) -> dict[str, Any]:
    metadata = members.get("metadata")
    if metadata is not None and bytes(metadata).strip() == b"null":  # which JSON's own door takes for absent
        raise InvalidRequest([Violation(f"{path}.metadata{_JSON_SUFFIX}", "must be a JSON object")])
    return members


_SHAPES: dict[str, Callable[[Any, dict[str, Any], str], dict[str, Any]]] = {
    "Message": _message,
    "ContentPart": _content_part,
    "Prediction": _prediction,
    "Tool": _tool,
    "ToolCall": _tool_call,
    "ResponseFormat": _response_format,
    "LogitBias": _logit_bias,
    "UserLocation": _user_location,
    "RoutingOptions": _routing_options,
}


def _chosen(message: ProtoMessage, oneof: str, path: str) -> str:
    """The member of a oneof that is set; JSON calls it the type."""
    if kind := message.WhichOneof(oneof):
        return str(kind)
    names = ", ".join(field.name for field in message.DESCRIPTOR.oneofs_by_name[oneof].fields)
    raise InvalidRequest([Violation(path, f"one of these is required: {names}")])


def _word(enum: Any, number: int, prefix: str, path: str) -> str:
    """The JSON name of an enum's value; 0 means nothing, and newer clients may send what is unknown here."""
    names: dict[int, str] = {value: name for name, value in enum.items() if value}
    if number not in names:
        raise InvalidRequest([Violation(path, f"must be one of {', '.join(names.values())}; got {number}")])
    return names[number].removeprefix(prefix).lower()


def _raw(text: str, path: str) -> Raw:
    try:
        msgspec.json.decode(text, type=Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequest([Violation(path, f"must be JSON: {error}")]) from None
    return Raw(text.encode())


def _members_of(extra: Raw, path: str, *, taken: set[str]) -> dict[str, Raw]:
    try:
        members = msgspec.json.decode(extra, type=dict[str, Raw])
    except msgspec.ValidationError:
        raise InvalidRequest([Violation(path, "must be a JSON object")]) from None
    for name in members:
        if name in taken:
            raise InvalidRequest([Violation(f"{path}.{name}", "has a field of its own; set that instead")])
        if name in _SUPERSEDED:
            fault = "is OpenAI's earlier name for tools and their calls; set those instead"
            raise InvalidRequest([Violation(f"{path}.{name}", fault)])
    return members
