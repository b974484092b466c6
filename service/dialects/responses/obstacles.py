"""What a caller would not get from this API: several answers, speech, stop sequences, some kinds of parts.

Besides, what the row says of the model. A stop sequence is no sampling knob: without it the answer goes on
where the caller wanted it to end.
"""

from service.dialects import asked
from service.dialects.responses.options import FORMATS
from service.dialects.responses.parts import UNSUPPORTED
from service.errors import Violation
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint

_NEVER = ("n", "audio", "stop")


def obstacles(request: ChatRequest, endpoint: Endpoint) -> list[Violation]:
    """Names what the request asks for that this endpoint does not take."""
    found = asked.refused(request, dict.fromkeys((*_NEVER, *endpoint.quirks.refused)), endpoint)
    form = request.body.response_format
    if form is not None and form.type not in FORMATS:
        what = f"response_format of type '{form.type}'"
        found.append(asked.unsupported("response_format", what, endpoint))
    for place, message in enumerate(request.body.messages):
        found += [
            asked.unsupported(f"messages[{place}].content[{at}]", f"content of type '{part.type}'", endpoint)
            for at, part in enumerate(message.parts)
            if part.type in UNSUPPORTED
        ]
    return found
