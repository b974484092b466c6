"""POST /v1/chat/completions and /api/v1/chat/completions: the same call, printed by two printers."""

from collections.abc import Callable
from contextlib import aclosing

from google.api import httpbody_pb2

from pointsman.v1 import rest_service_pb2_grpc
from service.edge import error_shapes, openai_json
from service.edge.call_context import Context, header, request_id
from service.edge.caller import caller_of
from service.edge.chat_call import ChatCall, ChatState
from service.edge.http_answer import HttpAnswer, status
from service.edge.printers import OpenAiPrinter, OpenRouterPrinter, Printer
from service.errors import PointsmanError, ProviderError, Unauthenticated
from service.telemetry.record import RequestRecord
from service.types.flavour import OPENAI, OPENROUTER

_GENERATION_ID = "x-generation-id"
_ROUTED = ("x-openrouter-metadata", "x-openrouter-experimental-metadata")


class RestChat(rest_service_pb2_grpc.RestServiceServicer):
    """The door of OpenAI, Inworld and Atoma."""

    def __init__(self, state: Callable[[], ChatState], record: Callable[[RequestRecord], None]) -> None:
        self._state = state
        self._record = record

    async def ChatCompletions(  # type: ignore[override]  # noqa: N802 - the RPC's name; writes, not yields
        self, request: httpbody_pb2.HttpBody, context: Context
    ) -> None:
        """Answers one chat completion."""
        async with ChatCall(
            self._state(),
            door="rest",
            flavour=OPENAI,
            request_id=request_id(context),
            caller=caller_of(context),
            record=self._record,
        ) as call:
            await _answer(call, request.data, context, OpenAiPrinter(call))


class OpenRouterChat(rest_service_pb2_grpc.OpenRouterChatServiceServicer):
    """The door of OpenRouter."""

    def __init__(self, state: Callable[[], ChatState], record: Callable[[RequestRecord], None]) -> None:
        self._state = state
        self._record = record

    async def ChatCompletions(  # type: ignore[override]  # noqa: N802
        self, request: httpbody_pb2.HttpBody, context: Context
    ) -> None:
        """Answers one chat completion."""
        async with ChatCall(
            self._state(),
            door="openrouter",
            flavour=OPENROUTER,
            request_id=request_id(context),
            caller=caller_of(context),
            record=self._record,
        ) as call:
            await _answer(
                call, request.data, context, OpenRouterPrinter(call, routed=_wants_routing(context))
            )


def _wants_routing(context: Context) -> bool:
    """Whether `openrouter_metadata` is asked for (OpenRouter A1)."""
    given = next((value for name in _ROUTED if (value := header(context, name))), "")
    return given.strip().lower() == "enabled"


async def _answer(call: ChatCall, data: bytes, context: Context, printer: Printer) -> None:
    answer = HttpAnswer(context, (_GENERATION_ID, printer.generation_id))
    try:
        if (await call.open(data)).stream:
            await _stream(call, answer, printer)
        else:
            await answer.json(openai_json.encode(printer.whole(await call.whole())))
        call.answered()
    except Exception as error:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
        await _fail(call.fail(error), call, answer, printer)


async def _stream(call: ChatCall, answer: HttpAnswer, printer: Printer) -> None:
    """Writes frames as they come."""
    async with aclosing(call.stream()) as batches:
        async for batch in batches:
            if not batch:
                await answer.comment(printer.ping)
            await answer.events(openai_json.encode(printer.chunk(part)) for part in batch)
    await answer.done()


async def _fail(error: PointsmanError, call: ChatCall, answer: HttpAnswer, printer: Printer) -> None:
    """Tells a failure: by status while that can be chosen, else in the stream, without `[DONE]`."""
    if answer.committed:
        await answer.events([openai_json.encode(printer.failed_chunk(error))])
        return
    headers = [status(call.http_status(error))]
    if isinstance(error, ProviderError) and error.retry_after is not None:
        headers.append(("retry-after", str(error.retry_after)))
    await answer.json(openai_json.encode(printer.failure(error)), *headers)


async def refuse(context: Context, error: PointsmanError) -> None:
    """Refuses a call of `RestChat` that may not come in.

    Without a key it is plain text, as the contract has it (Inworld 1).
    """
    told = status(error.row.http_status)
    if isinstance(error, Unauthenticated):
        await HttpAnswer(context).text(error.message, told)
    else:
        await HttpAnswer(context).json(openai_json.encode(openai_json.error(error, None)), told)


async def refuse_as_openrouter(context: Context, error: PointsmanError) -> None:
    """Refuses a call of `OpenRouterChat` that may not come in."""
    body = openai_json.encode(error_shapes.openrouter(error))
    await HttpAnswer(context).json(body, status(error.row.http_status))
