"""What a worker has of the store: keys, saved routers, operations, outcomes, and the doors to them."""

import asyncio
import logging
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

_LOG = logging.getLogger(__name__)
_FLUSH_SECONDS = 3.0


class Stored:
    """Follows the store. `keys` and `book` are what was last read of it, swapped whole when it changes."""

    def __init__(self, settings: Settings, files: Mapping[str, SavedRouter]) -> None:
        self.database = Database(settings.store.url, settings.data_dir)
        self.watch = Watch(self.database, settings.data_dir, self._take, settings.store)
        self.keys = KeyRing(
            [bootstrap_key(settings)], connected=lambda: self.watch.connected, refresh=self.watch.refresh
        )
        self.written = WriteBehind(Requests(self.database), settings.store)
        self._write_seconds = settings.store.write_seconds
        self._files = files
        self._hidden: frozenset[str] = frozenset()
        self.book = RouterBook.of({}, files)

    def use_files(self, files: Mapping[str, SavedRouter]) -> None:
        """Serves the routers of these files from now on."""
        self._files = files
        documents = _documents(self.watch.snapshot)
        self._use(RouterBook.of(documents, files, previous=self.book), documents)

    async def start(self) -> None:
        """Waits for the store, but not for long: then the last snapshot is served."""
        await self.watch.start()
        self.written.start()

    async def aclose(self) -> None:
        """Writes what is left, and lets the store go."""
        await self.written.aclose(_FLUSH_SECONDS)
        await self.watch.aclose()
        await self.database.aclose()

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
        statistics = RouterStatistics(self.database, self._saved)
        feedback = Feedback(self.database, write_seconds=self._write_seconds)
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

    async def _take(self, snapshot: Snapshot) -> None:
        self.keys.replace(snapshot.keys)
        documents = _documents(snapshot)
        files = None
        while files is not self._files:  # which a reload may change meanwhile
            files = self._files
            # Thousands of conditions take seconds to compile.
            book = await asyncio.to_thread(RouterBook.of, documents, files, previous=self.book)
        self._use(book, documents)

    def _use(self, book: RouterBook, documents: Mapping[str, bytes]) -> None:
        """Serves from a book, and tells of routers that are stored and cannot be served."""
        hidden = frozenset(documents) & frozenset(self._files)
        for name in sorted(hidden - self._hidden):
            _LOG.warning("the stored router '%s' is hidden by the one of that name in a file", name)
        for name, faults in book.faults.items():
            if self.book.faults.get(name) != faults:
                told = "; ".join(f"{each.field}: {each.description}" for each in faults)
                _LOG.warning("the stored router '%s' cannot be used: %s", name, told)
        self._hidden = hidden
        self.book = book


def _documents(snapshot: Snapshot | None) -> dict[str, bytes]:
    return {each.name: each.document for each in snapshot.routers} if snapshot else {}
