"""ExperimentService: statistics of routers, and feedback, for generated stubs."""

import msgspec

from pointsman.v1 import (
    experiment_service_pb2,
    experiment_service_pb2_grpc,
    feedback_pb2,
    router_stats_pb2,
)
from service.edge.call_context import Context
from service.edge.experiments import asked, feedback, typed
from service.edge.experiments.statistics import RouterStatistics
from service.edge.grpc_answer import answer
from service.errors import InvalidRequest
from service.store.feedback import Feedback


class GrpcExperiments(experiment_service_pb2_grpc.ExperimentServiceServicer):
    """The typed door."""

    def __init__(self, statistics: RouterStatistics, store: Feedback) -> None:
        self._statistics = statistics
        self._store = store

    async def GetRouterStats(  # noqa: N802 - the RPC's name
        self, request: experiment_service_pb2.GetRouterStatsRequest, context: Context
    ) -> router_stats_pb2.RouterStats:
        """Tells what the requests of a router did."""

        async def make() -> router_stats_pb2.RouterStats:
            return typed.report(await self._statistics.of(request.router, asked.of_message(request)))

        return await answer(context, make)

    async def CreateFeedback(  # noqa: N802
        self, request: experiment_service_pb2.CreateFeedbackRequest, context: Context
    ) -> feedback_pb2.Feedback:
        """Keeps feedback."""

        async def make() -> feedback_pb2.Feedback:
            try:
                told = await feedback.keep(self._store, _body_of(request.feedback))
            except InvalidRequest as error:
                raise error.renamed(lambda name: f"feedback.{name}") from None
            kept = feedback_pb2.Feedback(generation_id=told.generation_id, metric=told.metric)
            if isinstance(told.value, bool):
                kept.boolean = told.value
            else:
                kept.number = told.value
            return kept

        return await answer(context, make)


def _body_of(given: feedback_pb2.Feedback) -> bytes:
    """The JSON that a REST caller would have sent; a number that is none becomes null, and is refused."""
    body: dict[str, str | bool | float] = {"generation_id": given.generation_id, "metric": given.metric}
    match given.WhichOneof("value"):
        case "boolean":
            body["value"] = given.boolean
        case "number":
            body["value"] = given.number
    return msgspec.json.encode(body)
