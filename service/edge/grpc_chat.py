"""ChatCompletionService: chat for generated stubs. The same calls as over REST, printed as protos."""

import logging
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager

from pointsman.v1 import (
    chat_completion_pb2,
    chat_completion_request_pb2,
    chat_completion_service_pb2_grpc,
    explanation_pb2,
)
from service.edge import grpc_errors, typed_answer, typed_explanation
from service.edge.call_context import Context, request_id
from service.edge.caller import caller_of
from service.edge.chat_call import ChatCall, ChatState
from service.edge.chat_request import parse
from service.edge.routers.explaining import Explainer
from service.edge.typed_request import body_of, rename
from service.errors import Internal, InvalidRequest, NotServed, PointsmanError
from service.telemetry.record import RequestRecord
from service.types.flavour import OPENAI
from service.types.metadata import Metadata

_LOG = logging.getLogger(__name__)
_GENERATION_ID = "x-generation-id"
_Request = chat_completion_request_pb2.ChatCompletionRequest


class GrpcChat(chat_completion_service_pb2_grpc.ChatCompletionServiceServicer):
    """The typed door."""

    def __init__(self, state: Callable[[], ChatState], record: Callable[[RequestRecord], None]) -> None:
        self._state = state
        self._record = record
        self._explainer = Explainer(state)

    async def CreateChatCompletion(  # noqa: N802 - the RPC's name
        self, request: _Request, context: Context
    ) -> chat_completion_pb2.ChatCompletion:
        """Answers whole."""
        async with self._call(context) as call:
            try:
                await _open(call, request, stream=False)
                answer = await call.whole()
                printed = typed_answer.completion(answer, call.id, call.created, call.model)
                await _send_headers(call, context)
                call.answered()
            except Exception as error:
                await _abort(call, context, error)
                raise
            return printed

    async def StreamChatCompletion(  # type: ignore[override]  # noqa: N802 - the RPC's name; writes, not yields
        self, request: _Request, context: Context
    ) -> None:
        """Answers in chunks. A long silence before them is broken by the headers alone."""
        async with self._call(context) as call:
            try:
                await _open(call, request, stream=True)
                begun = False
                async with aclosing(call.stream()) as batches:
                    async for batch in batches:
                        if not begun:
                            await _send_headers(call, context)
                            begun = True
                        for part in batch:
                            await context.write(typed_answer.chunk(part, call.id, call.created, call.model))
                call.answered()
            except Exception as error:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
                await _abort(call, context, error)

    async def ExplainChatCompletion(  # noqa: N802 - the RPC's name
        self, request: _Request, context: Context
    ) -> explanation_pb2.Explanation:
        """Tells who would be asked."""
        try:
            with _typed_names():
                asked = parse(body_of(request, stream=False), OPENAI, caller_of(context).session_id)
                return typed_explanation.explanation(await self._explainer.of_chat(asked, OPENAI))
        except PointsmanError as error:
            failure = error
        except Exception:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
            _LOG.exception("a request could not be explained")
            failure = Internal()
        await refuse(context, failure)
        raise failure

    def _call(self, context: Context) -> ChatCall:
        return ChatCall(
            self._state(),
            door="grpc",
            request_id=request_id(context),
            caller=caller_of(context),
            record=self._record,
        )


async def _open(call: ChatCall, request: _Request, *, stream: bool) -> None:
    """Opens the call."""
    with _typed_names():
        await call.open(body_of(request, stream=stream))


@contextmanager
def _typed_names() -> Iterator[None]:
    """Tells faults in the names of the typed request."""
    try:
        yield
    except NotServed as error:
        raise NotServed([rename(name) for name in error.fields], error.why) from None
    except InvalidRequest as error:
        raise error.renamed(rename) from None


async def _send_headers(call: ChatCall, context: Context) -> None:
    await context.send_initial_metadata(((_GENERATION_ID, call.generation_id),))


async def _abort(call: ChatCall, context: Context, error: Exception) -> None:
    failure = call.fail(error)
    await refuse(context, failure, call.metadata(), (_GENERATION_ID, call.generation_id))


async def refuse(
    context: Context, error: PointsmanError, account: Metadata | None = None, *headers: tuple[str, str]
) -> None:
    """Ends a call with the status of an error, or of a fault of ours if it cannot be printed."""
    try:
        trailers = grpc_errors.trailers(error, account)
    except Exception:  # noqa: BLE001 - whatever it is, the caller must get a status
        _LOG.exception("an error could not be printed")
        error = Internal()
        trailers = grpc_errors.trailers(error, None)
    context.set_trailing_metadata((*trailers, *headers))
    await context.abort(grpc_errors.status_code(error), grpc_errors.message(error))
