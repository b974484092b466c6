"""Content parts of user, system and tool messages to Anthropic's blocks."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from service.dialects.anthropic.media_types import IMAGES, PDF, is_text, readable, type_by_name, type_of
from service.dialects.anthropic.platform import Platform
from service.errors import InvalidRequest, Violation
from service.types.media import Media, is_data_url, media_of
from service.types.message import ContentPart, File

Block = dict[str, Any]


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
            block = _attached(part.image_url.url, None, f"{path}.image_url.url", media, picture=True)
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


def unreadable(part: ContentPart) -> str | None:
    """What a part holds that Anthropic has no block for, as far as it can be told without fetching it."""
    url, name = _address(part)
    if is_data_url(url):
        told: str | None = type_of(url[5:].partition(",")[0].partition(";")[0].lower(), name)
    else:
        told = type_by_name(name, url) if part.file and _is_link(url) else None
    if told is None or readable(told, picture=part.image_url is not None):
        return None
    return told or "a data URL without a media type"


def link_of(part: ContentPart, platform: Platform) -> str | None:
    """The URL in a part whose bytes Anthropic does not fetch by itself.

    It takes https only, for images and for PDF; other documents have to be sent along.
    """
    url, name = _address(part)
    if not _is_link(url):
        return None
    told = type_by_name(name, url) if part.file else None
    by_itself = told is None or told == PDF or told in IMAGES
    fetched = platform.fetches_urls and url[:8].lower() == "https://" and by_itself
    return None if fetched else url


def _address(part: ContentPart) -> tuple[str, str | None]:
    """The URL in a part and the name of its file."""
    if part.type == "image_url" and part.image_url:
        return part.image_url.url, None
    if part.type == "file" and part.file and not part.file.file_id:
        return part.file.file_data or "", part.file.filename
    return "", None


def _is_link(url: str) -> bool:
    return url[:8].lower().startswith(("http://", "https://"))


def _file(file: File, path: str, media: Mapping[str, Media]) -> Block:
    if file.file_id:
        kind = "image" if type_by_name(file.filename) in IMAGES else "document"
        block: Block = {"type": kind, "source": {"type": "file", "file_id": file.file_id}}
        return _titled(block, file.filename)
    if not file.file_data:
        raise InvalidRequest([Violation(path, "needs file_data or file_id")])
    return _attached(file.file_data, file.filename, f"{path}.file_data", media, picture=False)


def _attached(url: str, name: str | None, path: str, media: Mapping[str, Media], *, picture: bool) -> Block:
    """An image or document block, by what the data is; where Anthropic fetches it, by what it should be."""
    if is_data_url(url) or (_is_link(url) and url in media):
        try:
            found = media_of(url) if is_data_url(url) else media[url]
        except ValueError as error:
            raise InvalidRequest([Violation(path, str(error))]) from None
        names = (name,) if is_data_url(url) else (name, url)
        kind, source = _source(type_of(found.type, *names), found.data, path, picture=picture)
    elif _is_link(url):
        kind = "image" if picture or type_by_name(name, url) in IMAGES else "document"
        source = {"type": "url", "url": url}
    else:
        raise InvalidRequest([Violation(path, "must be a data URL or an http(s) URL")])
    return _titled({"type": kind, "source": source}, name)


def _titled(block: Block, name: str | None) -> Block:
    return block | ({"title": name} if name and block["type"] == "document" else {})


def _source(type_: str, data: str, path: str, *, picture: bool) -> tuple[str, Block]:
    if not readable(type_, picture=picture):
        wanted = "a JPEG, PNG, GIF or WebP image" if picture else "an image, a PDF or text"
        raise InvalidRequest([Violation(path, f"must be {wanted}, got {type_ or 'an unknown type'}")])
    if not is_text(type_):
        kind = "document" if type_ == PDF else "image"
        return kind, {"type": "base64", "media_type": type_, "data": data}
    try:
        text = base64.b64decode(data).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidRequest([Violation(path, f"is not UTF-8 text, but was said to be {type_}")]) from None
    return "document", {"type": "text", "media_type": "text/plain", "data": text}
