"""Tools and the choice among them: `toolConfig`, and what only Claude's own fields can say.

Converse has no choice `none`. Tools are left out then, unless earlier turns used some: Bedrock wants
`toolConfig` where the history has calls. Claude is told by its own `tool_choice`, which must not stand beside
Converse's; other models cannot be told (see `obstacles` of the dialect).

Source: botocore's service model; issues vercel/ai#7537, langgenius/dify#17545; pydantic-ai's profiles.
"""

from typing import Any, Final

from service.dialects.asked import ToolChoice, tool_choice
from service.dialects.bedrock.families import Family
from service.dialects.bedrock.formats import Form
from service.dialects.bedrock.messages import cache_point
from service.types.chat_request import ChatRequest, Tool
from service.types.upstream import Dropped

SYSTEM_TOOLS: Final = ("nova_grounding", "nova_code_interpreter")
"""Tools that Nova runs itself, asked for by a tool of that type (Nova 2 user guide; recorded)."""

_NO_PARAMETERS: Final = {"type": "object", "properties": {}}
_CLAUDE_CHOICES: Final = {"auto": "auto", "required": "any", "function": "tool", "none": "none"}


class Tools:
    """`toolConfig` (None for none), the model's own fields, and what was left out.

    `forced` says whether the model has to call a tool.
    """

    def __init__(self, request: ChatRequest, family: Family, form: Form | None, *, caching: bool) -> None:
        self.config: dict[str, Any] | None = None
        self.fields: dict[str, Any] = {}
        self.dropped: list[Dropped] = []
        self._family = family
        choice = tool_choice(request) or ToolChoice("auto")
        used = used_tools(request)
        tools = request.body.tools or []
        specs = [spec for tool in tools for spec in self._specs(tool, caching=caching)]
        as_tool = form is not None and form.way == "tool"
        if choice.mode == "none":
            specs = specs if used else []
        if form and as_tool:
            specs.append(form.tool())
            choice = choice if choice.mode == "function" else ToolChoice("required")
        if not specs and used:
            specs = [_spec(name) for name in used]
            choice = ToolChoice("none")
        self.forced = bool(specs) and choice.mode in ("required", "function")
        if specs:
            given = request.body.tool_choice is not None or as_tool
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

    def _specs(self, tool: Tool, *, caching: bool) -> list[dict[str, Any]]:
        if tool.function is None:
            return [{"systemTool": {"name": tool.type}}]
        function = tool.function
        spec: dict[str, Any] = {"name": function.name}
        if function.description:
            spec["description"] = function.description
        schema = _NO_PARAMETERS if function.parameters is None else function.parameters
        spec["inputSchema"] = {"json": schema}
        if function.strict:
            if self._family.schemas is False:
                reason = "this model cannot be bound to a tool's schema"
                self.dropped.append(Dropped(f"tools.{function.name}.strict", reason))
            else:
                spec["strict"] = True
        point = [cache_point(tool.cache_control, self._family)] if tool.cache_control and caching else []
        return [{"toolSpec": spec}, *(point if self._family.caches == "everywhere" else [])]


def used_tools(request: ChatRequest) -> list[str]:
    """The names of the tools that earlier turns called, each once."""
    calls = (call for message in request.body.messages for call in message.tool_calls or ())
    return list(dict.fromkeys(call.function.name for call in calls if call.function))


def _spec(name: str) -> dict[str, Any]:
    return {"toolSpec": {"name": name, "inputSchema": {"json": _NO_PARAMETERS}}}
