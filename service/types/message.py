"""The turns of a conversation and their content parts, in the OpenAI dialect.

Members without a field here stay in the raw request; an unknown content part type is the provider's to judge.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class ImageUrl(msgspec.Struct, frozen=True):
    """An image by http(s) or data URL; `detail` is a hint such as auto, low, high."""

    url: str
    detail: str | None = None


if TYPE_CHECKING:
    Linked = ImageUrl
else:
    Linked = ImageUrl | str  # Mistral's SDK sends the bare URL; once checked it is an ImageUrl


class InputAudio(msgspec.Struct, frozen=True):
    """Audio as base64, with its format (wav, mp3, ...)."""

    data: str
    format: str


class VideoUrl(msgspec.Struct, frozen=True):
    """A video by http(s) or data URL."""

    url: str


class File(msgspec.Struct, frozen=True):
    """A file by data URL or by an id the provider knows."""

    filename: str | None = None
    file_data: str | None = None
    file_id: str | None = None


class ContentPart(msgspec.Struct, frozen=True):
    """One part of a message; `type` names the member that holds it."""

    type: str
    text: str | None = None
    image_url: Linked | None = None
    input_audio: InputAudio | None = None
    video_url: VideoUrl | None = None
    input_video: VideoUrl | None = None
    file: File | None = None
    refusal: str | None = None
    cache_control: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Checks that a part of a known type holds what its type names."""
        image: Any = self.image_url
        if isinstance(image, str):
            msgspec.structs.force_setattr(self, "image_url", ImageUrl(url=image))
        if self.type in _PART_TYPES and getattr(self, self.type) is None:
            raise ValueError(f"{self.type} field is required for type '{self.type}'")


_PART_TYPES = frozenset({"text", "image_url", "input_audio", "video_url", "input_video", "file", "refusal"})


class FunctionCall(msgspec.Struct, frozen=True):
    """The function a model called; `arguments` is JSON text as the model wrote it."""

    name: str
    arguments: str


class ToolCall(msgspec.Struct, frozen=True):
    """A call the assistant made in an earlier turn."""

    id: str
    type: str = "function"
    function: FunctionCall | None = None

    def __post_init__(self) -> None:
        """Checks that a function call has a function."""
        if self.type == "function" and self.function is None:
            raise ValueError("function field is required for type 'function'")


class Compression(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prompt compression of one message (Inworld 2.8)."""

    aggressiveness: Annotated[float, Meta(ge=0, le=1)] | None = None


class Message(msgspec.Struct, frozen=True):
    """One turn. Assistant turns may have no content; tool turns name the call they answer."""

    role: Role
    content: str | list[ContentPart] | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: FunctionCall | None = None  # OpenAI's earlier name; the edge makes it a tool call
    tool_call_id: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    reasoning_details: list[dict[str, Any]] | None = None
    images: list[dict[str, Any]] | None = None
    audio: dict[str, Any] | None = None
    cache_control: dict[str, Any] | None = None
    compression: Compression | None = None

    def __post_init__(self) -> None:
        """Checks what a role cannot do without."""
        if self.content is None and self.role != "assistant":
            raise ValueError(f"content field is required for role '{self.role}'")
        if self.role == "tool" and self.tool_call_id is None:
            raise ValueError("tool_call_id field is required for role 'tool'")

    @property
    def text(self) -> str:
        """The text of the message: its string, or its text parts joined."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text or "" for part in self.content or ())

    @property
    def thoughts(self) -> str | None:
        """What was thought in this turn, under either name."""
        return self.reasoning or self.reasoning_content

    @property
    def parts(self) -> list[ContentPart]:
        """The content as parts; a string is one text part, an empty one none."""
        if isinstance(self.content, str):
            return [ContentPart(type="text", text=self.content)] if self.content else []
        return self.content or []
