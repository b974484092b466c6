"""Which endpoints can serve a request, and what speaks against the others. Pure."""

from collections.abc import Iterator

from service.dialects import DIALECTS
from service.errors import InvalidRequest, Violation
from service.routing.names import Candidates
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint

_INPUTS = {
    "image_url": "image",
    "input_audio": "audio",
    "video_url": "video",
    "input_video": "video",
    "file": "file",
}


def first_eligible(request: ChatRequest, candidates: Candidates) -> Endpoint:
    """The first endpoint that can do what is asked.

    A wire format that has no word for something is an obstacle always. What the catalog says of a model is
    one only where there is a choice: an endpoint that the caller named himself is taken at his word, and its
    vendor judges. Raises `InvalidRequest` naming the obstacles of all, if no endpoint is left.
    """
    everything: list[Violation] = []
    for endpoint in candidates.endpoints:
        found = list(DIALECTS[endpoint.dialect].obstacles(request, endpoint))
        if not candidates.pinned:
            found += _lacking(request, endpoint)
        if not found:
            return endpoint
        everything += found
    raise InvalidRequest(list(dict.fromkeys(everything)))


def _lacking(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    """What the model is known not to do; what is unknown is no obstacle."""
    facts, body = endpoint.facts, request.body
    if body.tools and facts.tools is False:
        yield _lacks(endpoint, "tools", "tools")
    schema = body.response_format is not None and body.response_format.type == "json_schema"
    if (
        schema
        and facts.structured_outputs is False
        and not DIALECTS[endpoint.dialect].forces_schemas(endpoint)
    ):
        yield _lacks(endpoint, "response_format", "json_schema")
    if facts.output_modalities is not None:
        for wanted in body.modalities or ():
            if wanted not in facts.output_modalities:
                yield _lacks(endpoint, "modalities", f"{wanted} output")
    if facts.input_modalities is not None:
        for path, modality in _inputs(request):
            if modality not in facts.input_modalities:
                yield _lacks(endpoint, path, f"{modality} input")


def _lacks(endpoint: Endpoint, field: str, what: str) -> Violation:
    return Violation(field, f"{what} is not supported by '{endpoint.id}'")


def _inputs(request: ChatRequest) -> Iterator[tuple[str, str]]:
    for place, message in enumerate(request.body.messages):
        if isinstance(message.content, list):
            for number, part in enumerate(message.content):
                if part.type in _INPUTS:
                    yield f"messages[{place}].content[{number}]", _INPUTS[part.type]
