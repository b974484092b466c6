"""POST /router/v1/explain: who would be asked for a chat completion, and why. Nobody is."""

from collections.abc import Callable
from typing import Any

from google.api import httpbody_pb2

from pointsman.v1 import rest_explain_service_pb2_grpc
from service.edge import error_shapes, json_answer
from service.edge.call_context import Context
from service.edge.caller import caller_of
from service.edge.chat_call import ChatState
from service.edge.explanation_json import explanation
from service.edge.models import query
from service.edge.routers.explaining import Explainer
from service.types.flavour import OPENAI, OPENROUTER, Flavour

_FLAVOURS: dict[str, Flavour] = {each.name: each for each in (OPENAI, OPENROUTER)}
_FLAVOUR = "flavour"


class RestExplain(rest_explain_service_pb2_grpc.RestExplainServiceServicer):
    """The door of those who ask why."""

    def __init__(self, state: Callable[[], ChatState]) -> None:
        self._explainer = Explainer(state)

    async def Explain(  # noqa: N802 - the RPC's name
        self, request: httpbody_pb2.HttpBody, context: Context
    ) -> httpbody_pb2.HttpBody:
        """Answers with the plan for a chat request."""
        session_id = caller_of(context).session_id

        async def make(given: dict[str, str]) -> dict[str, Any]:
            query.check_names(given, {_FLAVOUR})
            flavour = _FLAVOURS[query.read(given, _FLAVOUR, query.one_of(*_FLAVOURS), str(OPENAI.name))]
            return explanation(await self._explainer.explain(request.data, flavour, session_id))

        return await json_answer.answer_awaited(context, error_shapes.status, make)
