"""Content parts of messages and tool results, to Responses' input parts."""

from typing import Any

from service.dialects.responses.history import PartMore
from service.errors import InvalidRequest, Violation
from service.types.message import ContentPart, File, ImageUrl

# Known kinds without a form here make the endpoint ineligible. The SDK's types define `input_audio`, but no
# message takes it.
UNSUPPORTED = frozenset({"input_audio", "video_url", "input_video"})


def input_part(part: ContentPart, more: PartMore, path: str) -> dict[str, Any]:
    """Translates one part. Raises `InvalidRequest` for a type that is not known."""
    if part.type == "text":
        built: dict[str, Any] = {"type": "input_text", "text": part.text}
    elif part.image_url is not None and part.type == "image_url":
        built = _image(part.image_url)
    elif part.file is not None and part.type == "file":
        built = _file(part.file)
    else:
        raise InvalidRequest([Violation(f"{path}.type", f"unknown content part type '{part.type}'")])
    if more.prompt_cache_breakpoint is not None:
        built["prompt_cache_breakpoint"] = more.prompt_cache_breakpoint
    return built


def _image(image: ImageUrl) -> dict[str, Any]:
    return {"type": "input_image", "image_url": image.url, "detail": image.detail or "auto"}


def _file(file: File) -> dict[str, Any]:
    """Builds an `input_file`; `file_data` may hold a URL to fetch instead of data (OpenRouter A4)."""
    built: dict[str, Any] = {"type": "input_file"}
    data = file.file_data
    if file.file_id is not None:
        built["file_id"] = file.file_id
    elif data is not None and data[:8].lower().startswith(("http://", "https://")):
        return built | {"file_url": data}
    elif data is not None:
        built["file_data"] = data
    if file.filename is not None and data is not None:
        built["filename"] = file.filename
    return built
