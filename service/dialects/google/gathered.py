"""What one piece of an answer adds up to, gathered in lists: texts that grow would be copied each time."""

from typing import Any

from service.types.chunk import Delta, ToolCallDelta


class Gathered:
    """What the parts of one piece add up to."""

    def __init__(self) -> None:
        self.content: list[str] = []
        self.reasoning: list[str] = []
        self.details: list[dict[str, Any]] = []
        self.calls: list[ToolCallDelta] = []
        self.images: list[dict[str, Any]] = []
        self.sound: list[str] = []
        self.transcript: list[str] = []
        self.audio: dict[str, Any] = {}

    def delta(self) -> Delta:
        """All of it as one delta."""
        audio = {"data": "".join(self.sound)} if self.sound else {}
        audio |= {"transcript": "".join(self.transcript)} if self.transcript else {}
        return Delta(
            content="".join(self.content) if self.content else None,
            reasoning="".join(self.reasoning) if self.reasoning else None,
            reasoning_details=self.details or None,
            tool_calls=self.calls or None,
            images=self.images or None,
            audio=audio | self.audio or None,
        )
