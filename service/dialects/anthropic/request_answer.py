"""The form that the answer must have (`response_format`).

Where the model has structured outputs and they can hold the schema, that is `output_config.format`. Elsewhere
the answer becomes the arguments of a tool that the model has to call: with tools of the caller's besides, it
has to call one of all, so that it either acts or answers. `json_object` is such a tool without a schema.
"""

import re
from typing import Any, NamedTuple

from service.dialects import asked
from service.dialects.anthropic import request_search
from service.dialects.anthropic.claude import abilities
from service.dialects.anthropic.progress import AnswerTool
from service.dialects.anthropic.request_schema import constrained
from service.dialects.anthropic.request_tools import object_schema, told
from service.dialects.asked import ToolChoice
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ANY_OBJECT = {"type": "object", "additionalProperties": True}
_DESCRIPTION = "Gives the final answer. The arguments are the answer; call this once, when it is ready."


class AnswerForm(NamedTuple):
    """`format` goes into `output_config`; or `tool` to the tools, `alone` if no other may be called.

    `impossible` is what neither can hold.
    """

    format: dict[str, Any] | None = None
    tool: dict[str, Any] | None = None
    alone: bool = False
    dropped: tuple[Dropped, ...] = ()
    impossible: str | None = None

    @property
    def choice(self) -> ToolChoice | None:
        """Which tools have to be called then."""
        if self.tool is None:
            return None
        return ToolChoice("function", self.tool["name"]) if self.alone else ToolChoice("required")

    @property
    def answer_tool(self) -> AnswerTool | None:
        """The tool as the decoder has to know it."""
        return AnswerTool(self.tool["name"], self.alone) if self.tool else None


def answer_form(request: ChatRequest, endpoint: Endpoint) -> AnswerForm:
    """Decides how the caller's `response_format` is kept.

    Raises `InvalidRequest` for a `tool_choice` of an unknown form.
    """
    wish = request.body.response_format
    if wish is None or wish.type not in ("json_schema", "json_object"):
        return AnswerForm()
    wanted = wish.json_schema if wish.type == "json_schema" else None
    schema = wanted.schema if wanted else None
    ability = abilities(endpoint)
    if schema is not None and ability.structured_outputs and (fitted := constrained(schema)):
        aside = (Dropped("response_format.json_schema.schema", told(fitted.told)),) if fitted.told else ()
        return AnswerForm(format={"type": "json_schema", "schema": fitted.schema}, dropped=aside)
    choice = asked.tool_choice(request)
    if request.body.tools and choice and choice.mode in ("required", "function"):
        # The caller wants a call now, and the answer is to come later.
        return AnswerForm()
    arguments = _ANY_OBJECT if schema is None else object_schema(schema)
    if arguments is None:
        return AnswerForm(impossible="a schema of anything but an object")
    if not ability.forced_tools:
        what = "such a schema" if schema is not None else "json_object (use json_schema)"
        return AnswerForm(impossible=what)
    name = _free_name(request, wanted.name if wanted else "answer")
    description = (wanted.description if wanted else None) or _DESCRIPTION
    tools = bool(request.body.tools) or request_search.is_asked(request)
    return AnswerForm(
        tool={"name": name, "description": description, "input_schema": arguments},
        alone=not tools or (choice is not None and choice.mode == "none"),
    )


def _free_name(request: ChatRequest, wanted: str) -> str:
    taken = {tool.function.name for tool in request.body.tools or () if tool.function}
    stem = wanted if _TOOL_NAME.fullmatch(wanted) else "answer"
    if stem not in taken:
        return stem
    # Short enough for a number, of which one is free.
    numbered = (f"{stem[:50]}_{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)
