"""POST /v1/chat/completions: one RPC that answers JSON or server-sent events.

The only place that knows HttpBody and how events are written. One message is a JSON answer; several are a
stream, whose first message commits the 200.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing

from google.api import httpbody_pb2

from pointsman.v1 import rest_service_pb2_grpc
from service.edge import openai_json
from service.edge.call_context import Context, request_id
from service.edge.chat_call import ChatCall, ChatState
from service.errors import PointsmanError, ProviderError
from service.telemetry.record import RequestRecord
from service.types.chunk import Chunk

_JSON = "application/json"
_EVENTS = "text/event-stream"
# Proxies between Envoy and the caller (nginx, CDNs) must neither gather nor keep a live stream.
_LIVE = (("cache-control", "no-cache"), ("x-accel-buffering", "no"))
_PING = b": ping\n\n"
_DONE = b"data: [DONE]\n\n"
_MESSAGE_BYTES = 1024 * 1024


class RestChat(rest_service_pb2_grpc.RestServiceServicer):
    """The REST door."""

    def __init__(self, state: Callable[[], ChatState], record: Callable[[RequestRecord], None]) -> None:
        self._state = state
        self._record = record

    async def ChatCompletions(  # type: ignore[override]  # noqa: N802 - the RPC's name; writes, not yields
        self, request: httpbody_pb2.HttpBody, context: Context
    ) -> None:
        """Answers one chat completion."""
        call = ChatCall(self._state(), door="rest", request_id=request_id(context), record=self._record)
        async with call:
            answer = _Answer(call, context)
            try:
                if call.open(request.data).stream:
                    await answer.stream()
                else:
                    whole = await call.whole()
                    printed = openai_json.completion(whole, call.id, call.created, call.model)
                    await answer.write(openai_json.encode(printed), _JSON)
                call.answered()
            except Exception as error:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
                await answer.fail(call.fail(error))


class _Answer:
    """What has been written so far decides how a failure can still be told."""

    def __init__(self, call: ChatCall, context: Context) -> None:
        self._call = call
        self._context = context
        self._committed = False

    async def stream(self) -> None:
        """Writes frames as they come; those that come together leave in one message."""
        async with aclosing(self._call.stream()) as batches:
            async for batch in batches:
                if not batch:
                    await self.write(_PING, _EVENTS)
                for data in _messages(map(self._frame, batch)):
                    await self.write(data, _EVENTS)
        await self.write(_DONE, _EVENTS)

    async def write(self, data: bytes, content_type: str) -> None:
        """Writes one message; the first takes the headers with it."""
        if not self._committed:
            self._committed = True
            headers = (("x-generation-id", self._call.generation_id),)
            await self._context.send_initial_metadata(headers + (_LIVE if content_type is _EVENTS else ()))
        await self._context.write(httpbody_pb2.HttpBody(content_type=content_type, data=data))

    async def fail(self, error: PointsmanError) -> None:
        """Tells a failure: by status while that can be chosen, else in the stream, without `[DONE]`."""
        body = openai_json.encode(openai_json.error(error, self._call.metadata()))
        if self._committed:
            data = b"data: " + body + b"\n\n"
        else:
            self._committed = True
            data = body
            headers = [
                ("x-generation-id", self._call.generation_id),
                ("x-http-status", str(error.row.http_status)),
            ]
            if isinstance(error, ProviderError) and error.retry_after is not None:
                headers.append(("retry-after", str(error.retry_after)))
            await self._context.send_initial_metadata(tuple(headers))
        await self._context.write(httpbody_pb2.HttpBody(content_type=_JSON, data=data))

    def _frame(self, part: Chunk) -> bytes:
        printed = openai_json.chunk(part, self._call.id, self._call.created, self._call.model)
        return b"data: " + openai_json.encode(printed) + b"\n\n"


def _messages(frames: Iterable[bytes]) -> Iterator[bytes]:
    """Joins frames that leave together, into messages that every hop takes."""
    waiting: list[bytes] = []
    size = 0
    for frame in frames:
        if waiting and size + len(frame) > _MESSAGE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
        waiting.append(frame)
        size += len(frame)
    if waiting:
        yield b"".join(waiting)


async def refuse(context: Context, error: PointsmanError) -> None:
    """Refuses a call without a key: plain text, as the contract has it (Inworld 1)."""
    await context.send_initial_metadata((("x-http-status", str(error.row.http_status)),))
    await context.write(httpbody_pb2.HttpBody(content_type="text/plain", data=error.message.encode()))
