"""OpenAI's Responses API on loopback."""

import json
from typing import Any

from tests.upstreams import situations
from tests.upstreams.situations import Received, Reply, SituationVendor

PATH = "/v1/responses"
REFUSED = "I can't help with that."
FAILED = {"code": "server_error", "message": "The model failed to generate a response."}
# Status, type, code and message as OpenAI sends them.
ERRORS: dict[str, tuple[int, str, str | None, str]] = {
    "rate-limit": (
        429,
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for gpt-5 on requests per min.",
    ),
    "context-length": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
    ),
    "auth": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-***."),
    "overloaded": (503, "server_error", "server_is_overloaded", "Our servers are currently overloaded."),
    "bad-request": (
        400,
        "invalid_request_error",
        "unsupported_parameter",
        "Unsupported parameter: 'temperature' is not supported with this model.",
    ),
    "not-found": (
        404,
        "invalid_request_error",
        "model_not_found",
        "The model `gpt-0` does not exist or you do not have access to it.",
    ),
    "content-policy": (
        400,
        "invalid_request_error",
        "invalid_prompt",
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    ),
    "invalid-image": (400, "invalid_request_error", "invalid_image_format", "The image cannot be used."),
    "server-error": (500, "server_error", None, "The server had an error while processing your request."),
    "failing": (500, "server_error", None, "The server had an error while processing your request."),
}

Item = dict[str, Any]


def message(part: Item) -> Item:
    return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]}


def text(said: str) -> Item:
    return message({"type": "output_text", "text": said, "annotations": [], "logprobs": []})


def call(number: int, name: str, arguments: dict[str, Any]) -> Item:
    named = {"call_id": f"call_{number}", "name": name, "arguments": json.dumps(arguments)}
    return {"id": f"fc_{number}", "type": "function_call", "status": "completed", **named}


REASONING: Item = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": situations.THOUGHTS}],
    "encrypted_content": situations.SIGNATURE,
}
OUTPUTS: dict[str, list[Item]] = {
    "text": [text(situations.TEXT)],
    "tools": [call(number, *called) for number, called in enumerate(situations.CALLS, 1)],
    "tool-result": [text(situations.AFTER_RESULTS)],
    "image": [text(situations.IMAGE)],
    "schema": [text(json.dumps(situations.SCHEMA))],
    "reasoning": [REASONING, text(situations.ANSWER)],
    "refusal": [message({"type": "refusal", "refusal": REFUSED})],
    "cut": [text(situations.PARTIAL)],
    "failing": [text(situations.PARTIAL)],
}


class FakeResponses(SituationVendor):
    """POST /v1/responses."""

    def model(self, request: Received) -> str:
        model: str = request.body["model"]
        return model

    def streams(self, request: Received) -> bool:
        return bool(request.body.get("stream"))

    def reply(self, situation: str, request: Received, *, stream: bool) -> Reply:
        model = self.model(request)
        if request.path != PATH:
            return Reply.of_json({"error": {"message": f"Invalid URL (POST {request.path})"}}, 404)
        if situation in ERRORS and not (situation == "failing" and stream):
            status, kind, code, words = ERRORS[situation]
            error = {"message": words, "type": kind, "param": None, "code": code}
            headers = {"retry_after": str(situations.RETRY_AFTER)} if situation == "rate-limit" else {}
            return Reply.of_json({"error": error}, status, **headers)
        output = OUTPUTS[situation]
        if not stream:
            whole = json.dumps(response(model, "completed", output)).encode()
            cut = situation == "cut"
            return Reply(writes=[whole[: len(whole) // 2] if cut else whole], cut=cut)
        events = streamed(model, output)
        if situation in ("cut", "failing"):
            # The text has begun, and is not done.
            events = events[
                : next(at for at, event in enumerate(events) if event["type"].endswith(".delta")) + 2
            ]
        if situation == "failing":
            events.append(
                {"type": "response.failed", "response": response(model, "failed", [], error=FAILED)}
            )
        writes = [frame(number, event) for number, event in enumerate(events)]
        return Reply(content_type="text/event-stream; charset=utf-8", writes=writes, cut=situation == "cut")


def response(model: str, status: str, output: list[Item], **members: Any) -> Item:
    """A response object; only a completed one has counts."""
    prompt, answer = situations.PROMPT_TOKENS, situations.COMPLETION_TOKENS
    usage = {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": answer,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + answer,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1760000000,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": model,
        "output": output,
        "parallel_tool_calls": True,
        "service_tier": "default",
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": usage if status == "completed" else None,
        **members,
    }


def streamed(model: str, output: list[Item]) -> list[Item]:
    """The events of a whole answer, without their numbers."""
    events: list[Item] = [
        {"type": f"response.{step}", "response": response(model, "in_progress", [])}
        for step in ("created", "in_progress")
    ]
    for index, item in enumerate(output):
        place = {"output_index": index, "item_id": item["id"]}
        started = {name: [] if isinstance(value, list) else value for name, value in item.items()}
        started |= {"arguments": ""} if "arguments" in item else {}
        started |= {"status": "in_progress"} if "status" in item else {}
        events.append({"type": "response.output_item.added", "output_index": index, "item": started})
        for number, part in enumerate(item.get("content") or ()):
            events += _part(place | {"content_index": number}, part)
        for number, part in enumerate(item.get("summary") or ()):
            events += _summary(place | {"summary_index": number}, part)
        if "arguments" in item:
            name, whole = "response.function_call_arguments", item["arguments"]
            events += [{"type": f"{name}.delta", **place, "delta": piece} for piece in (whole[:4], whole[4:])]
            events.append({"type": f"{name}.done", **place, "arguments": whole, "name": item["name"]})
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    return [*events, {"type": "response.completed", "response": response(model, "completed", output)}]


def _part(place: Item, part: Item) -> list[Item]:
    member, name = ("text", "output_text") if part["type"] == "output_text" else ("refusal", "refusal")
    more: Item = {"logprobs": []} if member == "text" else {}
    whole = part[member]
    return [
        {"type": "response.content_part.added", **place, "part": part | {member: ""}},
        *(
            {"type": f"response.{name}.delta", **place, "delta": piece, **more}
            for piece in (whole[:2], whole[2:])
        ),
        {"type": f"response.{name}.done", **place, member: whole, **more},
        {"type": "response.content_part.done", **place, "part": part},
    ]


def _summary(place: Item, part: Item) -> list[Item]:
    name = "response.reasoning_summary"
    return [
        {"type": f"{name}_part.added", **place, "part": part | {"text": ""}},
        {"type": f"{name}_text.delta", **place, "delta": part["text"]},
        {"type": f"{name}_text.done", **place, "text": part["text"]},
        {"type": f"{name}_part.done", **place, "part": part},
    ]


def frame(number: int, event: Item) -> bytes:
    """One server-sent event, named and numbered."""
    data = json.dumps({**event, "sequence_number": number})
    return f"event: {event['type']}\ndata: {data}\n\n".encode()
