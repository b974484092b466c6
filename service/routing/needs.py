"""What a request needs of whoever serves it. Pure; computed once for each request."""

from collections.abc import Iterator

import msgspec

from service.types.chat_request import ChatRequest
from service.types.facts import Facts
from service.types.message import Message

# Of English text; of others a token is shorter, and so are their letters in UTF-8 longer.
_BYTES_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 4
_TOKENS_PER_MEDIUM = 800
# An answer's length where the request has no cap; for comparing prices alone.
_USUAL_ANSWER = 1000
# So far below the estimate the true count may lie: nobody is left out for a guess.
_CERTAINLY = 0.5

INPUTS = {
    "image_url": "image",
    "input_audio": "audio",
    "video_url": "video",
    "input_video": "video",
    "file": "file",
}
"""Types of content parts, and the modality that a model must read."""

TOOLS, SCHEMA = 1, 2
_MODALITIES = ("text", "image", "audio", "video", "file")
_READS = {name: 4 << place for place, name in enumerate(_MODALITIES)}
_WRITES = {name: 128 << place for place, name in enumerate(_MODALITIES)}


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, in numbers.

    `abilities` are bits that `lacking` sets too. `prompt_tokens` is an estimate, `least_tokens` what the
    prompt has at the very least. `answer_tokens` is the cap of the answer, and a usual length without one;
    `cap` is None without one.
    """

    abilities: int
    prompt_tokens: int
    least_tokens: int
    answer_tokens: int
    cap: int | None


def needs_of(request: ChatRequest) -> Needs:
    """Reads a request once."""
    body = request.body
    abilities = TOOLS if body.tools else 0
    if body.response_format is not None and body.response_format.type == "json_schema":
        abilities |= SCHEMA
    for modality in body.modalities or ("text",):
        abilities |= _WRITES[modality]
    tools = request.members.get("tools")
    size = text_bytes(body.messages) + (len(bytes(tools)) if tools is not None else 0)
    media = 0
    for _, modality in inputs(request):
        abilities |= _READS[modality]
        media += 1
    counted = size // _BYTES_PER_TOKEN + _TOKENS_PER_MESSAGE * len(body.messages)
    return Needs(
        abilities=abilities,
        prompt_tokens=counted + media * _TOKENS_PER_MEDIUM,
        least_tokens=int(counted * _CERTAINLY),
        answer_tokens=request.cap or _USUAL_ANSWER,
        cap=request.cap,
    )


def lacking(facts: Facts, *, forces_schemas: bool) -> int:
    """The abilities that an endpoint is known not to have; what is unknown is no lack."""
    bits = TOOLS if facts.tools is False else 0
    if facts.structured_outputs is False and not forces_schemas:
        bits |= SCHEMA
    for known, of in ((facts.input_modalities, _READS), (facts.output_modalities, _WRITES)):
        if known is not None:
            bits |= sum(bit for name, bit in of.items() if name not in known)
    return bits


def inputs(request: ChatRequest) -> Iterator[tuple[str, str]]:
    """The fields that hold something other than text, and which modality it is."""
    for place, message in enumerate(request.body.messages):
        if isinstance(message.content, list):
            for number, part in enumerate(message.content):
                if part.type in INPUTS:
                    yield f"messages[{place}].content[{number}]", INPUTS[part.type]


def text_bytes(messages: list[Message]) -> int:
    """How long the texts are in UTF-8: of content, and of the arguments of earlier calls."""
    size = 0
    for message in messages:
        content = message.content
        if isinstance(content, str):
            size += _bytes(content)
        elif content:
            size += sum(_bytes(part.text) for part in content if part.text)
        for call in message.tool_calls or ():
            if call.function:
                size += len(call.function.arguments)
    return size


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
