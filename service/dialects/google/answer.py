"""A `GenerateContentResponse`, whole or one event of a stream, to a chunk."""

from typing import Any

from service.dialects.google.choice import Choice, Failed
from service.dialects.google.errors import in_band_error
from service.dialects.google.names import text_of
from service.dialects.google.usage import service_tier, usage_of
from service.errors import ErrorKind, ProviderError
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk, ChunkChoice, Delta

# Read into places of their own; the time is said anew by Pointsman.
_PLACED = frozenset({"candidates", "usageMetadata", "createTime", "sdkHttpResponse"})
_MAX_INDEX = 1000


def earlier_ids(request: ChatRequest) -> frozenset[str]:
    """The ids that calls of earlier turns have."""
    calls = (call for message in request.body.messages for call in message.tool_calls or ())
    return frozenset(call.id for call in calls)


class Answer:
    """Everything that one answer said so far."""

    def __init__(self, provider: str, known: frozenset[str]) -> None:
        self._provider, self._known = provider, known
        self._choices: dict[int, Choice] = {}
        self._blocked = False
        self._metadata: dict[str, Any] = {}

    def read(self, response: dict[str, Any]) -> Chunk:
        """Takes the next response. Raises `ProviderError` for a failure in it."""
        if response.get("error"):
            raise in_band_error(self._provider, response["error"])
        chunk = Chunk()
        for place, candidate in enumerate(response.get("candidates") or ()):
            chunk.choices.append(self._choice(place, candidate))
        if (feedback := response.get("promptFeedback")) and feedback.get("blockReason"):
            chunk.choices.append(self._block(feedback))
        if counts := response.get("usageMetadata"):
            chunk.usage, chunk.service_tier = usage_of(counts), service_tier(counts)
        self._note(response, chunk)
        return chunk

    @property
    def finished(self) -> bool:
        """Whether the answer has ended: each of its choices, or the prompt was blocked."""
        return self._blocked or (
            bool(self._choices) and all(choice.finished for choice in self._choices.values())
        )

    def implied(self) -> list[ChunkChoice]:
        """The ends of choices that have an answer and say no reason, as a whole answer may."""
        return [end for choice in self._choices.values() if (end := choice.implied())]

    def _choice(self, place: int, candidate: dict[str, Any]) -> ChunkChoice:
        index = candidate.get("index")
        index = place if index is None else index
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= _MAX_INDEX:
            raise ValueError("a candidate's index is out of range")
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = Choice(index, self._known)
        try:
            return choice.read(candidate)
        except Failed as failed:
            message = f"Provider '{self._provider}' could not answer: {failed}"
            raise ProviderError(ErrorKind.PROVIDER_FAILURE, self._provider, message) from None

    def _block(self, feedback: dict[str, Any]) -> ChunkChoice:
        """The prompt was blocked: there are no candidates, and one choice says why."""
        self._blocked = True
        reason = str(feedback["blockReason"])
        refusal = text_of(feedback.get("blockReasonMessage")) or f"The prompt was blocked: {reason}"
        return ChunkChoice(
            index=0, delta=Delta(refusal=refusal), finish_reason="content_filter", native_finish_reason=reason
        )

    def _note(self, response: dict[str, Any], chunk: Chunk) -> None:
        noted = {name: value for name, value in response.items() if name not in _PLACED}
        if traffic := (response.get("usageMetadata") or {}).get("trafficType"):
            noted["trafficType"] = traffic
        if any(self._metadata.get(name) != value for name, value in noted.items()):
            self._metadata |= noted
            chunk.extra["provider_metadata"] = dict(self._metadata)
