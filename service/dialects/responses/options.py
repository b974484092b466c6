"""What shapes an answer beside its input: text format, reasoning, and what the answer shall include."""

from collections.abc import Collection
from typing import Any

from service.dialects import asked
from service.dialects.openai.reasoning import level_of
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint

# What only comes when it is asked for, by the type of tool it belongs to (SDK: `ResponseIncludable`).
_INCLUDED_BY_TOOL = {
    "web_search": "web_search_call.action.sources",
    "file_search": "file_search_call.results",
    "code_interpreter": "code_interpreter_call.outputs",
}
# Levels that OpenRouter has beyond this vendor's (SDK: `ResponseTextConfigParam`); the nearest is sent.
_VERBOSITY = {"xhigh": "high", "max": "high"}
FORMATS = ("text", "json_object", "json_schema")


def text_of(request: ChatRequest) -> dict[str, Any]:
    """`text`: the form of the answer, flattened, and its verbosity."""
    text: dict[str, Any] = {}
    form = request.body.response_format
    if form is not None and form.json_schema is not None:
        schema = form.json_schema
        text["format"] = {"type": "json_schema", "name": schema.name, "schema": schema.schema or {}}
        if schema.description is not None:
            text["format"]["description"] = schema.description
        if schema.strict is not None:
            text["format"]["strict"] = schema.strict
    elif form is not None:
        text["format"] = {"type": form.type}
    if request.body.verbosity is not None:
        text["verbosity"] = _VERBOSITY.get(request.body.verbosity, request.body.verbosity)
    return text


def reasoning_of(request: ChatRequest, endpoint: Endpoint) -> dict[str, Any]:
    """`reasoning`: effort, and a summary where thoughts were asked for by the `reasoning` object.

    Thoughts come as a summary or not at all, so the object asks for one unless it says otherwise. Empty for a
    model that is known not to reason.
    """
    thinking, given = request.thinking, request.reasoning
    reasoning: dict[str, Any] = {}
    if endpoint.facts.reasoning is False:
        return reasoning
    if thinking is not None:
        effort = level_of(thinking, request, endpoint.quirks.efforts or endpoint.facts.efforts)
        if effort is not None:
            reasoning["effort"] = effort
        if thinking.summary is not None:
            reasoning["summary"] = thinking.summary
        elif given is not None and not thinking.off and not request.hides_thoughts:
            reasoning["summary"] = "auto"
    if given is not None:
        named = {"context": given.context, "mode": given.mode}
        reasoning |= {name: value for name, value in named.items() if value is not None}
    return reasoning


def include_of(request: ChatRequest, endpoint: Endpoint, kinds: Collection[str]) -> list[str]:
    """`include`: the caller's own, and all that would otherwise be lost of an answer with these tools.

    A model that is known not to reason refuses to be asked for encrypted thoughts (400 "Encrypted content is
    not supported with this model").
    """
    included = asked.member(request, "include", list[str]) or []
    wanted = [] if endpoint.facts.reasoning is False else ["reasoning.encrypted_content"]
    if request.body.logprobs or request.body.top_logprobs:
        wanted.append("message.output_text.logprobs")
    wanted += [
        member for tool, member in _INCLUDED_BY_TOOL.items() if any(kind.startswith(tool) for kind in kinds)
    ]
    return included + [each for each in wanted if each not in included]
