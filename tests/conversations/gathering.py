"""Joins a streamed answer as a client does, by the plain rules of the OpenAI dialect: none of our code."""

from typing import Any

_TEXTS = ("content", "reasoning", "refusal")
_LISTS = ("images", "annotations")


def gathered(chunks: list[Any]) -> dict[str, Any]:
    """The whole answer of which these are the chunks; of several choices the first."""
    message: dict[str, Any] = {"role": "assistant", "content": None}
    choice: dict[str, Any] = {"message": message, "finish_reason": None}
    whole: dict[str, Any] = {"choices": [choice]}
    for chunk in chunks:
        assert "error" not in chunk, chunk
        named = ("usage", "metadata", "model", "service_tier")
        whole |= {name: chunk[name] for name in named if chunk.get(name) is not None}
        for part in chunk["choices"]:
            if part["index"] == 0:
                _add_delta(message, part["delta"])
                _add_choice(choice, part)
    return whole


def _add_delta(message: dict[str, Any], delta: dict[str, Any]) -> None:
    for name in _TEXTS:
        if delta.get(name) is not None:
            message[name] = (message.get(name) or "") + delta[name]
    for name in _LISTS:
        message[name] = [*message.get(name, ()), *(delta.get(name) or ())]
    for detail in delta.get("reasoning_details") or ():
        _add_detail(message.setdefault("reasoning_details", []), detail)
    for call in delta.get("tool_calls") or ():
        _add_call(message.setdefault("tool_calls", []), call)
    if audio := delta.get("audio"):
        known = message.setdefault("audio", {})
        grown = {
            name: known.get(name, "") + audio[name] for name in ("data", "transcript") if audio.get(name)
        }
        message["audio"] = {**known, **audio, **grown}


def _add_choice(choice: dict[str, Any], part: dict[str, Any]) -> None:
    reasons = ("finish_reason", "native_finish_reason")
    choice |= {name: part[name] for name in reasons if part.get(name)}
    if logprobs := part.get("logprobs"):
        known = choice.setdefault("logprobs", {"content": []})
        known["content"] = [*known["content"], *(logprobs.get("content") or ())]


def _add_call(calls: list[Any], new: dict[str, Any]) -> None:
    if new["index"] == len(calls):
        calls.append({"id": new["id"], "type": "function", "function": {"name": "", "arguments": ""}})
    function, said = calls[new["index"]]["function"], new.get("function", {})
    function["name"] += said.get("name") or ""
    function["arguments"] += said.get("arguments") or ""


def _add_detail(details: list[Any], new: dict[str, Any]) -> None:
    """Joins the pieces of one reasoning detail, as OpenRouter's SDKs do."""
    for known in details:
        same = (known["type"], known.get("index")) == (new["type"], new.get("index"))
        if same and new.get("index") is not None:
            said = {name: value for name, value in new.items() if value is not None}
            grown = [name for name in ("text", "summary", "data") if known.get(name) and said.get(name)]
            known |= {**said, **{name: known[name] + said[name] for name in grown}}
            return
    details.append(dict(new))
