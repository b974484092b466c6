"""The form that the answer must have (`response_format`).

Where the model has structured outputs and they can hold the schema, that is `output_config.format`. Elsewhere
the answer becomes the arguments of a tool that the model has to call: with tools of the caller's besides, it
has to call one of all, so that it either acts or answers. `json_object` is such a tool without a schema.
"""

import re
from typing import Any, NamedTuple

from service.dialects.anthropic.claude import abilities
from service.dialects.anthropic.request_schema import constrained
from service.dialects.anthropic.request_tools import choice_of, raw_tools, told
from service.dialects.asked import ToolChoice
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ANY_OBJECT = {"type": "object", "additionalProperties": True}
_DESCRIPTION = "Gives the final answer. The arguments are the answer; call this once, when it is ready."


class AnswerForm(NamedTuple):
    """`format` goes into `output_config`; or `tool` to the tools, with what may be called."""

    format: dict[str, Any] | None = None
    tool: dict[str, Any] | None = None
    choice: ToolChoice | None = None
    dropped: tuple[Dropped, ...] = ()

    @property
    def tool_name(self) -> str | None:
        """The name of the tool whose arguments are the answer."""
        return self.tool["name"] if self.tool else None


def answer_form(request: ChatRequest, endpoint: Endpoint) -> AnswerForm:
    """Decides how the caller's `response_format` is kept."""
    asked = request.body.response_format
    if asked is None or asked.type not in ("json_schema", "json_object"):
        return AnswerForm()
    wanted = asked.json_schema
    schema = wanted.schema if wanted else None
    if schema is not None and abilities(endpoint).structured_outputs and (fitted := constrained(schema)):
        aside = (Dropped("response_format.json_schema.schema", told(fitted.told)),) if fitted.told else ()
        return AnswerForm(format={"type": "json_schema", "schema": fitted.schema}, dropped=aside)
    name, description = (wanted.name, wanted.description) if wanted else ("answer", None)
    return _forced(request, name, schema, description)


def _forced(request: ChatRequest, name: str, schema: Any, description: str | None) -> AnswerForm:
    choice = choice_of(request)
    if request.body.tools and choice and choice.mode in ("required", "function"):
        # The caller wants a call now, and the answer is to come later.
        return AnswerForm()
    taken = {tool.function.name for tool in request.body.tools or () if tool.function}
    name = name if _TOOL_NAME.fullmatch(name) else "answer"
    while name in taken:
        name = f"{name}_"
    tool = {"name": name, "description": description or _DESCRIPTION, "input_schema": _object(schema)}
    only = not raw_tools(request) or (choice is not None and choice.mode == "none")
    return AnswerForm(tool=tool, choice=ToolChoice("function", name) if only else ToolChoice("required"))


def _object(schema: Any) -> dict[str, Any]:
    if schema is None:
        return _ANY_OBJECT
    return dict(schema) if "type" in schema else {"type": "object", **schema}
