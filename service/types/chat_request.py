"""One chat completion request, as every door hands it on.

Two views of the same body travel together: the checked view that routing and translating dialects read,
and the members exactly as they were sent, which is what an OpenAI-compatible provider receives.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw

from service.types.message import Message
from service.types.routing_options import Reasoning, RoutingOptions
from service.types.thinking import Thinking

# Ranges are the widest of the three contracts (Inworld, OpenRouter, Atoma): a value that one of them
# promises to take is not refused here.
Probability = Annotated[float, Meta(ge=0, le=1)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Count = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Bias = Annotated[float, Meta(ge=-100, le=100)]
SessionId = Annotated[str, Meta(max_length=256)]
# Groq takes "default" besides.
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max", "default"]


class Function(msgspec.Struct, frozen=True):
    """A function the model may call; `parameters` is a JSON Schema, kept as sent."""

    name: Annotated[str, Meta(min_length=1)]
    description: str | None = None
    parameters: dict[str, Raw] | None = None
    strict: bool | None = None


class NamedFunction(msgspec.Struct, frozen=True):
    """The one function that must be called."""

    name: Annotated[str, Meta(min_length=1)]


class Tool(msgspec.Struct, frozen=True):
    """A tool; types other than `function` are the provider's to know."""

    type: str = "function"  # Mistral's SDK leaves it out
    function: Function | None = None
    cache_control: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Checks that a function tool has a function."""
        if self.type == "function" and self.function is None:
            raise ValueError("function field is required for type 'function'")


class JsonSchema(msgspec.Struct, frozen=True):
    """The schema of a structured output, kept as sent."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    description: str | None = None
    schema: dict[str, Raw] | None = None
    strict: bool | None = None


class ResponseFormat(msgspec.Struct, frozen=True):
    """The form the answer must have; `json_schema` goes with type `json_schema`."""

    type: str
    json_schema: JsonSchema | None = None

    def __post_init__(self) -> None:
        """Checks that a schema is there when it is promised."""
        if self.type == "json_schema" and self.json_schema is None:
            raise ValueError("json_schema field is required for type 'json_schema'")


class LogitBias(msgspec.Struct, frozen=True):
    """One token's bias in the list form of `logit_bias`."""

    token_id: str
    bias_value: Bias


class StreamOptions(msgspec.Struct, frozen=True):
    """Options of a streamed answer."""

    include_usage: bool | None = None


class ChatBody(RoutingOptions, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The members of the body that have a known meaning; null means absent.

    Routing options may stand at top level as well as in `extra_body`.

    Source: the chat completion contracts of Inworld, OpenRouter (A3.1) and Atoma (B2).
    """

    # Longer than any id there is; it goes into logs and errors, and is compared with all ids.
    model: Annotated[str, Meta(min_length=1, max_length=256)]
    messages: Annotated[list[Message], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    min_p: Probability | None = None
    top_a: Probability | None = None
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    repetition_penalty: Annotated[float, Meta(gt=0, le=2)] | None = None
    seed: Int64 | None = None
    n: Count | None = None
    stop: str | Annotated[list[str], Meta(max_length=4)] | None = None
    logit_bias: dict[str, Bias] | list[LogitBias] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: Effort | None = None
    user: str | None = None
    service_tier: str | None = None
    modalities: list[Literal["text", "image", "audio"]] | None = None
    image_config: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None
    prediction: dict[str, Any] | None = None
    cache_control: dict[str, Any] | None = None
    prompt_cache_key: str | None = None
    verbosity: str | None = None
    include_reasoning: bool | None = None
    # OpenAI's earlier names for tools; the edge turns them into those.
    functions: list[Function] | None = None
    function_call: Literal["none", "auto"] | NamedFunction | None = None
    route: Literal["fallback", "sort"] | None = None
    session_id: SessionId | None = None
    trace: dict[str, Any] | None = None
    extra_body: RoutingOptions | None = None


class ChatRequest(msgspec.Struct, frozen=True):
    """A valid request.

    `body` is the checked view. `members` are the top-level members as sent, in their order, without
    nulls and without what is Pointsman's own. `routing` is `extra_body` joined with the routing options
    that stood at top level. `reasoning` is the one that counts: under `extra_body` before top level.
    `session_id` names the conversation, by the body or a header. `old_functions` is whether functions were
    offered by OpenAI's earlier names, so that calls of them are told by those too.
    """

    body: ChatBody
    members: dict[str, Raw]
    routing: RoutingOptions
    reasoning: Reasoning | None = None
    session_id: str | None = None
    old_functions: bool = False

    @property
    def stream(self) -> bool:
        """Whether the caller asked for server-sent events."""
        return bool(self.body.stream)

    @property
    def include_usage(self) -> bool:
        """Whether usage and metadata go on a final chunk with empty choices."""
        options = self.body.stream_options
        return bool(options and options.include_usage)

    @property
    def prompt_cache_key(self) -> str | None:
        """The caller's own name for the prompt cache to use."""
        return self.body.prompt_cache_key

    @property
    def cap(self) -> int | None:
        """How many tokens the answer may have, thoughts included; of two names the newer counts."""
        return self.body.max_completion_tokens or self.body.max_tokens

    @property
    def stops(self) -> list[str]:
        """The stop sequences."""
        stop = self.body.stop
        return [stop] if isinstance(stop, str) else stop or []

    @property
    def thinking(self) -> Thinking | None:
        """How much to think, None for nothing said. `reasoning` beats `reasoning_effort` (Inworld 2.9)."""
        asked = self.reasoning
        if asked is None:
            effort = self.body.reasoning_effort
            return None if effort in (None, "default") else Thinking(effort=effort)
        if asked.enabled is False:
            return Thinking(effort="none")
        effort = None if asked.effort == "unspecified" else asked.effort
        if effort is None and asked.max_tokens is None:
            effort = "medium"
        return Thinking(effort=effort, max_tokens=asked.max_tokens, summary=asked.summary)

    @property
    def hides_thoughts(self) -> bool:
        """Whether the caller wants the thinking done and not shown."""
        return bool(self.reasoning and self.reasoning.exclude) or self.body.include_reasoning is False

    @property
    def choices(self) -> int:
        """How many answers were asked for (`n`, default 1)."""
        return self.body.n or 1
