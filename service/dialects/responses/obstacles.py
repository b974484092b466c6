"""What a caller would not get from this API: several answers, speech, stop sequences, some kinds of parts.

A stop sequence is no sampling knob: without it the answer goes on where the caller wanted it to end.
"""

from service.dialects import asked
from service.dialects.responses.options import FORMATS
from service.dialects.responses.parts import UNSUPPORTED
from service.errors import Violation
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint


def obstacles(request: ChatRequest, endpoint: Endpoint) -> list[Violation]:
    """Names what the request asks for that this endpoint does not take."""
    found = asked.refused(request, ("n", "audio"), endpoint)
    form = request.body.response_format
    found += [_unsupported("stop", "stop", endpoint)] if request.stops else []
    if form is not None and form.type not in FORMATS:
        found.append(_unsupported("response_format", f"response_format of type '{form.type}'", endpoint))
    found += [
        _unsupported(name, f"{name} (superseded by tools)", endpoint)
        for name in ("functions", "function_call")
        if name in request.members
    ]
    for place, message in enumerate(request.body.messages):
        if message.role == "function":
            found.append(_unsupported(f"messages[{place}].role", "a message of role 'function'", endpoint))
        found += [
            _unsupported(f"messages[{place}].content[{at}]", f"content of type '{part.type}'", endpoint)
            for at, part in enumerate(message.parts)
            if part.type in UNSUPPORTED
        ]
    return found


def _unsupported(field: str, what: str, endpoint: Endpoint) -> Violation:
    return Violation(field, f"{what} is not supported by '{endpoint.id}'")
