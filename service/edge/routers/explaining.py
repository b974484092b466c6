"""Explanations of chats: of those that name a saved router, and of those that bring one along."""

import asyncio
from collections.abc import Callable

import msgspec
from msgspec import Raw

from pointsman.v1 import chat_completion_request_pb2, explanation_pb2, router_service_pb2
from service.admission import identity
from service.edge import typed_explanation
from service.edge.chat_call import ChatState
from service.edge.chat_request import parse
from service.edge.routers import given, typed
from service.edge.routers.patch import plain
from service.edge.routers.reading import not_there
from service.edge.typed_request import body_of, rename
from service.errors import InvalidRequest, NotServed, RouterNotFound, Violation
from service.routing.explain import Explanation
from service.routing.saved.compiled import CompiledRouter
from service.types import checked
from service.types.chat_request import ChatRequest
from service.types.flavour import OPENAI, Flavour
from service.types.permission import Permission

_ROUTER = "router"
_REQUEST = "request"
_READ: Permission = "routers.read"


class Explainer:
    """Tells what would be done with chats, from the state of the moment."""

    def __init__(self, state: Callable[[], ChatState]) -> None:
        self._state = state

    async def explain(self, data: bytes, flavour: Flavour, session_id: str | None) -> Explanation:
        """Explains the body of a chat; its member `router`, a document, stands for the model.

        Raises `InvalidRequest`, `ModelNotFound`, and `NotServed`.
        """
        members = checked.decode(data, dict[str, Raw])
        document = members.pop(_ROUTER, None)
        if document is None or bytes(document) == b"null":
            return await self.of_chat(parse(data, flavour, session_id), flavour)
        faults: list[Violation] = []
        router = await asyncio.to_thread(given.part, _ROUTER, faults, lambda: given.unsaved(document))
        name = "" if router is None else router.name
        try:
            chat = given.chat(msgspec.json.encode(members), name, flavour, session_id)
        except InvalidRequest as error:
            raise InvalidRequest([*faults, *error.violations]) from None
        if router is None:
            raise InvalidRequest(faults)
        return self._state().router.explain(chat, flavour, router)

    async def of_chat(self, chat: ChatRequest, flavour: Flavour) -> Explanation:
        """Explains a chat; a saved router that is not known here is looked for once. Raises as `explain`."""
        state = self._state()
        try:
            told = state.router.explain(chat, flavour)
        except RouterNotFound:
            await state.look_again()
            told = state.router.explain(chat, flavour)
        return told if _may_read() else msgspec.structs.replace(told, prompt=None, unmatched=[])

    async def typed(
        self, request: router_service_pb2.ExplainRouterRequest, session_id: str | None
    ) -> explanation_pb2.Explanation:
        """Explains a message. Raises `InvalidRequest`, `NotFound`, and `NotServed`."""
        if not request.HasField("router") and not request.name:
            raise InvalidRequest([Violation("name", "name or router is required")])
        faults: list[Violation] = []
        router: CompiledRouter | None = None
        if request.HasField("router"):
            document = typed.document(request.router)
            router = await asyncio.to_thread(given.part, _ROUTER, faults, lambda: given.unsaved(document))
        name = request.name if router is None else router.name
        chat = given.part(_REQUEST, faults, lambda: _chat(request.request, plain(name), session_id))
        if chat is None or faults:
            raise InvalidRequest(faults)
        try:
            return typed_explanation.explanation(await self._of_router(chat, router))
        except RouterNotFound:
            raise not_there(name) from None
        except InvalidRequest as error:
            raise error.renamed(lambda field: f"{_REQUEST}.{rename(field)}") from None

    async def _of_router(self, chat: ChatRequest, router: CompiledRouter | None) -> Explanation:
        if router is None:
            return await self.of_chat(chat, OPENAI)
        return self._state().router.explain(chat, OPENAI, router)


def _may_read() -> bool:
    """Whether the caller may see what saved routers hold; who may only chat is told where he is sent."""
    key = identity.caller.get()
    return key is None or _READ in key.permissions


def _chat(
    request: chat_completion_request_pb2.ChatCompletionRequest, router: str, session_id: str | None
) -> ChatRequest:
    """A typed chat that asks a router. Tells faults in the names of the typed request."""
    try:
        return given.chat(body_of(request, stream=False), router, OPENAI, session_id)
    except InvalidRequest as error:
        raise error.renamed(rename) from None
    except NotServed as error:
        raise NotServed([rename(name) for name in error.fields], error.why) from None
