"""Images, audio, video and files as parts: bytes inline, or a link that Google follows by itself.

AI Studio follows links to its own Files API and to YouTube; other links are fetched for it. Vertex AI follows
`gs://` and http(s) links too, but wants to be told their media type: what cannot be told is fetched.
Sources: ai.google.dev/gemini-api/docs/file-input-methods; Vertex AI reference, `FileData`; recorded requests.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.dialects.google.platform import Platform
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media, is_data_url, media_of
from service.types.message import ContentPart, Message
from service.types.upstream import Endpoint

_HTTP = re.compile(r"https?://", re.IGNORECASE)
_FILES_API = re.compile(r"https://generativelanguage\.googleapis\.com/[^/]+/files/", re.IGNORECASE)
_YOUTUBE = re.compile(r"https?://(?:(?:www\.|m\.)?youtube\.com|youtu\.be)/", re.IGNORECASE)
_EXTENSION = re.compile(r"\.([A-Za-z0-9]+)(?:[?#]|$)")

# Vertex AI reference, models/gemini: supported MIME types, by the usual endings.
_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "aiff": "audio/aiff",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/m4a",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpg",
    "mov": "video/quicktime",
    "avi": "video/avi",
    "flv": "video/x-flv",
    "webm": "video/webm",
    "wmv": "video/wmv",
    "3gp": "video/3gpp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "html": "text/html",
    "css": "text/css",
    "csv": "text/csv",
    "xml": "text/xml",
    "rtf": "text/rtf",
    "json": "application/json",
}
# OpenRouter A4: formats of `input_audio`.
_AUDIO = {**_TYPES, "pcm16": "audio/pcm", "pcm24": "audio/pcm"}


def links(request: ChatRequest, endpoint: Endpoint, platform: Platform) -> Sequence[str]:
    """The http(s) links that must be fetched, each once."""
    urls = (url for message in request.body.messages for url in _all_urls(message))
    return list(
        dict.fromkeys(url for url in urls if _HTTP.match(url) and not _follows(url, endpoint, platform))
    )


def media_part(
    part: ContentPart, path: str, endpoint: Endpoint, platform: Platform, media: Mapping[str, Media]
) -> dict[str, Any]:
    """One content part that is no text. Raises `InvalidRequest` for a kind that Google has no form for."""
    if part.input_audio is not None:
        kind = part.input_audio.format.lower()
        return _inline(Media(_AUDIO.get(kind, f"audio/{kind}"), part.input_audio.data))
    for field, url in _urls(part):
        return linked(url, f"{path}.{field}", endpoint, platform, media)
    if part.file is not None and part.file.file_id is not None:
        return {"fileData": {"fileUri": _file_uri(part.file.file_id, endpoint)}}
    raise InvalidRequest([Violation(f"{path}.type", f"'{part.type}' has no form at '{endpoint.id}'")])


def linked(
    url: str, path: str, endpoint: Endpoint, platform: Platform, media: Mapping[str, Media]
) -> dict[str, Any]:
    """What a URL leads to. Raises `InvalidRequest` for a data URL that cannot be read."""
    if is_data_url(url) or "://" not in url:
        try:
            return _inline(media_of(url))
        except ValueError as error:
            raise InvalidRequest([Violation(path, str(error))]) from None
    if _HTTP.match(url) and not _follows(url, endpoint, platform):
        return _inline(media[url])
    kind = "video/mp4" if _YOUTUBE.match(url) else _type(url)
    return {"fileData": {"fileUri": url} | ({"mimeType": kind} if kind else {})}


def file_violation(part: ContentPart, platform: Platform) -> str | None:
    """Why a file given by id cannot be had: Vertex AI knows files by their address only."""
    file_id = part.file.file_id if part.file and not part.file.file_data else None
    if file_id is None or not platform.fetches or "://" in file_id:
        return None
    return "a file id must be a gs:// or https:// address"


def images_of(message: Message) -> Iterator[tuple[int, str]]:
    """The images that an assistant made in an earlier turn: place and URL."""
    for place, image in enumerate(message.images or ()):
        match image:
            case {"image_url": {"url": str(url)}}:
                yield place, url


def _all_urls(message: Message) -> Iterator[str]:
    yield from (url for part in message.parts for _, url in _urls(part))
    yield from (url for _, url in images_of(message))


def _urls(part: ContentPart) -> Iterator[tuple[str, str]]:
    """The URL that a part holds, with the member it stands in."""
    if part.image_url is not None:
        yield "image_url.url", part.image_url.url
    elif part.video_url is not None:
        yield "video_url.url", part.video_url.url
    elif part.input_video is not None:
        yield "input_video.url", part.input_video.url
    elif part.file is not None and part.file.file_data is not None:
        yield "file.file_data", part.file.file_data


def _follows(url: str, endpoint: Endpoint, platform: Platform) -> bool:
    if _FILES_API.match(url) or _YOUTUBE.match(url) or url.startswith(f"{endpoint.base_url}/v1beta/files/"):
        return True
    return platform.fetches and _type(url) is not None


def _type(url: str) -> str | None:
    found = _EXTENSION.search(url.rpartition("/")[2])
    return _TYPES.get(found[1].lower()) if found else None


def _file_uri(file_id: str, endpoint: Endpoint) -> str:
    if "://" in file_id:
        return file_id
    return f"{endpoint.base_url}/v1beta/files/{file_id.removeprefix('files/')}"


def _inline(media: Media) -> dict[str, Any]:
    return {"inlineData": {"mimeType": media.type, "data": media.data}}
