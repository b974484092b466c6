"""The AWS Bedrock dialect: Converse and ConverseStream, for all model families that Bedrock serves."""

from collections.abc import Iterator, Mapping, Sequence

from service.dialects import asked
from service.dialects.anthropic.claude import abilities
from service.dialects.bedrock.answer import Reading
from service.dialects.bedrock.decoder import BodyDecoder, StreamDecoder
from service.dialects.bedrock.families import claude_of, family_of
from service.dialects.bedrock.faults import http_error
from service.dialects.bedrock.formats import form_of, form_tool
from service.dialects.bedrock.parts import links
from service.dialects.bedrock.request import encode
from service.dialects.bedrock.tools import SYSTEM_TOOLS, used_tools
from service.dialects.dialect import Decoder
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class Bedrock:
    """POST /model/M/converse[-stream]. Source: botocore's `bedrock-runtime` model; recorded traffic."""

    key_header = "authorization"
    forces_schemas = True

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What Converse has no form for, or this model is known not to do."""
        names = ["n", "logprobs", "audio", "prediction"]
        if "image" not in (endpoint.facts.output_modalities or ()):
            names.append("image")
        return [
            *asked.refused(request, names, endpoint),
            *_form(request, endpoint),
            *_tools(request, endpoint),
            *_prefill(request, endpoint),
        ]

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """All http(s) links: Bedrock takes bytes, or objects in S3."""
        del endpoint
        return links(request)

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        return encode(request, endpoint, media)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by content type, else by what was asked for."""
        reading = Reading(claude=family_of(endpoint).claude, form_tool=form_tool(request, endpoint))
        streamed = "eventstream" in content_type or ("json" not in content_type and request.stream)
        decoder: type[StreamDecoder | BodyDecoder] = StreamDecoder if streamed else BodyDecoder
        return decoder(endpoint.provider, reading)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return http_error(endpoint.provider, status, headers, body)


def _form(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    form = form_of(request, endpoint)
    if form and form.way == "none":
        kind = request.body.response_format.type if request.body.response_format else ""
        yield Violation("response_format", f"{kind} is not supported by '{endpoint.id}'")


def _tools(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    family = family_of(endpoint)
    for place, tool in enumerate(request.body.tools or ()):
        if tool.function is None and tool.type not in SYSTEM_TOOLS:
            yield Violation(f"tools[{place}]", f"type '{tool.type}' is not supported by '{endpoint.id}'")
    choice = asked.tool_choice(request)
    mode = choice.mode if choice else "auto"
    if mode in ("required", "function") and family.forces_tools is False:
        yield Violation("tool_choice", f"'{mode}' is not supported by '{endpoint.id}'")
    if mode == "none" and request.body.tools and used_tools(request) and not family.claude:
        yield Violation("tool_choice", f"'none' after calls is not supported by '{endpoint.id}'")


def _prefill(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    messages = request.body.messages
    if messages[-1].role != "assistant" or messages[-1].tool_calls or not family_of(endpoint).claude:
        return
    if not abilities(claude_of(endpoint)).prefill:
        what = "a last message of the assistant (prefill)"
        yield Violation(f"messages[{len(messages) - 1}]", f"{what} is not supported by '{endpoint.id}'")
