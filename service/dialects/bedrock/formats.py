"""Answers of a given form: by `outputConfig`, or by a tool that the model has to call.

Converse has no mode for JSON of any shape; a tool that takes any object has the same effect. Where the caller
wants a tool called in this turn, the form is left to the turn that answers.
"""

import re
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.anthropic.request_schema import constrained
from service.dialects.bedrock.families import family_of
from service.types.chat_request import ChatRequest, JsonSchema
from service.types.upstream import Dropped, Endpoint

Schema = dict[str, Any]
Way = Literal["native", "tool", "later", "none"]

_OBJECT = Raw(b'"object"')
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_JSON = ("json_object", "json_schema")


class AnswerTool(NamedTuple):
    """The tool whose arguments are the answer's text; `alone` if there is no other that can be called."""

    name: str
    alone: bool


class Form(NamedTuple):
    """The form asked for and the way to get it: `native`, by a forced `tool`, in a `later` turn, or not.

    `alone` is whether the tool is the only one.
    """

    way: Way
    name: str
    description: str | None
    schema: Schema
    alone: bool
    dropped: tuple[Dropped, ...]

    def output_config(self) -> dict[str, Any]:
        """The native member; the schema is JSON inside a string."""
        schema: dict[str, Any] = {"name": self.name, "schema": msgspec.json.encode(self.schema).decode()}
        if self.description:
            schema["description"] = self.description
        return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}

    def tool(self) -> dict[str, Any]:
        """The tool whose arguments are the answer."""
        return {
            "toolSpec": {
                "name": self.name,
                "description": self.description or "Gives the answer. Call it once, with the whole answer.",
                "inputSchema": {"json": rooted(self.schema)},
            }
        }


def rooted(schema: Schema) -> Schema:
    """A schema of a tool's input, which Bedrock wants to be an object's; the order of its keys is kept."""
    return schema if "type" in schema else {"type": _OBJECT, **schema}


def told(keywords: tuple[str, ...]) -> str:
    """The reason for keywords of a schema that went into descriptions."""
    return f"not enforced by this model, but told to it: {', '.join(keywords)}"


def cannot_have(request: ChatRequest, endpoint: Endpoint) -> bool:
    """Whether `response_format` asks for what the model has no way to give."""
    wanted = request.body.response_format
    if wanted is None or wanted.type == "text":
        return False
    by_tool = family_of(endpoint).forces_tools is not False
    return wanted.type not in _JSON or not (by_tool or _native(wanted.json_schema, endpoint))


def form_of(request: ChatRequest, endpoint: Endpoint) -> Form | None:
    """What `response_format` asks for; None for text."""
    wanted = request.body.response_format
    if wanted is None or wanted.type == "text":
        return None
    given = wanted.json_schema
    schema: Schema = dict(given.schema or {}) if given else {}
    name = given.name if given and _NAME.fullmatch(given.name) else "answer" if given else "json_object"
    description = given.description if given else None
    if cannot_have(request, endpoint):
        return Form("none", name, description, schema, alone=False, dropped=())
    if _native(given, endpoint):
        if not family_of(endpoint).claude:
            return Form("native", name, description, schema or rooted({}), alone=False, dropped=())
        if fitted := constrained(schema):
            aside = told(fitted.told)
            dropped = (Dropped("response_format.json_schema.schema", aside),) if fitted.told else ()
            return Form("native", name, description, fitted.schema, alone=False, dropped=dropped)
    return _by_tool(request, name, description, schema)


def answer_tool(request: ChatRequest, endpoint: Endpoint) -> AnswerTool | None:
    """The tool whose call is the answer, if there is one."""
    form = form_of(request, endpoint)
    return AnswerTool(form.name, form.alone) if form and form.way == "tool" else None


def _native(schema: JsonSchema | None, endpoint: Endpoint) -> bool:
    native = family_of(endpoint).schemas
    if native is None:
        native = endpoint.facts.structured_outputs is not False
    return schema is not None and native


def _by_tool(request: ChatRequest, name: str, description: str | None, schema: Schema) -> Form:
    choice = asked.tool_choice(request)
    mode = choice.mode if choice else "auto"
    others = bool(asked.offered(request)) and mode != "none"
    if others and mode in ("required", "function"):
        reason = "a tool has to be called in this turn; the form is for the answer after it"
        later = (Dropped("response_format", reason),)
        return Form("later", name, description, schema, alone=False, dropped=later)
    taken = {tool.function.name for tool in request.body.tools or () if tool.function}
    unused, number = name, 1
    while unused in taken:
        number += 1
        unused = f"{name[:60]}_{number}"
    return Form("tool", unused, description, schema, alone=not others, dropped=())
