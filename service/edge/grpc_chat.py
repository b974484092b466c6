"""ChatCompletionService: chat for generated stubs. The same calls as over REST, printed as protos."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from pointsman.v1 import (
    chat_completion_chunk_pb2,
    chat_completion_pb2,
    chat_completion_request_pb2,
    chat_completion_service_pb2_grpc,
)
from service.edge import grpc_errors, typed_answer
from service.edge.call_context import Context, request_id
from service.edge.chat_call import ChatCall, ChatState
from service.edge.typed_request import body_of, rename
from service.errors import InvalidRequest, NotServed, Violation
from service.telemetry.record import RequestRecord
from service.types.routing_options import RoutingOptions

_Request = chat_completion_request_pb2.ChatCompletionRequest


class GrpcChat(chat_completion_service_pb2_grpc.ChatCompletionServiceServicer):
    """The typed door."""

    def __init__(self, state: Callable[[], ChatState], record: Callable[[RequestRecord], None]) -> None:
        self._state = state
        self._record = record

    async def CreateChatCompletion(  # noqa: N802 - the RPC's name
        self, request: _Request, context: Context
    ) -> chat_completion_pb2.ChatCompletion:
        """Answers whole."""
        async with self._call(context) as call:
            try:
                _open(call, request, stream=False)
                answer = await call.whole()
                return typed_answer.completion(answer, call.id, call.created, call.model)
            except Exception as error:
                await _abort(call, context, error)
                raise

    async def StreamChatCompletion(  # noqa: N802 - the RPC's name
        self, request: _Request, context: Context
    ) -> AsyncIterator[chat_completion_chunk_pb2.ChatCompletionChunk]:
        """Answers in chunks. A sign of life in silence has no form here: gRPC keeps its own connection."""
        async with self._call(context) as call:
            try:
                _open(call, request, stream=True)
                async with aclosing(call.stream()) as batches:
                    async for batch in batches:
                        for part in batch:
                            yield typed_answer.chunk(part, call.id, call.created, call.model)
            except Exception as error:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
                await _abort(call, context, error)

    def _call(self, context: Context) -> ChatCall:
        return ChatCall(self._state(), door="grpc", request_id=request_id(context), record=self._record)


def _open(call: ChatCall, request: _Request, *, stream: bool) -> None:
    """Opens the call; faults are told in the names of the typed request."""
    try:
        call.open(body_of(request, stream=stream))
    except NotServed as error:
        raise NotServed([_typed_name(name) for name in error.fields], error.why) from None
    except InvalidRequest as error:
        renamed = [Violation(rename(each.field), each.description) for each in error.violations]
        raise error.with_violations(renamed) from None


def _typed_name(name: str) -> str:
    routing = name.removeprefix("extra_body.")
    return (
        f"routing.{routing}" if routing in RoutingOptions.__struct_fields__ or name == "session_id" else name
    )


async def _abort(call: ChatCall, context: Context, error: Exception) -> None:
    failure = call.fail(error)
    context.set_trailing_metadata(
        (*grpc_errors.trailers(failure, call.metadata()), ("x-generation-id", call.generation_id))
    )
    await context.abort(grpc_errors.status_code(failure), grpc_errors.message(failure))
