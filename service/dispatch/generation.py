"""One running call of a provider, read by the door that answers the caller.

The provider is read in a task of its own: so it can be closed the moment the caller goes, and what it sends
while the caller is being written to is gathered (`Mailbox`).
"""

import asyncio
import logging
from collections.abc import Callable
from email.utils import formatdate

from service.catalog.cost import priced
from service.dialects.dialect import Decoder, Dialect
from service.dispatch.links import fields_of
from service.dispatch.mailbox import Mailbox
from service.dispatch.redact import redact
from service.dispatch.thoughts import hide
from service.errors import ErrorKind, Internal, PointsmanError, ProviderError
from service.settings import UpstreamSettings
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.types.metadata import Attempt, Warning  # noqa: A004 - the contract's word
from service.types.upstream import Endpoint
from service.upstream.client import UpstreamClient, UpstreamResponse
from service.upstream.credentials import Credential
from service.upstream.media import MediaFetcher

_LOG = logging.getLogger(__name__)
_LEFTOVER_SECONDS = 0.1
_MAX_MESSAGE_CHARS = 2000


class Generation:
    """Calls one endpoint.

    `attempt` is the account of it, `warnings` what was dropped for it; both are filled in as things happen.
    """

    def __init__(
        self,
        request: ChatRequest,
        endpoint: Endpoint,
        *,
        dialect: Dialect,
        credential: Credential,
        upstream: UpstreamClient,
        media: MediaFetcher,
        limits: UpstreamSettings,
        clock: Callable[[], float],
        running: set["Generation"],
    ) -> None:
        self.endpoint = endpoint
        self.attempt = Attempt(model=endpoint.id)
        self.attempts = [self.attempt]
        self.warnings: list[Warning] = []
        self._request = request
        self._endpoint = endpoint
        self._dialect = dialect
        self._credential = credential
        self._upstream = upstream
        self._media = media
        self._limits = limits
        self._clock = clock
        self._mailbox = Mailbox()
        self._complete = False
        self._tier: str | None = None
        self._bytes = 0  # read, and not yet in a chunk that was handed over
        self._started = clock()
        self._task = asyncio.create_task(self._run())
        running.add(self)
        self._task.add_done_callback(lambda _: running.discard(self))

    async def take(self, timeout: float | None = None) -> list[Chunk] | None:  # noqa: ASYNC109 - a poll
        """Gives the chunks that have come, None at the end. Raises `PointsmanError` or TimeoutError."""
        return await self._mailbox.take(timeout)

    def interrupt(self, error: PointsmanError) -> None:
        """Ends the call with an error of ours: the reader gets it after all that came before."""
        self._fail(error)
        self._task.cancel()

    async def aclose(self) -> None:
        """Ends the call: at once if it is running, in the background if only its last bytes are awaited."""
        if self._complete or self._task.done():
            return
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                await self._call()
        except TimeoutError:
            seconds = self._limits.total_seconds
            text = f"Provider '{self._endpoint.provider}' did not finish within {seconds:g} s"
            self._fail(ProviderError(ErrorKind.PROVIDER_TIMEOUT, self._endpoint.provider, text))
        except PointsmanError as error:
            self._fail(error)
        except Exception:  # noqa: BLE001 - the reader must learn of it, whatever it is
            _LOG.exception("a provider call failed for a reason of ours")
            self._fail(Internal())
        finally:
            self._mailbox.close()

    async def _call(self) -> None:
        links = self._dialect.links(self._request, self._endpoint)
        media = await self._media.fetch(fields_of(self._request, links)) if links else {}
        outgoing = self._dialect.encode(self._request, self._endpoint, media)
        self.warnings += [
            Warning(param=d.param, model=self._endpoint.id, reason=d.reason) for d in outgoing.dropped
        ]
        sending = self._upstream.send(outgoing, self._endpoint, self._credential, self._limits)
        async with sending as response:
            if not 200 <= response.status < 300:
                body = await response.error_body()
                # A Retry-After that is a date needs to know today's.
                headers = {"date": formatdate(usegmt=True), **response.headers}
                raise self._dialect.error(self._endpoint, response.status, headers, body)
            decoder = self._dialect.decoder(self._request, self._endpoint, response.content_type)
            await self._read(response, decoder)
            self.attempt.success = self._complete = True
            self._mailbox.close()
            await _read_rest(response)

    async def _read(self, response: UpstreamResponse, decoder: Decoder) -> None:
        try:
            while not decoder.complete and (data := await response.read()):
                await self._hand_over(decoder.feed(data), len(data))
        except ProviderError as error:
            if error.kind is not ErrorKind.PROVIDER_UNREACHABLE:
                raise
            try:
                rest = decoder.end()
            except ProviderError:
                raise error from None
            # A connection that drops after the finish reason has cost nothing that the caller could miss.
            await self._hand_over(rest)
            return
        await self._hand_over(decoder.end())

    async def _hand_over(self, chunks: list[Chunk], size: int = 0) -> None:
        self._bytes += size
        if not chunks:
            return
        for chunk in chunks:
            self._tier = chunk.service_tier or self._tier
            if chunk.usage:
                chunk.usage = priced(chunk.usage, self._endpoint.facts.price, self._tier)
        if self._request.hides_thoughts:
            hide(chunks)
        if self.attempt.time_to_first_token_ms is None and any(chunk.has_content for chunk in chunks):
            self.attempt.time_to_first_token_ms = round((self._clock() - self._started) * 1000)
            self.attempt.success = True
        size, self._bytes = self._bytes, 0
        await self._mailbox.put(chunks, size)

    def _fail(self, error: PointsmanError) -> None:
        if self._mailbox.closed:
            return  # the answer was whole; what came after it is nobody's concern
        self.attempt.success = False
        self.attempt.error_type = error.kind.value
        if isinstance(error, ProviderError):
            self.attempt.provider_status = error.status
            self._redact(error)
            if error.__cause__:
                # It may be a fault of ours that makes an answer look odd.
                _LOG.warning(
                    "an answer of %s: %s", self._endpoint.id, error.message, exc_info=error.__cause__
                )
        self._mailbox.close(error)

    def _redact(self, error: ProviderError) -> None:
        """Takes secrets out of everything in the vendor's own words."""
        secrets = self._credential.secrets
        error.message = _cut(redact(error.message, secrets))
        error.provider_code = error.provider_code and redact(error.provider_code, secrets)
        error.provider_type = error.provider_type and redact(error.provider_type, secrets)


def _cut(message: str) -> str:
    return message if len(message) <= _MAX_MESSAGE_CHARS else message[:_MAX_MESSAGE_CHARS] + "…"


async def _read_rest(response: UpstreamResponse) -> None:
    """Reads to the very end, so that the connection can serve the next request."""
    try:
        async with asyncio.timeout(_LEFTOVER_SECONDS):
            while await response.read():
                pass
    except (TimeoutError, ProviderError):
        pass
