"""What one endpoint is asked: a request in its vendor's words."""

from typing import NamedTuple

import msgspec
from msgspec import Raw

from service.dialects import DIALECTS
from service.dialects.dialect import Dialect
from service.dispatch.links import fields_of
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.metadata import Warning  # noqa: A004 - the contract's word
from service.types.upstream import Endpoint, UpstreamRequest
from service.upstream.media import MediaFetcher


class Question(NamedTuple):
    """A request, ready to be sent. `request` is what the answer is read by."""

    endpoint: Endpoint
    dialect: Dialect
    request: ChatRequest
    outgoing: UpstreamRequest

    @property
    def warnings(self) -> list[Warning]:
        """What had to be left out for this endpoint."""
        return [
            Warning(param=dropped.param, model=self.endpoint.id, reason=dropped.reason)
            for dropped in self.outgoing.dropped
        ]


class Questions:
    """The questions of one caller. What he links to is fetched once, however many endpoints want it."""

    def __init__(self, media: MediaFetcher) -> None:
        self._media = media
        self._fetched: dict[str, Media] = {}
        self._last: tuple[Endpoint, ChatRequest, bool] | None = None
        self._question: Question | None = None

    async def to(self, endpoint: Endpoint, request: ChatRequest, *, streamed: bool) -> Question:
        """Words a request for an endpoint; `streamed` asks for a stream even if the caller did not.

        Raises `InvalidRequest` for content that cannot be had or read.
        """
        asked = (endpoint, request, streamed and not request.stream)
        if self._question is None or asked != self._last:
            self._question = await self._worded(endpoint, _as_stream(request) if streamed else request)
            self._last = asked
        return self._question

    async def _worded(self, endpoint: Endpoint, request: ChatRequest) -> Question:
        dialect = DIALECTS[endpoint.dialect]
        links = dialect.links(request, endpoint)
        if missing := [link for link in links if link not in self._fetched]:
            self._fetched |= await self._media.fetch(fields_of(request, missing))
        media = {link: self._fetched[link] for link in links}
        return Question(endpoint, dialect, request, dialect.encode(request, endpoint, media))


def _as_stream(request: ChatRequest) -> ChatRequest:
    """The same request, to be answered as a stream; sound is not, since its streams have another format."""
    body = request.body
    if request.stream or body.audio or "audio" in (body.modalities or ()):
        return request
    return msgspec.structs.replace(
        request,
        body=msgspec.structs.replace(body, stream=True),
        members={**request.members, "stream": Raw(b"true")},
    )
