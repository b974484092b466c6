"""What the demo models say: pure, from the request's JSON to the pieces of an answer."""

import json
from typing import Any, NamedTuple

from service.upstream.demo.samples import sample


class DemoModel(NamedTuple):
    """How a demo model behaves: seconds before its first word and between words; whether it thinks."""

    first_word: float
    between_words: float
    thinks: bool


MODELS = {
    "fast": DemoModel(0.01, 0.005, thinks=False),
    "clever": DemoModel(0.3, 0.04, thinks=True),
    "failing": DemoModel(0.01, 0.005, thinks=False),
}


class DemoAnswer(NamedTuple):
    """A whole answer in pieces; `tool_call` stands instead of words."""

    thoughts: list[str]
    words: list[str]
    tool_call: dict[str, Any] | None
    finish_reason: str
    usage: dict[str, int]


def answer(model: str, request: dict[str, Any]) -> DemoAnswer:
    """Answers a tool call when tools are given, JSON when a schema is, else in words about the question."""
    question = last_text(request)
    thoughts = _words(f"The question is: {question} ") if MODELS[model].thinks else []
    prompt_tokens = len(json.dumps(request.get("messages")).split())
    if call := _tool_call(request, question):
        size = len(thoughts) + 1
        return DemoAnswer(thoughts, [], call, "tool_calls", _usage(prompt_tokens, size, len(thoughts)))
    words = _words(_text(model, request, question))
    limit = request.get("max_completion_tokens") or request.get("max_tokens") or len(words)
    finish = "length" if limit < len(words) else "stop"
    words = words[:limit]
    size = len(thoughts) + len(words)
    return DemoAnswer(thoughts, words, None, finish, _usage(prompt_tokens, size, len(thoughts)))


def last_text(request: dict[str, Any]) -> str:
    """The text of the last user message."""
    for message in reversed(request.get("messages") or []):
        if message.get("role") == "user":
            content = message.get("content")
            if isinstance(content, list):
                return " ".join(part.get("text") or f"[{part.get('type')}]" for part in content)
            return str(content)
    return ""


def _text(model: str, request: dict[str, Any], question: str) -> str:
    form = request.get("response_format") or {}
    if form.get("type") == "json_schema":
        return json.dumps(sample((form.get("json_schema") or {}).get("schema") or {}, question))
    if form.get("type") == "json_object":
        return json.dumps({"model": f"demo/{model}", "question": question})
    last = request["messages"][-1]
    if last.get("role") == "tool":
        return f"The tool answered: {last.get('content')}"
    return f"This is demo/{model}, a model inside Pointsman. You said: {question}"


def _tool_call(request: dict[str, Any], question: str) -> dict[str, Any] | None:
    choice = request.get("tool_choice")
    functions = [tool["function"] for tool in request.get("tools") or [] if tool.get("type") == "function"]
    if not functions or choice == "none" or request["messages"][-1].get("role") == "tool":
        return None
    wanted = choice["function"]["name"] if isinstance(choice, dict) and "function" in choice else None
    function = next((each for each in functions if each["name"] == wanted), functions[0])
    arguments = json.dumps(sample(function.get("parameters") or {"type": "object"}, question))
    return {"name": function["name"], "arguments": arguments}


def _words(text: str) -> list[str]:
    """Splits after each space, so that the pieces join to the same text."""
    pieces = text.split(" ")
    return [piece + " " for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])


def _usage(prompt: int, completion: int, reasoning: int) -> dict[str, int]:
    return {"prompt": prompt, "completion": completion, "reasoning": reasoning}
