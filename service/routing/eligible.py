"""Which endpoints can serve a request, and what speaks against the others. Pure."""

from collections.abc import Sequence

from service.dialects import DIALECTS
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint

_INPUTS = {"image_url": "image", "input_audio": "audio", "video_url": "video", "input_video": "video"}


def obstacles(request: ChatRequest, endpoint: Endpoint) -> list[Violation]:
    """What the caller asked for and would not get from this endpoint.

    What is unknown of a model is no obstacle: its vendor judges.
    """
    found = list(DIALECTS[endpoint.dialect].obstacles(request, endpoint))
    facts, fields = endpoint.facts, {violation.field for violation in found}
    if request.body.tools and facts.tools is False and "tools" not in fields:
        found.append(Violation("tools", f"tools are not supported by '{endpoint.id}'"))
    if facts.output_modalities is not None:
        found += [
            Violation("modalities", f"{modality} output is not supported by '{endpoint.id}'")
            for modality in request.body.modalities or ()
            if modality not in facts.output_modalities and "modalities" not in fields
        ]
    if facts.input_modalities is not None:
        found += [
            Violation(path, f"{modality} input is not supported by '{endpoint.id}'")
            for path, modality in _inputs(request)
            if modality not in facts.input_modalities and path not in fields
        ]
    return found


def first_eligible(request: ChatRequest, endpoints: Sequence[Endpoint]) -> Endpoint:
    """The first endpoint without obstacles. Raises `InvalidRequest` naming those of all, if none is left."""
    everything: list[Violation] = []
    for endpoint in endpoints:
        found = obstacles(request, endpoint)
        if not found:
            return endpoint
        everything += found
    raise InvalidRequest(everything)


def _inputs(request: ChatRequest) -> list[tuple[str, str]]:
    return [
        (f"messages[{place}].content[{number}]", _INPUTS[part.type])
        for place, message in enumerate(request.body.messages)
        if isinstance(message.content, list)
        for number, part in enumerate(message.content)
        if part.type in _INPUTS
    ]
