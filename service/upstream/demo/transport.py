"""Serves the demo models behind httpx's transport interface, in OpenAI's wire format.

So a demo request takes the same way as any other: encoded, sent, framed and decoded.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx

from service.upstream.demo.answers import MODELS, DemoAnswer, answer, last_text

_ENCODING = {"content-type": "application/json"}
_MAX_CHOICES = 16


class DemoTransport(httpx.AsyncBaseTransport):
    """The demo provider's server side."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answers one chat completion."""
        body: dict[str, Any] = json.loads(await request.aread())
        model = body["model"]
        choices = body.get("n") or 1
        try:
            if model == "failing" and (failure := _failure(last_text(body))):
                return failure
            reply = answer(model, body)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            return _refusal(f"The demo models cannot read this request: {error!r}")
        if choices > _MAX_CHOICES:
            return _refusal(f"The demo models give at most {_MAX_CHOICES} choices.")
        call = _DemoCall(model, reply, choices, breaks=model == "failing")
        if body.get("stream"):
            usage = bool((body.get("stream_options") or {}).get("include_usage"))
            stream = _Stream(call.events(usage=usage))
            return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=stream)
        return httpx.Response(200, headers=_ENCODING, stream=_Stream(call.body()))


class _Stream(httpx.AsyncByteStream):
    def __init__(self, source: AsyncIterator[bytes]) -> None:
        self._source = source

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._source


class _DemoCall:
    """One answer on its way, at its model's pace; `breaks` ends it after the first half."""

    def __init__(self, model: str, reply: DemoAnswer, choices: int, *, breaks: bool) -> None:
        self._model = model
        self._pace = MODELS[model]
        self._reply = reply
        self._choices = choices
        self._breaks = breaks
        self._call_ids = [f"call_{secrets.token_hex(8)}" for _ in range(choices)]

    async def events(self, *, usage: bool) -> AsyncIterator[bytes]:
        """Streams word by word."""
        yield self._event({"role": "assistant", "content": ""})
        await asyncio.sleep(self._pace.first_word)
        deltas = [
            *({"reasoning": thought} for thought in self._reply.thoughts),
            *({"content": word} for word in self._reply.words),
        ]
        if self._breaks:
            deltas = deltas[: len(deltas) // 2]
        for place, delta in enumerate(deltas):
            if place:
                await asyncio.sleep(self._pace.between_words)
            yield self._event(delta)
        if self._breaks:
            raise httpx.ReadError("the demo model broke off, as asked")
        if self._reply.tool_call:
            yield self._event(tools=True)
        yield self._event({}, finish_reason=self._reply.finish_reason)
        if usage:
            yield _frame(self._base("chat.completion.chunk") | {"choices": [], "usage": self._usage()})
        yield b"data: [DONE]\n\n"

    async def body(self) -> AsyncIterator[bytes]:
        """Answers whole, in the time the words would have taken."""
        words = [*self._reply.thoughts, *self._reply.words]
        await asyncio.sleep(self._pace.first_word + self._pace.between_words * len(words))
        if self._breaks:
            raise httpx.ReadError("the demo model broke off, as asked")
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._reply.words) or None}
        if self._reply.thoughts:
            message["reasoning"] = "".join(self._reply.thoughts)
        choices = []
        for index in range(self._choices):
            tools = {"tool_calls": [self._tool_call(index)]} if self._reply.tool_call else {}
            finish = {"finish_reason": self._reply.finish_reason}
            choices.append({"index": index, "message": message | tools} | finish)
        whole = self._base("chat.completion") | {"choices": choices, "usage": self._usage()}
        yield json.dumps(whole).encode()

    def _event(
        self, delta: dict[str, Any] | None = None, *, finish_reason: str | None = None, tools: bool = False
    ) -> bytes:
        choices = [
            {
                "index": index,
                "delta": {"tool_calls": [{"index": 0} | self._tool_call(index)]} if tools else delta,
                "finish_reason": finish_reason,
            }
            for index in range(self._choices)
        ]
        return _frame(self._base("chat.completion.chunk") | {"choices": choices})

    def _tool_call(self, index: int) -> dict[str, Any]:
        return {"id": self._call_ids[index], "type": "function", "function": self._reply.tool_call}

    def _base(self, kind: str) -> dict[str, Any]:
        return {"id": "demo", "object": kind, "model": self._model}

    def _usage(self) -> dict[str, Any]:
        prompt, completion = self._reply.usage["prompt"], self._reply.usage["completion"] * self._choices
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "completion_tokens_details": {"reasoning_tokens": self._reply.usage["reasoning"] * self._choices},
        }


def _frame(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _refusal(message: str) -> httpx.Response:
    error = {"message": message, "type": "invalid_request_error"}
    return httpx.Response(400, headers=_ENCODING, json={"error": error})


def _failure(asked: str) -> httpx.Response | None:
    """Fails as the last message asks: 429, mid-stream (None: the answer begins), else 500."""
    if "mid-stream" in asked:
        return None
    if "429" in asked:
        error = {"message": "Demo rate limit reached, as asked.", "type": "rate_limit_error"}
        return httpx.Response(429, headers={"retry-after": "1"} | _ENCODING, json={"error": error})
    error = {"message": "The demo model always fails.", "type": "server_error"}
    return httpx.Response(500, headers=_ENCODING, json={"error": error})
