"""Content parts of user, system and tool messages to Anthropic's blocks."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from service.dialects.anthropic.platform import Platform
from service.errors import InvalidRequest, Violation
from service.types.media import Media, is_data_url, media_of
from service.types.message import ContentPart, File

Block = dict[str, Any]

IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PDF = "application/pdf"
# What people write for it.
_ALIASES = {"image/jpg": "image/jpeg", "application/x-pdf": PDF}
# Text in all but name.
_TEXTS = frozenset({"application/json", "application/xml", "application/x-yaml", "application/javascript"})


def block_of(part: ContentPart, path: str, media: Mapping[str, Media]) -> Block | None:
    """Translates one part; None for text that is blank, which Anthropic refuses.

    Raises `InvalidRequest` for a part of an unknown type, and for data that cannot be read.
    """
    block: Block | None
    match part.type:
        case "text":
            block = text_block(part.text or "")
        case "refusal":
            block = text_block(part.refusal or "")
        case "image_url" if part.image_url:
            block = _attached(part.image_url.url, None, f"{path}.image_url.url", media)
        case "file" if part.file:
            block = _file(part.file, f"{path}.file", media)
        case _:
            raise InvalidRequest([Violation(f"{path}.type", f"'{part.type}' is not known to this provider")])
    if block is not None and part.cache_control:
        block["cache_control"] = part.cache_control
    return block


def text_block(text: str) -> Block | None:
    """A text block, or None for blank text."""
    return {"type": "text", "text": text} if text.strip() else None


def takes(media_type: str) -> bool:
    """Whether a file of this type can be a block."""
    type_ = _ALIASES.get(media_type, media_type)
    return type_ in IMAGES or type_ == PDF or _is_text(type_)


def link_of(part: ContentPart, platform: Platform) -> str | None:
    """The URL in a part whose bytes Anthropic does not fetch by itself: it takes https only."""
    url = (part.image_url.url if part.image_url else part.file and part.file.file_data) or ""
    fetched = platform.fetches_urls and url[:8].lower() == "https://"
    return url if url[:4].lower() == "http" and not fetched else None


def _file(file: File, path: str, media: Mapping[str, Media]) -> Block:
    if file.file_id:
        block = {"type": "document", "source": {"type": "file", "file_id": file.file_id}}
        return block | ({"title": file.filename} if file.filename else {})
    if not file.file_data:
        raise InvalidRequest([Violation(path, "needs file_data or file_id")])
    return _attached(file.file_data, file.filename, f"{path}.file_data", media, kind="document")


def _attached(
    url: str, title: str | None, path: str, media: Mapping[str, Media], kind: str = "image"
) -> Block:
    """An image or document block, by what the data is, or by `kind` where Anthropic fetches it."""
    if url in media or is_data_url(url):
        try:
            found = media[url] if url in media else media_of(url)
        except ValueError as error:
            raise InvalidRequest([Violation(path, str(error))]) from None
        kind, source = _source(found, path)
    elif url[:4].lower() == "http":
        source = {"type": "url", "url": url}
    else:
        raise InvalidRequest([Violation(path, "must be a data URL or an http(s) URL")])
    block: Block = {"type": kind, "source": source}
    if title and kind == "document":
        block["title"] = title
    return block


def _source(found: Media, path: str) -> tuple[str, Block]:
    type_ = _ALIASES.get(found.type, found.type)
    if type_ in IMAGES or type_ == PDF:
        kind = "document" if type_ == PDF else "image"
        return kind, {"type": "base64", "media_type": type_, "data": found.data}
    if _is_text(type_):
        try:
            text = base64.b64decode(found.data).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidRequest([Violation(path, f"is not text: {error}")]) from None
        return "document", {"type": "text", "media_type": "text/plain", "data": text}
    raise InvalidRequest([Violation(path, f"{type_} is not supported by this provider")])


def _is_text(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type in _TEXTS
