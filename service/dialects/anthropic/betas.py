"""Which beta headers a request body needs. Source: the SDK's AnthropicBetaParam and beta types.

Features that have left beta (structured outputs, the 1 h cache, code execution, web fetch) need none.
"""

from typing import Any

import msgspec
from msgspec import Raw

_TOOLS = {
    "computer_20241022": "computer-use-2024-10-22",
    "bash_20241022": "computer-use-2024-10-22",
    "text_editor_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
    "code_execution_20250522": "code-execution-2025-05-22",
    "advisor_20260301": "advisor-tool-2026-03-01",
    "mcp_toolset": "mcp-client-2025-11-20",
}
_COMPACTION = "compact-2026-01-12"
_MCP, _OLD_MCP = "mcp-client-2025-11-20", "mcp-client-2025-04-04"
# Blocks of earlier answers.
_BLOCKS = {
    "compaction": _COMPACTION,
    "mcp_tool_use": _MCP,
    "mcp_tool_result": _MCP,
    "advisor_tool_result": "advisor-tool-2026-03-01",
}
_MEMBERS = {
    "speed": "fast-mode-2026-02-01",
    "diagnostics": "cache-diagnosis-2026-04-07",
    "fallbacks": "server-side-fallback-2026-07-01",
}


def betas(body: dict[str, Any]) -> list[str]:
    """The betas that the features in a body belong to, in a stable order."""
    types = [_type(tool) for tool in body.get("tools", ())]
    found = [_TOOLS[type_] for type_ in types if type_ in _TOOLS]
    found += [beta for name, beta in _MEMBERS.items() if name in body]
    if body.get("mcp_servers") and _MCP not in found:
        found.append(_OLD_MCP)  # whose servers carry their tools' configuration
    if isinstance(container := body.get("container"), dict) and container.get("skills"):
        found.append("skills-2025-10-02")
    if "task_budget" in body.get("output_config", {}):
        found.append("task-budgets-2026-03-13")
    found += [
        _COMPACTION if str(edit.get("type")).startswith("compact") else "context-management-2025-06-27"
        for edit in (body.get("context_management") or {}).get("edits") or ()
    ]
    blocks = [block for turn in body["messages"] for block in turn["content"]]
    if any(_names_file(block) for block in blocks):
        found.append("files-api-2025-04-14")
    found += [_BLOCKS[block["type"]] for block in blocks if block["type"] in _BLOCKS]
    if _OLD_MCP in found:
        found = [beta for beta in found if beta != _MCP]
    return list(dict.fromkeys(found))


def _type(tool: dict[str, Any]) -> str | None:
    type_ = tool.get("type")
    return str(msgspec.json.decode(type_)) if isinstance(type_, Raw) else type_


def _names_file(block: dict[str, Any]) -> bool:
    inner = block.get("content") if block["type"] == "tool_result" else None
    if isinstance(inner, list):
        return any(_names_file(each) for each in inner)
    source = block.get("source")
    return isinstance(source, dict) and source.get("type") == "file"
