"""Sampling, output formats and modalities: `generationConfig`."""

from typing import Any

import msgspec
from msgspec import Raw

from service.dialects.google.names import camel
from service.dialects.google.thinking import thinking_config
from service.errors import Violation
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint

_members = msgspec.json.Decoder(dict[str, Raw])

# The numbers go out as they were written.
_SAMPLING = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "seed": "seed",
}
# Members of `generationConfig` that may stand at top level under Google's names.
# Source: `google.genai.types.GenerateContentConfig`, which has them side by side with the sampling ones.
NATIVE: dict[str, Any] = {
    **dict.fromkeys(("thinkingConfig", "speechConfig", "imageConfig", "routingConfig"), dict[str, Raw]),
    **dict.fromkeys(("modelConfig", "responseSchema"), dict[str, Raw]),
    **dict.fromkeys(("mediaResolution", "responseMimeType"), str),
    **dict.fromkeys(("responseModalities", "stopSequences"), list[str]),
    **dict.fromkeys(("audioTimestamp", "enableEnhancedCivicAnswers", "responseLogprobs"), bool),
    **dict.fromkeys(("candidateCount", "maxOutputTokens"), int),
    **dict.fromkeys(("topP", "topK", "presencePenalty", "frequencyPenalty"), float),
    "responseJsonSchema": Raw,
}
TAKEN = frozenset(
    {
        *_SAMPLING,
        *("max_tokens", "max_completion_tokens", "stop", "logprobs", "top_logprobs", "response_format"),
        *("modalities", "image_config", "audio", "reasoning_effort", "reasoning"),
    }
)
_SEEDS = range(-(2**31), 2**31)
_IMAGE = frozenset({"aspectRatio", "imageSize", "personGeneration", "prominentPeople", "imageOutputOptions"})
_FORMATS = ("text", "json_object", "json_schema")
_PCM = ("pcm16", "pcm")  # the only form in which Gemini speaks: 16 bits, 24 kHz, one channel


def violations(request: ChatRequest, endpoint: Endpoint) -> list[Violation]:
    """What this endpoint's model cannot give."""
    body, found = request.body, []
    if body.response_format and body.response_format.type not in _FORMATS:
        kind = body.response_format.type
        found.append(Violation("response_format", f"type '{kind}' is not supported by '{endpoint.id}'"))
    given = endpoint.facts.output_modalities
    found += [
        Violation("modalities", f"{modality} is not supported by '{endpoint.id}'")
        for modality in body.modalities or ()
        if modality != "text" and given is not None and modality not in given
    ]
    form = (body.audio or {}).get("format")
    if "audio" in (body.modalities or ()) and form not in (None, *_PCM):
        found.append(Violation("audio", f"format '{form}' is not supported by '{endpoint.id}', pcm16 is"))
    return found


def generation_config(request: ChatRequest, endpoint: Endpoint) -> tuple[dict[str, Any], list[Dropped]]:
    """Builds the configuration; says which parts of parameters that are otherwise taken were left out."""
    body, members = request.body, request.members
    config: dict[str, Any] = {own: members[name] for name, own in _SAMPLING.items() if name in members}
    dropped = []
    if body.top_k == 0:
        del config["topK"]
        dropped.append(Dropped("top_k", "0 has no meaning here"))
    if body.seed is not None and body.seed not in _SEEDS:
        del config["seed"]
        dropped.append(Dropped("seed", "must fit in 32 bits"))
    if request.cap is not None:
        config["maxOutputTokens"] = request.cap
    if stops := [each for each in request.stops if each]:
        config["stopSequences"] = stops
    if len(stops) < len(request.stops):
        dropped.append(Dropped("stop", "an empty sequence has no meaning here"))
    if request.choices > 1:
        config["candidateCount"] = request.choices
    if body.logprobs or body.top_logprobs:
        config["responseLogprobs"] = True
    if body.top_logprobs:
        config["logprobs"] = body.top_logprobs
    config |= _format(request)
    config |= _modalities(request, dropped)
    thinking, lost = thinking_config(request, endpoint)
    if thinking:
        config["thinkingConfig"] = thinking
    return config, [*dropped, *lost]


def _format(request: ChatRequest) -> dict[str, Any]:
    wanted = request.body.response_format
    if wanted is None or wanted.type == "text":
        return {}
    schema = wanted.json_schema.schema if wanted.json_schema else None
    return {"responseMimeType": "application/json"} | ({"responseJsonSchema": schema} if schema else {})


def _modalities(request: ChatRequest, dropped: list[Dropped]) -> dict[str, Any]:
    body = request.body
    config: dict[str, Any] = {}
    if body.modalities:
        # Speech comes alone; OpenAI's text beside it is the transcript.
        wanted = ["audio"] if "audio" in body.modalities else body.modalities
        config["responseModalities"] = [each.upper() for each in wanted]
    if "image_config" in request.members:
        given = _members.decode(request.members["image_config"])
        config["imageConfig"] = {camel(name): raw for name, raw in given.items() if camel(name) in _IMAGE}
        lost = [name for name in given if camel(name) not in _IMAGE]
        dropped += [Dropped(f"image_config.{name}", "Gemini has no such option") for name in lost]
    match (body.audio or {}).get("voice"):
        case str(voice) | {"id": str(voice)}:
            config["speechConfig"] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}}
    return config
