"""What an endpoint cannot give, told before anything is sent."""

from collections.abc import Iterator

from service.dialects import asked
from service.dialects.anthropic.claude import abilities
from service.dialects.anthropic.request_parts import takes
from service.dialects.anthropic.request_tools import is_native, raw_tools
from service.errors import Violation
from service.types.chat_request import ChatRequest
from service.types.media import is_data_url
from service.types.message import ContentPart, Message
from service.types.upstream import Endpoint

_NEVER = ("n", "logprobs", "image", "audio", "prediction")
_TEXT = ("text", "refusal")
_FOREIGN = ("input_audio", "video_url", "input_video")


def obstacles(request: ChatRequest, endpoint: Endpoint) -> list[Violation]:
    """Each thing in the request that this endpoint would not honour."""
    found = asked.refused(request, _NEVER, endpoint)
    asked_form = request.body.response_format
    if asked_form and asked_form.type not in ("text", "json_object", "json_schema"):
        found.append(_not_supported("response_format.type", f"'{asked_form.type}'", endpoint))
    found += _tools(request, endpoint)
    for place, message in enumerate(request.body.messages):
        found += _message(message, f"messages[{place}]", endpoint)
    last = request.body.messages[-1]
    if last.role == "assistant" and not last.tool_calls and not abilities(endpoint).prefill:
        where = f"messages[{len(request.body.messages) - 1}]"
        found.append(_not_supported(where, "a last message of the assistant (prefill)", endpoint))
    return found


def _tools(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    if not request.body.tools:
        return
    for place, (tool, members) in enumerate(zip(request.body.tools, raw_tools(request), strict=True)):
        if tool.type != "function" and not is_native(tool.type, members):
            yield _not_supported(f"tools[{place}]", f"a tool of type '{tool.type}'", endpoint)


def _message(message: Message, path: str, endpoint: Endpoint) -> Iterator[Violation]:
    if message.role == "function":
        yield _not_supported(path, "role 'function' (use tools)", endpoint)
    for place, call in enumerate(message.tool_calls or ()):
        if call.function is None:
            yield _not_supported(f"{path}.tool_calls[{place}]", f"a call of type '{call.type}'", endpoint)
    for place, part in enumerate(message.parts):
        if what := _unsupported(part, message.role):
            yield _not_supported(f"{path}.content[{place}]", what, endpoint)


def _unsupported(part: ContentPart, role: str) -> str | None:
    """What is wrong with a part; None if nothing is."""
    if part.type in _FOREIGN:
        return part.type
    if part.type in _TEXT or part.type not in ("image_url", "file"):
        return None  # types that nobody knows are told by `encode`
    if role not in ("user", "tool"):
        return f"{part.type} in a message of role '{role}'"
    url = (part.image_url.url if part.image_url else part.file and part.file.file_data) or ""
    if not is_data_url(url):
        return None
    media_type = url[5:].partition(",")[0].partition(";")[0].lower()
    foreign = media_type.startswith(("image/", "audio/", "video/")) and not takes(media_type)
    return media_type if foreign else None


def _not_supported(field: str, what: str, endpoint: Endpoint) -> Violation:
    return Violation(field, f"{what} is not supported by '{endpoint.id}'")
