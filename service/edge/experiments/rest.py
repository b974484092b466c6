"""The REST doors of experiments: statistics of routers, and feedback."""

from typing import Any

from google.api import httpbody_pb2

from pointsman.v1 import rest_experiment_service_pb2, rest_experiment_service_pb2_grpc
from service.edge import error_shapes, json_answer, openai_json, own_query
from service.edge.call_context import Context
from service.edge.experiments import asked, feedback, printed
from service.edge.experiments.statistics import RouterStatistics
from service.errors import PointsmanError
from service.store.feedback import Feedback

_Body = httpbody_pb2.HttpBody


class RestExperiments(rest_experiment_service_pb2_grpc.RestExperimentServiceServicer):
    """Statistics and feedback as JSON."""

    def __init__(self, statistics: RouterStatistics, store: Feedback) -> None:
        self._statistics = statistics
        self._store = store

    async def GetRouterStats(  # noqa: N802 - the RPC's name
        self, request: rest_experiment_service_pb2.RestRouterStatsRequest, context: Context
    ) -> _Body:
        """Answers `GET /router/v1/routers/{name}/stats`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            return printed.report(await self._statistics.of(request.name, asked.of_query(given)))

        return await json_answer.answer_awaited(context, error_shapes.status, make, asked.LISTS)

    async def CreateFeedback(self, request: _Body, context: Context) -> _Body:  # noqa: N802
        """Answers `POST /v1/feedback`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            own_query.check(given)
            return feedback.printed(await feedback.keep(self._store, request.data))

        return await json_answer.answer_awaited(context, _openai, make)


def _openai(error: PointsmanError) -> dict[str, Any]:
    return openai_json.error(error, None)
