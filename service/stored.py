"""What a worker has of the store: keys, saved routers, operations, outcomes, and the doors to them."""

from collections.abc import Callable, Mapping

import grpc

from pointsman.v1 import (
    experiment_service_pb2_grpc,
    key_service_pb2_grpc,
    rest_experiment_service_pb2_grpc,
    rest_key_service_pb2_grpc,
    rest_readiness_service_pb2_grpc,
    rest_router_service_pb2_grpc,
    router_service_pb2_grpc,
)
from service.admission.keys import KeyRing, bootstrap_key
from service.edge.chat_call import ChatState
from service.edge.experiments.grpc import GrpcExperiments
from service.edge.experiments.rest import RestExperiments
from service.edge.experiments.statistics import RouterStatistics
from service.edge.keys.core import CallerKeys
from service.edge.keys.grpc import GrpcKeys
from service.edge.keys.rest import RestKeys
from service.edge.readiness import RestReadiness
from service.edge.routers.core import SavedRouters
from service.edge.routers.explaining import Explainer
from service.edge.routers.grpc import GrpcRouters
from service.edge.routers.rest import RestRouters
from service.edge.routers.simulation import Simulator
from service.routing.saved.book import RouterBook
from service.settings import Settings
from service.store.database import Database
from service.store.feedback import Feedback
from service.store.keys import Keys
from service.store.requests import Requests
from service.store.routers import Routers
from service.store.snapshot import Snapshot
from service.store.watch import Watch
from service.store.write_behind import WriteBehind
from service.types.saved_router import SavedRouter

_FLUSH_SECONDS = 3.0
_STATISTICS_SECONDS = 60.0


class Stored:
    """Follows the store. `keys` and `book` are what was last read of it, swapped whole when it changes."""

    def __init__(self, settings: Settings, files: Mapping[str, SavedRouter]) -> None:
        self.database = Database(settings.store.url, settings.data_dir)
        # A million requests take seconds to count.
        self._patient = Database(settings.store.url, settings.data_dir, call_seconds=_STATISTICS_SECONDS)
        self.watch = Watch(self.database, settings.data_dir, self._take, settings.store)
        self.keys = KeyRing(
            [bootstrap_key(settings)], connected=lambda: self.watch.connected, refresh=self.watch.refresh
        )
        self.written = WriteBehind(Requests(self.database), settings.store)
        self._files = files
        self.book = RouterBook.of({}, files)

    def use_files(self, files: Mapping[str, SavedRouter]) -> None:
        """Serves the routers of these files from now on."""
        self._files = files
        self._bind()

    async def start(self) -> None:
        """Waits for the store, but not for long: then the last snapshot is served."""
        await self.watch.start()
        self.written.start()

    async def aclose(self) -> None:
        """Writes what is left, and lets the store go."""
        await self.written.aclose(_FLUSH_SECONDS)
        await self.watch.aclose()
        await self.database.aclose()
        await self._patient.aclose()

    def serve(self, server: grpc.aio.Server, state: Callable[[], ChatState]) -> None:
        """Opens the doors."""
        routers = SavedRouters(
            Routers(self.database),
            self.watch,
            files=lambda: self._files,
            directory=lambda: state().directory,
        )
        simulator = Simulator(lambda: self.book, self.watch.refresh)
        explainer = Explainer(state)
        keys = CallerKeys(Keys(self.database), self.watch)
        statistics = RouterStatistics(self._patient, self._saved)
        feedback = Feedback(self.database)
        rest_router_service_pb2_grpc.add_RestRouterServiceServicer_to_server(
            RestRouters(routers, simulator), server
        )
        router_service_pb2_grpc.add_RouterServiceServicer_to_server(
            GrpcRouters(routers, simulator, explainer), server
        )
        rest_key_service_pb2_grpc.add_RestKeyServiceServicer_to_server(RestKeys(keys), server)
        key_service_pb2_grpc.add_KeyServiceServicer_to_server(GrpcKeys(keys), server)
        rest_experiment_service_pb2_grpc.add_RestExperimentServiceServicer_to_server(
            RestExperiments(statistics, feedback), server
        )
        experiment_service_pb2_grpc.add_ExperimentServiceServicer_to_server(
            GrpcExperiments(statistics, feedback), server
        )
        rest_readiness_service_pb2_grpc.add_RestReadinessServiceServicer_to_server(
            RestReadiness(lambda: self.watch.connected, lambda: self.watch.snapshot is not None), server
        )

    def _saved(self, name: str) -> SavedRouter | None:
        found = self.book.get(name)
        return found.router if found else None

    def _take(self, snapshot: Snapshot) -> None:
        self.keys.replace(snapshot.keys)
        self._bind()

    def _bind(self) -> None:
        """Makes the book anew of what the store and the files hold."""
        snapshot = self.watch.snapshot
        documents = {each.name: each.document for each in snapshot.routers} if snapshot else {}
        self.book = RouterBook.of(documents, self._files, previous=self.book)
