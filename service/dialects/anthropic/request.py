"""ChatRequest to the body of a Messages request.

Source: the SDK's MessageCreateParams, plain and beta; recorded requests.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from service.dialects import asked
from service.dialects.anthropic.claude import Abilities, abilities
from service.dialects.anthropic.platform import API, Platform
from service.dialects.anthropic.request_answer import AnswerForm, answer_form
from service.dialects.anthropic.request_history import beside_calls
from service.dialects.anthropic.request_messages import Conversation
from service.dialects.anthropic.request_sampling import sampling, stops
from service.dialects.anthropic.request_thinking import Plan, Situation, plan
from service.dialects.anthropic.request_tools import Tool, choice_of, tool_choice, tools_of
from service.dialects.asked import ToolChoice
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Dropped, Endpoint

Body = dict[str, Any]

_UNKNOWN_LIMIT = 8192


class _ContextManagement(msgspec.Struct):
    edits: list[dict[str, Any]] | None = None


# Members under Anthropic's own names, which go out as they came in, and what they have to be.
_NATIVE: dict[str, Any] = {
    "container": str | dict[str, Any],
    "context_management": _ContextManagement,
    "diagnostics": dict[str, Any],
    "fallbacks": Any,
    "inference_geo": str,
    "mcp_servers": list[dict[str, Any]],
    "speed": str,
}
_TAKEN = frozenset(
    {
        *(
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "top_p",
            "top_k",
            "stop",
            "tools",
            "tool_choice",
        ),
        *("parallel_tool_calls", "response_format", "reasoning_effort", "service_tier", "cache_control"),
        *("verbosity", "web_search_options", "modalities", "logprobs", "thinking", "output_config", "betas"),
        *_NATIVE,
    }
)
# OpenAI's tiers to Anthropic's, which are whether priority capacity may be used.
_TIERS = {
    "auto": "auto",
    "priority": "auto",
    "default": "standard_only",
    "standard": "standard_only",
    "standard_only": "standard_only",
}


def body(
    request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media], platform: Platform = API
) -> tuple[Body, tuple[Dropped, ...]]:
    """Builds the body, and names what was left out.

    Raises `InvalidRequest` for content that cannot be read, and for native members of other types.
    """
    ability = abilities(endpoint)
    dropped: list[Dropped] = []
    conversation = Conversation(media, system_turns=platform.system_turns and ability.system_turns)
    beside = beside_calls(request)
    for place, message in enumerate(request.body.messages):
        conversation.add(message, place, beside[place])
    conversation.finish()
    dropped += conversation.dropped

    built: Body = {"model": endpoint.model, "max_tokens": _limit(request, endpoint, dropped)}
    if conversation.system:
        built["system"] = conversation.system
    built["messages"] = conversation.turns
    form = answer_form(request, endpoint)
    dropped += form.dropped
    tools = tools_of(request, endpoint, ability, dropped)
    choice = choice_of(request)
    parallel = request.body.parallel_tool_calls
    if form.tool:
        tools, choice = [*tools, form.tool], form.choice
        parallel = False if form.alone else parallel
    if not tools and choice and choice.mode in ("required", "function"):
        dropped.append(Dropped("tool_choice", "there are no tools to call"))
    _add_tools(built, tools, choice, parallel=parallel)
    thinking = plan(request, ability, _situation(built, conversation))
    dropped += thinking.dropped
    if thinking.config:
        built["thinking"] = thinking.config
        if thinking.config.get("type") == "adaptive" and "thinking" not in request.members:
            dropped += asked.changed_effort(request, thinking.effort, endpoint)
    if config := _output_config(request, ability, form, thinking, dropped):
        built["output_config"] = config
    built |= sampling(request, endpoint, ability, thinks=thinking.thinks, dropped=dropped)
    _add_plain(built, request, dropped)
    dropped += asked.left_out(request, _TAKEN, endpoint)
    dropped += asked.lost_hints(request, endpoint, cache=True, strict=True)
    return built, tuple(dropped)


def written(body: Body) -> bytes:
    """The body's JSON. Raises `InvalidRequest` for one that is nested too deeply."""
    try:
        return msgspec.json.encode(body)
    except RecursionError:
        raise InvalidRequest([Violation("", "the body is nested too deeply")]) from None


def _limit(request: ChatRequest, endpoint: Endpoint, dropped: list[Dropped]) -> int:
    if request.cap:
        return request.cap
    if limit := endpoint.facts.max_completion_tokens:
        return limit
    reason = (
        f"needed by provider '{endpoint.provider}' but not given, and this model's limit is not known; "
        f"{_UNKNOWN_LIMIT} was sent"
    )
    dropped.append(Dropped("max_tokens", reason))
    return _UNKNOWN_LIMIT


def _add_tools(built: Body, tools: list[Tool], choice: ToolChoice | None, *, parallel: bool | None) -> None:
    if not tools:
        return
    built["tools"] = tools
    if word := tool_choice(choice, parallel=parallel):
        built["tool_choice"] = word


def _situation(built: Body, conversation: Conversation) -> Situation:
    """What a thinking budget depends on."""
    turns = built["messages"]
    waiting = any(block["type"] == "tool_result" for block in turns[-1]["content"])
    called = turns[-2]["content"][0]["type"] if waiting and len(turns) > 1 else ""
    return Situation(
        max_tokens=built["max_tokens"],
        forced_tool=built.get("tool_choice", {}).get("type") in ("any", "tool"),
        unthought=waiting and called not in ("thinking", "redacted_thinking"),
        prefilled=conversation.prefilled,
    )


def _output_config(
    request: ChatRequest, ability: Abilities, form: AnswerForm, thinking: Plan, dropped: list[Dropped]
) -> dict[str, Any]:
    """Effort and format; Anthropic's own `output_config` stays around them."""
    config = asked.member(request, "output_config", dict[str, Any]) or {}
    effort = thinking.effort
    if wanted := request.body.verbosity:
        # OpenRouter A3.1: verbosity is Anthropic's effort.
        if effort is None and wanted in ability.efforts:
            effort = wanted
        else:
            reason = "the effort of thinking decides" if effort else "this model takes no such effort"
            dropped.append(Dropped("verbosity", reason))
    if effort:
        config.setdefault("effort", effort)
    if form.format:
        config["format"] = form.format
    return config


def _add_plain(built: Body, request: ChatRequest, dropped: list[Dropped]) -> None:
    given = request.body
    if sequences := stops(request, dropped):
        built["stop_sequences"] = sequences
    if request.stream:
        built["stream"] = True
    if user := _user(request):
        built["metadata"] = {"user_id": user}
    if given.cache_control:
        built["cache_control"] = given.cache_control
    if given.service_tier in _TIERS:
        built["service_tier"] = _TIERS[given.service_tier]
    elif given.service_tier:
        dropped.append(Dropped("service_tier", f"provider has no tier '{given.service_tier}'"))
    for name, kind in _NATIVE.items():
        if asked.member(request, name, kind) is not None:
            built[name] = asked.member(request, name, Any)


def _user(request: ChatRequest) -> str | None:
    if request.body.user:
        return request.body.user
    user = (asked.member(request, "metadata", dict[str, Any]) or {}).get("user_id")
    return user if isinstance(user, str) else None
