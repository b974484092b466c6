"""How an answer of one call is printed: one class for each flavour of the REST doors."""

from typing import Any, Protocol

from service.edge import openai_json, openrouter_json
from service.edge.chat_call import ChatCall
from service.edge.openrouter_json import Heading
from service.edge.router_metadata import model_id, router_metadata
from service.errors import Internal, NoEndpoint, PointsmanError
from service.types.chunk import Chunk

Printed = dict[str, Any]


class Printer(Protocol):
    """One flavour's ways. `generation_id` goes into the header of that name, `ping` is a sign of life."""

    generation_id: str
    ping: str

    def whole(self, answer: Chunk) -> Printed:
        """Prints a folded answer."""
        ...

    def chunk(self, part: Chunk) -> Printed:
        """Prints one frame of a stream."""
        ...

    def failure(self, error: PointsmanError) -> Printed:
        """Prints an error instead of an answer."""
        ...

    def failed_chunk(self, error: PointsmanError) -> Printed:
        """Prints an error as the last frame of a stream."""
        ...


class OpenAiPrinter:
    """`/v1`: the account stands beside the error."""

    ping = "ping"

    def __init__(self, call: ChatCall) -> None:
        self._call = call
        self.generation_id = call.generation_id

    def whole(self, answer: Chunk) -> Printed:
        """See `Printer`."""
        return openai_json.completion(answer, self._call.id, self._call.created, self._call.model)

    def chunk(self, part: Chunk) -> Printed:
        """See `Printer`."""
        return openai_json.chunk(part, self._call.id, self._call.created, self._call.model)

    def failure(self, error: PointsmanError) -> Printed:
        """See `Printer`."""
        return openai_json.error(error, self._call.metadata())

    failed_chunk = failure


class OpenRouterPrinter:
    """`/api/v1`: models by their authors' names. `routed` adds `openrouter_metadata`."""

    ping = "OPENROUTER PROCESSING"

    def __init__(self, call: ChatCall, *, routed: bool) -> None:
        self._call = call
        self._routed = routed
        self.generation_id = call.id

    def whole(self, answer: Chunk) -> Printed:
        """See `Printer`."""
        return openrouter_json.completion(answer, self._heading()) | self._routing(answered=True)

    def chunk(self, part: Chunk) -> Printed:
        """See `Printer`. The last frame is the one with the account."""
        printed = openrouter_json.chunk(part, self._heading())
        return printed | self._routing(answered=True) if part.metadata else printed

    def failure(self, error: PointsmanError) -> Printed:
        """See `Printer`. What came before routing has nothing to tell of it, nor has a fault of ours."""
        call = self._call
        printed = openrouter_json.error(
            error, call.http_status(error), call.metadata(), requested=call.requested, title=call.title
        )
        if isinstance(error, Internal) or not (call.plan or isinstance(error, NoEndpoint)):
            return printed
        return printed | self._routing(answered=False)

    def failed_chunk(self, error: PointsmanError) -> Printed:
        """See `Printer`."""
        return openrouter_json.failed_chunk(self.failure(error), self._heading())

    def _heading(self) -> Heading:
        call, endpoint = self._call, self._call.endpoint
        return Heading(
            id=call.id,
            created=call.created,
            model=model_id(endpoint) if endpoint else "",
            provider=call.title(endpoint.provider) if endpoint else "",
        )

    def _routing(self, *, answered: bool) -> Printed:
        if not self._routed:
            return {}
        call = self._call
        told = router_metadata(
            call.plan,
            call.metadata().attempts,
            call.endpoint if answered else None,
            requested=call.requested[0],
            title=call.title,
        )
        return {"openrouter_metadata": told}
