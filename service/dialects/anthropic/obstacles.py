"""What an endpoint cannot give, told before anything is sent."""

from collections.abc import Iterator

from service.dialects import asked
from service.dialects.anthropic.claude import abilities
from service.dialects.anthropic.request_answer import answer_form
from service.dialects.anthropic.request_parts import unreadable
from service.dialects.anthropic.request_search import FOREIGN_TYPES
from service.dialects.anthropic.request_tools import choice_of, is_native, object_schema, raw_tools
from service.dialects.asked import unsupported
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.media import is_bucket_url
from service.types.message import ContentPart, Message
from service.types.upstream import Endpoint

_NEVER = ("n", "logprobs", "image", "audio")
_FOREIGN = ("input_audio", "video_url", "input_video")


def obstacles(request: ChatRequest, endpoint: Endpoint) -> list[Violation]:
    """Each thing in the request that this endpoint would not honour."""
    found = asked.refused(request, _NEVER, endpoint)
    found += _tools(request, endpoint)
    try:
        found += _choice(request, endpoint)
        found += _form(request, endpoint)
    except InvalidRequest as error:
        found += error.violations
    for place, message in enumerate(request.body.messages):
        found += _message(message, f"messages[{place}]", endpoint)
    last = request.body.messages[-1]
    if last.role == "assistant" and not last.tool_calls and not abilities(endpoint).prefill:
        where = f"messages[{len(request.body.messages) - 1}]"
        found.append(unsupported(where, "a last message of the assistant (prefill)", endpoint))
    return found


def _tools(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    for place, (tool, members) in enumerate(zip(request.body.tools or (), raw_tools(request), strict=True)):
        if tool.type != "function":
            if tool.type not in FOREIGN_TYPES and not is_native(tool.type, members):
                yield unsupported(f"tools[{place}]", f"a tool of type '{tool.type}'", endpoint)
        elif tool.function and tool.function.parameters and object_schema(tool.function.parameters) is None:
            path = f"tools[{place}].function.parameters"
            yield unsupported(path, "a schema of anything but an object", endpoint)


def _choice(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    choice = choice_of(request)
    forced = request.body.tools and choice and choice.mode in ("required", "function")
    if forced and not abilities(endpoint).forced_tools:
        yield unsupported("tool_choice", "to make the model call a tool", endpoint)


def _form(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    wish = request.body.response_format
    if wish and wish.type not in ("text", "json_object", "json_schema"):
        yield unsupported("response_format.type", f"'{wish.type}'", endpoint)
    elif impossible := answer_form(request, endpoint).impossible:
        yield unsupported("response_format", impossible, endpoint)


def _message(message: Message, path: str, endpoint: Endpoint) -> Iterator[Violation]:
    for place, call in enumerate(message.tool_calls or ()):
        if call.function is None:
            yield unsupported(f"{path}.tool_calls[{place}]", f"a call of type '{call.type}'", endpoint)
    for place, part in enumerate(message.parts):
        if what := _unsupported(part, message.role):
            yield unsupported(f"{path}.content[{place}]", what, endpoint)


def _unsupported(part: ContentPart, role: str) -> str | None:
    """What is wrong with a part; None if nothing is."""
    if part.type in _FOREIGN:
        return part.type
    if part.type not in ("image_url", "file"):
        return None  # types that nobody knows are told by `encode`
    if role not in ("user", "tool"):
        return f"{part.type} in a message of role '{role}'"
    url = part.image_url.url if part.image_url else part.file and part.file.file_data
    return "an object of a cloud" if is_bucket_url(url or "") else unreadable(part)
