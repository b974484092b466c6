"""What an endpoint cannot give, told before anything is sent."""

from collections.abc import Iterator

from service.dialects import asked
from service.dialects.anthropic.claude import abilities
from service.dialects.bedrock.families import SYSTEM_TOOLS, claude_of, family_of
from service.dialects.bedrock.formats import answer_tool, cannot_have
from service.dialects.bedrock.parts import unsupported
from service.dialects.bedrock.tools import searches, used_tools
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint


def obstacles(request: ChatRequest, endpoint: Endpoint) -> list[Violation]:
    """What Converse has no form for, or this model is known not to do."""
    names = ["n", "logprobs", "audio"]
    if "image" not in (endpoint.facts.output_modalities or ()):
        names.append("image")
    return [
        *asked.refused(request, names, endpoint),
        *_form(request, endpoint),
        *_tools(request, endpoint),
        *_choice(request, endpoint),
        *_messages(request, endpoint),
        *_prefill(request, endpoint),
    ]


def _form(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    if (form := request.body.response_format) and cannot_have(request, endpoint):
        yield asked.unsupported("response_format", form.type, endpoint)


def _tools(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    family = family_of(endpoint)
    known = SYSTEM_TOOLS if family.system_tools is None else family.system_tools
    for place, tool in enumerate(request.body.tools or ()):
        if tool.function is None and tool.type not in known:
            yield asked.unsupported(f"tools[{place}]", f"type '{tool.type}'", endpoint)
    if "web_search_options" in request.members and not searches(family):
        yield asked.unsupported("web_search_options", "searching the web", endpoint)


def _choice(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    family = family_of(endpoint)
    try:
        choice = asked.tool_choice(request)
        asked.offered(request)
    except InvalidRequest as error:
        yield from error.violations
        return
    mode = choice.mode if choice else "auto"
    if mode in ("required", "function") and family.forces_tools is False:
        yield asked.unsupported("tool_choice", f"'{mode}'", endpoint)
    untold = mode == "none" and request.body.tools and used_tools(request) and not family.claude
    if untold and not answer_tool(request, endpoint):
        yield asked.unsupported("tool_choice", "'none' after calls", endpoint)


def _messages(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    for place, message in enumerate(request.body.messages):
        path = f"messages[{place}]"
        for number, call in enumerate(message.tool_calls or ()):
            if call.function is None:
                what = f"a call of type '{call.type}'"
                yield asked.unsupported(f"{path}.tool_calls[{number}]", what, endpoint)
        for number, part in enumerate(message.parts):
            if lacking := unsupported(part, message.role):
                yield asked.unsupported(f"{path}.content[{number}]", lacking, endpoint)


def _prefill(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    spoken = [
        (place, message)
        for place, message in enumerate(request.body.messages)
        if message.role not in ("system", "developer")
    ]
    if not spoken or not family_of(endpoint).claude:
        return
    place, last = spoken[-1]
    if last.role == "assistant" and not last.tool_calls and not abilities(claude_of(endpoint)).prefill:
        yield asked.unsupported(f"messages[{place}]", "a last message of the assistant (prefill)", endpoint)
