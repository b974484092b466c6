"""One call of one endpoint with one key."""

import asyncio
import logging
from collections.abc import Callable
from email.utils import formatdate
from typing import NamedTuple

from service.catalog.cost import priced
from service.dialects.decoding import foreign
from service.dialects.dialect import Decoder
from service.dispatch import endings
from service.dispatch.keys import Key
from service.dispatch.mailbox import Mailbox
from service.dispatch.question import Question
from service.dispatch.redact import redact
from service.dispatch.thoughts import hide
from service.errors import ErrorKind, Internal, PointsmanError, ProviderError
from service.settings import UpstreamSettings
from service.types.chunk import Chunk, Usage
from service.types.fold import fold
from service.types.metadata import Attempt
from service.upstream.client import UpstreamClient, UpstreamResponse

_LOG = logging.getLogger(__name__)
_LEFTOVER_SECONDS = 0.1
_BROKEN_OFF = (ErrorKind.PROVIDER_UNREACHABLE, ErrorKind.PROVIDER_TIMEOUT)
_MAX_MESSAGE_CHARS = 2000
_MAX_ACCOUNT_CHARS = 300
# Frames without content: thoughts that are not shown may be many.
_MAX_HELD = 64


class Limit(NamedTuple):
    """How many seconds a call may take; `deadline` is the request's, where this is what is left of it."""

    seconds: float
    deadline: float | None = None


class Call:
    """Reads one answer into a mailbox, from its first content on.

    Chunks before the first content are held back: if the call fails, nobody has seen them. `account` says how
    it goes; `note` tells the call from others of the same endpoint. `begun` is whether content was handed
    over, `complete` whether the answer is whole. `seconds` is how long it took, without what the caller took
    to read; `slow_reader` is whether that was most of the time, or what it ended in. `ttft` is how long it
    took to the first content; `usage` is the newest that came.
    """

    def __init__(
        self,
        question: Question,
        key: Key,
        mailbox: Mailbox,
        *,
        upstream: UpstreamClient,
        limits: UpstreamSettings,
        clock: Callable[[], float],
        note: str = "",
    ) -> None:
        self.question = question
        self.key = key
        self.account = Attempt(model=question.endpoint.id)
        self.begun = self.complete = self.slow_reader = False
        self.seconds = 0.0
        self.ttft: float | None = None
        self.usage: Usage | None = None
        self._note = f" ({note})" if note else ""
        self._endpoint = question.endpoint
        self._mailbox = mailbox
        self._upstream = upstream
        self._limits = limits
        self._clock = clock
        self._held: list[Chunk] = []
        self._tier: str | None = None
        self._bytes = 0  # read, and not yet in a chunk that was handed over
        self._started = clock()
        self._ended = False
        self._waited = 0.0  # for the reader
        self._waits_since: float | None = None
        self._limit: asyncio.Timeout | None = None
        # By the loop's time, where the first content has a limit of its own.
        self._ends_at: float | None = None

    async def run(self, limit: Limit, patience: float | None, answered: Callable[[], None]) -> None:
        """Makes the call, within `limit` and with the first content within `patience`, in seconds.

        Calls `answered` once the answer is whole: what the provider may still send is of no concern. Raises
        `PointsmanError`, which `account` tells of; secrets are taken out of it.
        """
        impatient = patience is not None and patience < limit.seconds
        if impatient:
            self._ends_at = asyncio.get_running_loop().time() + limit.seconds
        try:
            async with asyncio.timeout(patience if impatient else limit.seconds) as self._limit:
                await self._exchange(answered)
        except TimeoutError:
            if not self.complete:
                self._end()
                patience = patience if impatient and not self.begun else None
                raise self.fail(self._late(limit, patience)) from None
        except PointsmanError as error:
            self.fail(error)
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is ours
            _LOG.exception("a provider call failed for a reason of ours")
            raise self.fail(Internal()) from None
        finally:
            self._end()

    def fail(self, error: PointsmanError) -> PointsmanError:
        """Notes how the call failed, and gives the error without secrets."""
        if isinstance(error, ProviderError):
            self.account.provider_status = error.status
            self._redact(error)
            if error.__cause__:
                # It may be a fault of ours that makes an answer look odd.
                _LOG.warning(
                    "an answer of %s: %s", self._endpoint.id, error.message, exc_info=error.__cause__
                )
        self.account.success = False
        self.account.error_type = error.kind.value
        self.account.error_message = _cut(error.message, _MAX_ACCOUNT_CHARS) + self._note
        return error

    def _late(self, limit: Limit, patience: float | None) -> ProviderError:
        provider = self._endpoint.provider
        if patience is not None:
            return endings.too_late(provider, patience)
        return endings.too_long(provider, limit.seconds, limit.deadline, slow_reader=self.slow_reader)

    async def _exchange(self, answered: Callable[[], None]) -> None:
        dialect, request = self.question.dialect, self.question.request
        sending = self._upstream.send(
            self.question.outgoing, self._endpoint, self.key.credential, self._limits
        )
        async with sending as response:
            if not 200 <= response.status < 300:
                body = await response.error_body()
                # A Retry-After that is a date needs to know today's.
                headers = {"date": formatdate(usegmt=True), **response.headers}
                raise dialect.error(self._endpoint, response.status, headers, body)
            await self._read(response, dialect.decoder(request, self._endpoint, response.content_type))
            await self._flush()
            self.account.success = self.complete = True
            self._end()
            answered()
            await _read_rest(response)

    async def _read(self, response: UpstreamResponse, decoder: Decoder) -> None:
        try:
            await self._read_all(response, decoder)
        except ProviderError as error:
            came = foreign(response.content_type)
            if self.begun or came is None or error.kind is not ErrorKind.PROVIDER_INVALID_RESPONSE:
                raise
            wanted = "a stream" if self.question.request.stream else "JSON"
            text = f"Provider '{self._endpoint.provider}' answered {came} instead of {wanted}"
            raise ProviderError(error.kind, self._endpoint.provider, text) from None

    async def _read_all(self, response: UpstreamResponse, decoder: Decoder) -> None:
        try:
            while not decoder.complete and (data := await response.read()):
                await self._take(decoder.feed(data), len(data))
        except ProviderError as error:
            if error.kind not in _BROKEN_OFF:
                raise
            try:
                rest = decoder.end()
            except ProviderError:
                raise error from None
            # What drops or falls silent after the finish reason has cost nothing that the caller could miss.
            await self._take(rest)
            return
        await self._take(decoder.end())

    async def _take(self, chunks: list[Chunk], size: int = 0) -> None:
        self._bytes += size
        if not chunks:
            return
        for chunk in chunks:
            self._tier = chunk.service_tier or self._tier
            if chunk.usage:
                chunk.usage = self.usage = priced(chunk.usage, self._endpoint.facts.price, self._tier)
        if self.question.request.hides_thoughts:
            hide(chunks)
        if not self.begun:
            self._held += chunks
            if not any(chunk.has_content for chunk in chunks):
                self._held = [fold(self._held)] if len(self._held) > _MAX_HELD else self._held
                return
            self._begin()
            chunks, self._held = self._held, []
        await self._hand_over(chunks)

    async def _hand_over(self, chunks: list[Chunk]) -> None:
        size, self._bytes = self._bytes, 0
        self._waits_since = self._clock()
        await self._mailbox.put(chunks, size)
        self._waited += self._clock() - self._waits_since
        self._waits_since = None

    def _begin(self) -> None:
        self.begun = self.account.success = True
        self.ttft = self._clock() - self._started
        self.account.time_to_first_token_ms = round(self.ttft * 1000)
        if self._limit and self._ends_at is not None:
            self._limit.reschedule(self._ends_at)

    async def _flush(self) -> None:
        """Hands over what was held: an answer that ends well without content is one, too."""
        if self._held:
            await self._hand_over(self._held)

    def _end(self) -> None:
        if self._ended:
            return
        self._ended, now = True, self._clock()
        if self._waits_since is not None:
            self._waited += now - self._waits_since
        self.seconds = now - self._started - self._waited
        self.slow_reader = self._waits_since is not None or self._waited > self.seconds

    def _redact(self, error: ProviderError) -> None:
        """Takes secrets out of everything in the vendor's own words."""
        secrets = self.key.credential.secrets
        error.message = _cut(redact(error.message, secrets), _MAX_MESSAGE_CHARS)
        error.words = error.words and _cut(redact(error.words, secrets), _MAX_MESSAGE_CHARS)
        error.provider_code = error.provider_code and redact(error.provider_code, secrets)
        error.provider_type = error.provider_type and redact(error.provider_type, secrets)


def _cut(message: str, length: int) -> str:
    return message if len(message) <= length else message[:length] + "…"


async def _read_rest(response: UpstreamResponse) -> None:
    """Reads to the very end, so that the connection can serve the next request."""
    try:
        async with asyncio.timeout(_LEFTOVER_SECONDS):
            while await response.read():
                pass
    except (TimeoutError, ProviderError):
        pass
