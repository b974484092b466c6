"""Images, audio, video and files as parts: bytes inline, or a link that Google follows by itself.

AI Studio follows links to its own Files API and to YouTube; other links are fetched for it. Vertex AI follows
http(s) links too, but wants to be told their media type: what cannot be told is fetched. Objects of `gs://`
are read with the operator's rights: they are sent only where `media` has them.
Sources: ai.google.dev/gemini-api/docs/file-input-methods and .../media-resolution; Vertex AI reference,
`FileData`; recorded requests.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.dialects.google.media_types import audio_type, type_of
from service.dialects.google.names import camel
from service.dialects.google.platform import Platform, since
from service.dialects.urls import segment
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media, is_bucket_url, is_data_url, media_of
from service.types.message import ContentPart, Message
from service.types.upstream import Endpoint

_HTTP = re.compile(r"https?://", re.IGNORECASE)
_FILES_API = re.compile(r"https://generativelanguage\.googleapis\.com/[^/]+/files/", re.IGNORECASE)
_YOUTUBE = re.compile(r"https?://(?:(?:www\.|m\.)?youtube\.com|youtu\.be)/", re.IGNORECASE)

_DETAILS = {
    "low": "MEDIA_RESOLUTION_LOW",
    "medium": "MEDIA_RESOLUTION_MEDIUM",
    "high": "MEDIA_RESOLUTION_HIGH",
}


def links(request: ChatRequest, endpoint: Endpoint, platform: Platform) -> Sequence[str]:
    """The http(s) links that must be fetched, and the objects of clouds; each once."""
    urls = (url for message in request.body.messages for url in _all_urls(message))
    return list(
        dict.fromkeys(
            url
            for url in urls
            if is_bucket_url(url) or (_HTTP.match(url) and not _follows(url, endpoint, platform))
        )
    )


def media_part(
    part: ContentPart, path: str, endpoint: Endpoint, platform: Platform, media: Mapping[str, Media]
) -> dict[str, Any]:
    """One content part that is no text. Raises `InvalidRequest` for a kind that Google has no form for."""
    if part.input_audio is not None:
        return _inline(Media(audio_type(part.input_audio.format), part.input_audio.data))
    for field, url in _urls(part):
        return linked(url, f"{path}.{field}", endpoint, platform, media) | _resolution(part, endpoint)
    if part.file is not None and part.file.file_id is not None:
        return {"fileData": {"fileUri": _file_uri(part.file.file_id, endpoint)}}
    raise InvalidRequest([Violation(f"{path}.type", f"'{part.type}' has no form at '{endpoint.id}'")])


def linked(
    url: str, path: str, endpoint: Endpoint, platform: Platform, media: Mapping[str, Media]
) -> dict[str, Any]:
    """What a URL leads to. Raises `InvalidRequest` for one that cannot be read, or may not."""
    url = url.strip()
    if is_data_url(url) or "://" not in url:
        try:
            return _inline(media_of(url))
        except ValueError as error:
            raise InvalidRequest([Violation(path, str(error))]) from None
    if _follows(url, endpoint, platform) or (url in media and url[:5].lower() == "gs://"):
        kind = "video/mp4" if _YOUTUBE.match(url) else type_of(url)
        return {"fileData": {"fileUri": url} | ({"mimeType": kind} if kind else {})}
    if _HTTP.match(url) and url in media:
        return _inline(media[url])
    raise InvalidRequest([Violation(path, f"must be http, https or a data URL, got {url[:80]}")])


def check_block(block: dict[str, Any], path: str, endpoint: Endpoint, platform: Platform) -> None:
    """Looks through a part that came back for files that its sender might not name otherwise.

    Raises `InvalidRequest` for a file that is not one that Google follows for everyone.
    """
    waiting: list[Any] = [block]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        if not isinstance(value, dict):
            continue
        for name, inner in value.items():
            waiting.append(inner)
            if camel(name) != "fileData":
                continue
            given = inner.items() if isinstance(inner, dict) else [("fileUri", inner)]
            for uri in (each for key, each in given if camel(key) == "fileUri"):
                if not isinstance(uri, str) or not _follows(uri, endpoint, platform):
                    raise InvalidRequest([Violation(path, f"names a file that may not be read: {uri!r:.80}")])


def keeps_details(request: ChatRequest, endpoint: Endpoint) -> bool:
    """Whether every `image_url.detail` of the request has a word at Google."""
    given = {
        part.image_url.detail for message in request.body.messages for part in message.parts if part.image_url
    }
    return given <= {None, "auto"} or (since(endpoint.model, 3) and given <= {None, "auto", *_DETAILS})


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
    yield from (url.strip() for part in message.parts for _, url in _urls(part))
    yield from (url.strip() for _, url in images_of(message))


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
    elif part.file is not None and "://" in (part.file.file_id or ""):
        yield "file.file_id", part.file.file_id or ""


def _follows(url: str, endpoint: Endpoint, platform: Platform) -> bool:
    if _FILES_API.match(url) or _YOUTUBE.match(url) or url.startswith(f"{endpoint.base_url}/v1beta/files/"):
        return True
    return platform.fetches and _HTTP.match(url) is not None and type_of(url) is not None


def _file_uri(file_id: str, endpoint: Endpoint) -> str:
    return f"{endpoint.base_url}/v1beta/files/{segment(file_id.removeprefix('files/'))}"


def _resolution(part: ContentPart, endpoint: Endpoint) -> dict[str, Any]:
    """How closely to look at an image; single parts can be told since Gemini 3."""
    detail = part.image_url.detail if part.image_url else None
    if detail not in _DETAILS or not since(endpoint.model, 3):
        return {}
    return {"mediaResolution": {"level": _DETAILS[detail]}}


def _inline(media: Media) -> dict[str, Any]:
    return {"inlineData": {"mimeType": media.type, "data": media.data}}
