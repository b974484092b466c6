"""Answers of a given form: by `outputConfig`, or by a tool that the model has to call.

Converse has no mode for JSON of any shape; a tool that takes any object has the same effect.
"""

from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Raw

from service.dialects.bedrock.families import family_of
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint

_ANY_OBJECT: dict[str, Raw] = {"type": Raw(b'"object"')}


class Form(NamedTuple):
    """The form asked for and the way to get it: `native`, by a forced `tool`, or not at all."""

    way: Literal["native", "tool", "none"]
    name: str
    description: str | None
    schema: dict[str, Raw]

    def output_config(self) -> dict[str, Any]:
        """The native member; the schema is JSON inside a string."""
        schema: dict[str, Any] = {"name": self.name, "schema": msgspec.json.encode(self.schema).decode()}
        if self.description:
            schema["description"] = self.description
        return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}

    def tool(self) -> dict[str, Any]:
        """The tool whose arguments are the answer."""
        description = self.description or "Gives the answer. Call it once, with the whole answer."
        return {
            "toolSpec": {
                "name": self.name,
                "description": description,
                "inputSchema": {"json": self.schema},
            }
        }


def form_of(request: ChatRequest, endpoint: Endpoint) -> Form | None:
    """What `response_format` asks for; None for text."""
    asked = request.body.response_format
    if asked is None or asked.type == "text":
        return None
    family = family_of(endpoint)
    by_tool: Literal["tool", "none"] = "none" if family.forces_tools is False else "tool"
    if asked.json_schema is None:
        way = by_tool if asked.type == "json_object" else "none"
        return Form(way, _unused("json_object", request), None, _ANY_OBJECT)
    schema = asked.json_schema
    native = family.schemas
    if native is None:
        native = endpoint.facts.structured_outputs is not False
    name = schema.name if native else _unused(schema.name, request)
    return Form("native" if native else by_tool, name, schema.description, schema.schema or _ANY_OBJECT)


def form_tool(request: ChatRequest, endpoint: Endpoint) -> str | None:
    """The name of the tool whose call is the answer, if there is one."""
    form = form_of(request, endpoint)
    return form.name if form and form.way == "tool" else None


def _unused(name: str, request: ChatRequest) -> str:
    taken = {tool.function.name for tool in request.body.tools or () if tool.function}
    while name in taken:
        name = f"{name[:60]}_out"
    return name
