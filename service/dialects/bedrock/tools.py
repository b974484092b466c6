"""Tools and the choice among them: `toolConfig`, and what only Claude's own fields can say.

Converse has no choice `none`. Tools are left out then, unless earlier turns used some: Bedrock wants
`toolConfig` where the history has calls. Claude is told by its own `tool_choice`, which must not stand beside
Converse's; other models cannot be told (see `obstacles`).

Source: botocore's service model; issues vercel/ai#7537, langgenius/dify#17545; pydantic-ai's profiles.
"""

from typing import Any, Final

from service.dialects import asked
from service.dialects.anthropic.request_schema import constrained
from service.dialects.asked import ToolChoice
from service.dialects.bedrock.families import GROUNDING, Family
from service.dialects.bedrock.formats import Form, rooted, told
from service.dialects.bedrock.messages import cache_point
from service.types.chat_request import ChatRequest, Function, Tool
from service.types.upstream import Dropped, Endpoint

_NO_PARAMETERS: Final = {"type": "object", "properties": {}}
_CLAUDE_CHOICES: Final = {"auto": "auto", "required": "any", "function": "tool", "none": "none"}


class Tools:
    """`toolConfig` (None for none), the model's own fields, and what was left out.

    `forced` says whether the model has to call a tool. Raises `InvalidRequest` for a choice of no tool.
    """

    def __init__(
        self, request: ChatRequest, endpoint: Endpoint, family: Family, form: Form | None, *, caching: bool
    ) -> None:
        self.config: dict[str, Any] | None = None
        self.fields: dict[str, Any] = {}
        self.dropped: list[Dropped] = []
        self._family = family
        choice = asked.tool_choice(request) or ToolChoice("auto")
        used = used_tools(request)
        answers = form if form and form.way == "tool" else None
        specs: list[dict[str, Any]] = []
        if choice.mode != "none" or (used and not answers):
            for place, tool in asked.offered(request):
                specs += self._specs(tool, f"tools[{place}]", caching=caching)
        specs += self._search(request, endpoint, specs)
        if answers:
            # It is the only one where the caller wants no call: the model must call one of those it has.
            specs.append(answers.tool())
            choice = ToolChoice("required")
        if not specs and used:
            specs = [_spec(name) for name in used]
            choice = ToolChoice("none")
        self.forced = bool(specs) and choice.mode in ("required", "function")
        if specs:
            given = request.body.tool_choice is not None or answers is not None
            self.config = {"tools": specs, **self._chosen(choice, request, given=given)}

    def _chosen(self, choice: ToolChoice, request: ChatRequest, *, given: bool) -> dict[str, Any]:
        one_at_a_time = request.body.parallel_tool_calls is False
        if one_at_a_time and not self._family.claude:
            reason = "this model has no such parameter"
            self.dropped.append(Dropped("parallel_tool_calls", reason))
        if self._family.claude and (choice.mode == "none" or one_at_a_time):
            own: dict[str, Any] = {"type": _CLAUDE_CHOICES[choice.mode]}
            if choice.name:
                own["name"] = choice.name
            if one_at_a_time and choice.mode != "none":
                own["disable_parallel_tool_use"] = True
            self.fields = {"tool_choice": own}
            return {}
        if choice.mode == "none" or not given:
            return {}
        forms: dict[str, Any] = {"function": {"tool": {"name": choice.name}}, "required": {"any": {}}}
        return {"toolChoice": forms.get(choice.mode, {"auto": {}})}

    def _specs(self, tool: Tool, path: str, *, caching: bool) -> list[dict[str, Any]]:
        if tool.function is None:
            return [{"systemTool": {"name": tool.type}}]
        spec = self._spec(tool.function, f"{path}.function")
        if not tool.cache_control or not caching:
            return [spec]
        if self._family.caches != "everywhere":
            self.dropped.append(Dropped(f"{path}.cache_control", "this model does not cache tools"))
            return [spec]
        return [spec, cache_point(tool.cache_control, self._family)]

    def _spec(self, function: Function, path: str) -> dict[str, Any]:
        spec: dict[str, Any] = {"name": function.name}
        if function.description and function.description.strip():  # a blank one is refused
            spec["description"] = function.description
        schema: dict[str, Any] = rooted(dict(function.parameters or _NO_PARAMETERS))
        spec["inputSchema"] = {"json": schema}
        if not function.strict:
            return {"toolSpec": spec}
        fitted = constrained(schema) if self._family.claude and self._family.schemas else None
        if self._family.schemas is False or (self._family.claude and fitted is None):
            reason = "this model cannot be bound to the tool's schema"
            self.dropped.append(Dropped(f"{path}.strict", reason))
            return {"toolSpec": spec}
        if fitted:
            spec["inputSchema"] = {"json": fitted.schema}
            if fitted.told:
                self.dropped.append(Dropped(f"{path}.parameters", told(fitted.told)))
        return {"toolSpec": {**spec, "strict": True}}

    def _search(
        self, request: ChatRequest, endpoint: Endpoint, specs: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """The vendor's own search, for `web_search_options`; it has no options."""
        if "web_search_options" not in request.members or not searches(self._family):
            return []
        for name in asked.member(request, "web_search_options", dict[str, Any]) or {}:
            self.dropped.append(asked.no_parameter(f"web_search_options.{name}", endpoint))
        search = {"systemTool": {"name": GROUNDING}}
        return [] if search in specs else [search]


def searches(family: Family) -> bool:
    """Whether the model is known to search the web by itself."""
    return GROUNDING in (family.system_tools or ())


def used_tools(request: ChatRequest) -> list[str]:
    """The names of the tools that earlier turns called, each once."""
    calls = (call for message in request.body.messages for call in message.tool_calls or ())
    return list(dict.fromkeys(call.function.name for call in calls if call.function))


def _spec(name: str) -> dict[str, Any]:
    return {"toolSpec": {"name": name, "inputSchema": {"json": _NO_PARAMETERS}}}
