"""What the model families of Bedrock take that Converse itself leaves to the model.

Sources: recorded requests; the Bedrock user guide (structured-output, claude-messages-adaptive-thinking,
prompt-caching, inference-request-params, model cards) and the Nova 2 user guide (extended-thinking,
request-response-schema); pydantic-ai's profiles, which were tried against the service.
"""

import re
from typing import Final, Literal

import msgspec

from service.dialects.anthropic.claude import version_of
from service.types.upstream import Endpoint

GROUNDING: Final = "nova_grounding"
"""Nova's own web search."""
SYSTEM_TOOLS: Final = (GROUNDING, "nova_code_interpreter")
"""Tools that Nova runs itself (Nova 2 user guide; recorded)."""

ThinkingForm = Literal["nova", "reasoning_effort", "reasoning", "reasoning_config"]


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One family. None is unknown, and unknown things are left to the service to judge.

    - `claude`: whether Anthropic's own request fields and reasoning signatures are understood; how it
      thinks and which samplers it takes is then said by `dialects.anthropic.claude`.
    - `thinking`: how others are asked to think: Nova's `reasoningConfig`; flat `reasoning_effort`;
      `reasoning` = {"effort": ...}; flat `reasoning_config`.
    - `efforts`: the levels that takes, ascending.
    - `keeps_thoughts`: whether its thoughts of earlier turns may be sent back.
    - `schemas`: whether `outputConfig.textFormat` constrains the answer, and `strict` a tool's arguments.
    - `forces_tools`: whether `toolChoice` may be `any`.
    - `caches`: where a cache point may stand; `long_caches`: whether it takes a time to live.
    - `system_tools`: tools that the model runs itself, asked for by a tool of that type.
    - `nova_top_k`: whether top_k is taken as Nova takes it.
    - `sampling`: whether others take temperature and top_p.
    - `starts_with_assistant`: whether a conversation may.
    - `json_results`: whether results of tools should be JSON where they are objects.
    - `results_alone`: whether a turn with results of tools may hold nothing else.
    """

    claude: bool = False
    thinking: ThinkingForm | None = None
    efforts: tuple[str, ...] = ()
    keeps_thoughts: bool = False
    schemas: bool | None = None
    forces_tools: bool | None = None
    caches: Literal["everywhere", "messages", "nowhere"] = "nowhere"
    long_caches: bool = False
    system_tools: tuple[str, ...] | None = ()
    nova_top_k: bool = False
    sampling: bool = True
    starts_with_assistant: bool = False
    json_results: bool = False
    results_alone: bool = False


_HIGH = ("none", "high")
_THREE = ("low", "medium", "high")
_FIVE = ("low", "medium", "high", "xhigh", "max")


_CLAUDE = Family(
    claude=True,
    schemas=False,
    forces_tools=True,
    caches="everywhere",
    keeps_thoughts=True,
    starts_with_assistant=True,
)
_NOVA = Family(schemas=False, forces_tools=True, caches="messages", nova_top_k=True)
_OPEN = Family(schemas=True)
_replace = msgspec.structs.replace

UNKNOWN = Family(caches="everywhere", long_caches=True, system_tools=None)

# The first pattern found in the id counts; dots and slashes of the id are read as hyphens.
_FAMILIES: tuple[tuple[re.Pattern[str], Family], ...] = tuple(
    (re.compile(pattern), family)
    for pattern, family in (
        ("claude-(?:fable|mythos)", _replace(_CLAUDE, long_caches=True)),
        (
            "claude-(?:opus|sonnet|haiku)-(?:4-[5-9]|[5-9])(?![0-9])",
            _replace(_CLAUDE, schemas=True, long_caches=True),
        ),
        ("claude", _CLAUDE),
        (
            "nova-2",
            _replace(_NOVA, thinking="nova", efforts=_THREE, keeps_thoughts=True, system_tools=SYSTEM_TOOLS),
        ),
        ("nova-premier", _replace(_NOVA, system_tools=(GROUNDING,))),
        ("nova", _NOVA),
        ("gpt-oss", _replace(_OPEN, thinking="reasoning_effort", efforts=_THREE)),
        ("openai-gpt", Family(thinking="reasoning", efforts=("none", *_FIVE[:4]), sampling=False)),
        ("grok", Family(thinking="reasoning", efforts=_FIVE[:4], sampling=False, forces_tools=True)),
        ("deepseek-r1", Family(schemas=False, forces_tools=False)),
        ("deepseek", _replace(_OPEN, thinking="reasoning_effort", efforts=_HIGH)),
        ("qwen3-coder", _replace(_OPEN, starts_with_assistant=True)),
        (
            "qwen",
            _replace(
                _OPEN,
                thinking="reasoning_config",
                efforts=("none", "low", "high"),
                starts_with_assistant=True,
            ),
        ),
        (
            "glm-5-3",
            _replace(
                _OPEN,
                thinking="reasoning_effort",
                efforts=_FIVE,
                forces_tools=True,
                starts_with_assistant=True,
            ),
        ),
        (
            "glm",
            _replace(
                _OPEN,
                thinking="reasoning_effort",
                efforts=_HIGH,
                forces_tools=True,
                starts_with_assistant=True,
            ),
        ),
        ("kimi", _replace(_OPEN, forces_tools=True, starts_with_assistant=True)),
        ("minimax|nemotron|gemma-3", _OPEN),
        (
            "magistral-small|ministral-3|mistral-large-3|voxtral",
            _replace(_OPEN, json_results=True, results_alone=True),
        ),
        ("mistral|mixtral|pixtral", Family(schemas=False, json_results=True, results_alone=True)),
        ("llama", Family(schemas=False, forces_tools=False, results_alone=True)),
        ("palmyra", Family(schemas=False, results_alone=True)),
        ("command|jamba", Family(schemas=False)),
    )
)


def family_of(endpoint: Endpoint) -> Family:
    """The family by the model's id; for an ARN that says nothing, by the model that the catalog knows."""
    return _named(endpoint.model) or _named(_known(endpoint)) or UNKNOWN


def claude_of(endpoint: Endpoint) -> Endpoint:
    """The endpoint under a name that tells the Claude behind it."""
    told = version_of(endpoint.model) or not version_of(_known(endpoint))
    return endpoint if told else _replace(endpoint, model=_known(endpoint))


def _known(endpoint: Endpoint) -> str:
    return endpoint.facts.model.id if endpoint.facts.model else ""


def _named(text: str) -> Family | None:
    name = text.lower().replace(".", "-").replace("/", "-")
    return next((family for pattern, family in _FAMILIES if pattern.search(name)), None)
