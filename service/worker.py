"""One worker process: the composition root, where every part gets its collaborators."""

import asyncio
import importlib
import logging
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from pointsman.v1 import (
    chat_completion_service_pb2,
    chat_completion_service_pb2_grpc,
    experiment_service_pb2,
    key_service_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    rest_experiment_service_pb2,
    rest_explain_service_pb2,
    rest_explain_service_pb2_grpc,
    rest_key_service_pb2,
    rest_readiness_service_pb2,
    rest_router_service_pb2,
    rest_service_pb2,
    rest_service_pb2_grpc,
    router_service_pb2,
)
from service import settings as settings_module
from service.admission.interceptor import KeyInterceptor
from service.dispatch.dispatcher import Dispatcher
from service.dispatch.generation import Generation
from service.dispatch.keys import fingerprints_of
from service.dispatch.sharing import Sharing
from service.dispatch.sharing_channels import channels_of
from service.edge import grpc_chat, json_answer, rest_chat
from service.edge.call_context import request_id
from service.edge.chat_call import ChatState
from service.edge.models.grpc import GrpcModels
from service.edge.models.rest import OpenRouterModels, RestModels
from service.edge.rest_explain import RestExplain
from service.errors import PointsmanError, Unavailable
from service.files.router_files import load_router_files
from service.health.health import Health
from service.providers.configured import directory_of
from service.providers.directory import Directory
from service.routing.router import Router
from service.settings import Settings, SettingsError
from service.stored import Stored
from service.telemetry import log
from service.telemetry.record import RequestRecord
from service.upstream.client import UpstreamClient
from service.upstream.media import MediaFetcher

_LOG = logging.getLogger(__name__)
_MIB = 1024 * 1024
_KIB = 1024
_LAST_WORDS_SECONDS = 1.0
# Those that do not refuse by a gRPC status.
_REFUSALS = {
    "/pointsman.v1.RestService/": rest_chat.refuse,
    "/pointsman.v1.OpenRouterChatService/": rest_chat.refuse_as_openrouter,
    "/pointsman.v1.RestModelService/": json_answer.refuse,
    "/pointsman.v1.OpenRouterModelService/": json_answer.refuse_as_openrouter,
    "/pointsman.v1.RestExplainService/": json_answer.refuse,
    "/pointsman.v1.RestRouterService/": json_answer.refuse,
    "/pointsman.v1.RestKeyService/": json_answer.refuse,
    "/pointsman.v1.RestExperimentService/": json_answer.refuse,
}
_FILES = (
    *(chat_completion_service_pb2, model_service_pb2, router_service_pb2, key_service_pb2),
    *(experiment_service_pb2, rest_service_pb2, rest_explain_service_pb2, rest_router_service_pb2),
    *(rest_key_service_pb2, rest_experiment_service_pb2, rest_readiness_service_pb2),
)
_SERVICES = (
    *(service.full_name for file in _FILES for service in file.DESCRIPTOR.services_by_name.values()),
    health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
    reflection.SERVICE_NAME,
)
# Above Envoy's own limits, so that a caller who exceeds one is answered by Envoy, with the right status.
_OPTIONS = (
    ("grpc.max_receive_message_length", 33 * _MIB),
    ("grpc.max_send_message_length", 64 * _MIB),
    ("grpc.max_metadata_size", 96 * _KIB),
    ("grpc.absolute_max_metadata_size", 128 * _KIB),
    # Else the pings of a quiet stream end it with GOAWAY too_many_pings.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    # Each worker has an address of its own; sharing one would leave workers idle behind HTTP/2.
    ("grpc.so_reuseport", 0),
)


class Worker:
    """Serves the gRPC services at one address until it is told to stop."""

    def __init__(self, settings: Settings, load: Callable[[], Settings] = settings_module.load) -> None:
        self._settings = settings
        self._load = load
        self._upstream = UpstreamClient()
        self._media = MediaFetcher(settings.media)
        self._running: set[Generation] = set()
        self._health_view = Health(settings.routing.affinity_seconds, settings.routing.max_rest_seconds)
        self._sharing = Sharing(self._health_view, settings.routing.share_seconds)
        self._stored = Stored(settings, load_router_files(settings))
        self._state = self._build_state(settings)
        self._health = health.aio.HealthServicer()
        interceptor = KeyInterceptor(
            self._stored.keys, refuse=grpc_chat.refuse, refusals=_REFUSALS, note=_note_refusal
        )
        self.server = grpc.aio.server(interceptors=[interceptor], options=_OPTIONS)
        rest_service_pb2_grpc.add_RestServiceServicer_to_server(
            rest_chat.RestChat(lambda: self._state, self._note), self.server
        )
        rest_service_pb2_grpc.add_OpenRouterChatServiceServicer_to_server(
            rest_chat.OpenRouterChat(lambda: self._state, self._note), self.server
        )
        chat_completion_service_pb2_grpc.add_ChatCompletionServiceServicer_to_server(
            grpc_chat.GrpcChat(lambda: self._state, self._note), self.server
        )
        self._add_models()
        self._stored.serve(self.server, lambda: self._state)
        rest_explain_service_pb2_grpc.add_RestExplainServiceServicer_to_server(
            RestExplain(lambda: self._state), self.server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self.server)
        reflection.enable_server_reflection(_SERVICES, self.server)

    def _note(self, record: RequestRecord) -> None:
        """Tells what a request did: the log at once, the store when it suits."""
        log.write(record)
        self._stored.written.note(record)

    def _add_models(self) -> None:
        def directory() -> Directory:
            return self._state.directory

        rest_service_pb2_grpc.add_RestModelServiceServicer_to_server(
            RestModels(directory, self._health_view, time.time), self.server
        )
        rest_service_pb2_grpc.add_OpenRouterModelServiceServicer_to_server(
            OpenRouterModels(directory, self._health_view, time.time), self.server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            GrpcModels(directory, self._health_view, time.time), self.server
        )

    def reload(self) -> None:
        """Reads the configuration again; a faulty one changes nothing."""
        try:
            settings = self._load()
            files = load_router_files(settings)
            self._state = self._build_state(settings)
        except SettingsError as error:
            _LOG.error("configuration not reloaded: %s", error)
            return
        self._stored.use_files(files)
        _LOG.info("configuration reloaded")
        for section in ("shared", "store"):
            if getattr(settings, section) != getattr(self._settings, section):
                _LOG.warning("[%s]: the change takes effect when the workers are started anew", section)

    async def start(self, address: str) -> int:
        """Listens and reports healthy; gives the port. Raises `SettingsError` when it cannot."""
        channels = channels_of(address, self._settings.shared)
        try:
            port = self.server.add_insecure_port(address)
        except RuntimeError:
            raise SettingsError(
                f"cannot listen on {address}: it is in use or no address of this machine"
            ) from None
        await self._stored.start()
        await self.server.start()
        self._sharing.start(channels)
        for service in ("", *_SERVICES):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        self._prepare()
        return port

    def _prepare(self) -> None:
        """Imports in a thread what would else hold up the first request of a vendor: botocore is slow to."""
        if any(provider.dialect == "bedrock" for provider in self._state.directory.providers.values()):
            asyncio.get_running_loop().run_in_executor(None, importlib.import_module, "service.upstream.aws")

    async def stop(self, grace: float) -> None:
        """Takes no more calls, lets the running ones finish within `grace` seconds, then ends them.

        Those that do not finish are told so, by status or in their streams.
        """
        await self._health.enter_graceful_shutdown()
        stopping = asyncio.ensure_future(self.server.stop(grace + _LAST_WORDS_SECONDS))
        await asyncio.wait([stopping], timeout=grace)
        for generation in tuple(self._running):
            generation.interrupt(Unavailable("The server is stopping; the answer was cut off."))
        await stopping
        await self._stored.aclose()
        await self._sharing.aclose()
        await self._upstream.aclose()
        await self._media.aclose()

    def _build_state(self, settings: Settings) -> ChatState:
        directory = directory_of(settings)
        dispatcher = Dispatcher(
            directory.providers,
            upstream=self._upstream,
            media=self._media,
            limits=settings.upstream,
            routing=settings.routing,
            health=self._health_view,
            observe=self._sharing.observe,
            running=self._running,
        )
        self._media.settings = settings.media
        self._health_view.configure(
            settings.routing.affinity_seconds,
            settings.routing.max_rest_seconds,
            {name: fingerprints_of(provider) for name, provider in directory.providers.items()},
        )
        self._sharing.share_seconds = settings.routing.share_seconds
        router = Router(
            directory,
            self._health_view,
            settings.routing,
            clock=time.time,
            draw=random.random,
            book=lambda: self._stored.book,
        )
        return ChatState(
            directory=directory,
            router=router,
            dispatcher=dispatcher,
            streaming=settings.streaming,
            refresh=self._stored.watch.refresh,
        )


async def serve(settings: Settings, address: str) -> None:
    """Runs a worker in the foreground until SIGTERM or SIGINT; a second one ends it at once."""
    worker = Worker(settings)
    asked = asyncio.Event()
    again = asyncio.Event()

    def on_signal() -> None:
        (again if asked.is_set() else asked).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    loop.add_signal_handler(signal.SIGHUP, worker.reload)
    await worker.start(address)
    _LOG.info("worker listens on %s", address)
    await asked.wait()
    stopping = asyncio.ensure_future(worker.stop(settings.server.drain_seconds))
    hurried = asyncio.ensure_future(again.wait())
    await asyncio.wait([stopping, hurried], return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    if not stopping.done():
        await worker.server.stop(0)
    await stopping


def _note_refusal(context: Any, error: PointsmanError) -> None:
    """Writes the record of a call that no door has seen."""
    log.write(
        RequestRecord(
            generation_id=None,
            request_id=request_id(context),
            door="refused",
            stream=False,
            requested_model=None,
            model=None,
            plan=None,
            attempts=[],
            usage=None,
            status="error",
            error_type=error.kind.value,
            http_status=error.row.http_status,
            time_to_first_token_ms=None,
            duration_ms=0,
            unix_time=time.time(),
        )
    )
