"""Content parts to Converse's content blocks: text, images, documents, video and audio.

Blocks take bytes, or an object in S3 that the operator lets callers name; http(s) links are fetched before.
Formats are botocore's enums.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media, is_bucket_url, is_data_url, media_of
from service.types.message import ContentPart

_IMAGES: Final = {"png": "png", "jpeg": "jpeg", "jpg": "jpeg", "gif": "gif", "webp": "webp"}
_VIDEOS: Final = {
    **{name: name for name in ("mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp")},
    "quicktime": "mov",
    "x-matroska": "mkv",
    "x-flv": "flv",
    "x-ms-wmv": "wmv",
    "3gpp": "three_gp",
    "3gp": "three_gp",
}
_AUDIO: Final = {
    **{name: name for name in ("mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac")},
    **{name: name for name in ("m4a", "mpeg", "mpga", "pcm", "webm")},
    "x-wav": "wav",
    "wave": "wav",
    "pcm16": "pcm",
}
_DOCUMENTS: Final = {
    **{name: name for name in ("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")},
    "plain": "txt",
    "markdown": "md",
    "x-markdown": "md",
    "htm": "html",
    "msword": "doc",
    "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "vnd.ms-excel": "xls",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
_FORMATS: Final = {"image": _IMAGES, "video": _VIDEOS, "audio": _AUDIO, "document": _DOCUMENTS}
_KINDS: Final = {"image_url": "image", "video_url": "video", "input_video": "video", "file": "document"}
# The roles of messages in which a part may stand.
_PLACES: Final = {**dict.fromkeys(_KINDS, ("user", "tool")), "input_audio": ("user",)}
_UNFIT = re.compile(r"[^A-Za-z0-9\s\-()\[\]]+")
_MAX_NAME = 200


class Blocks:
    """Makes blocks for one request; names of documents are unique in it."""

    def __init__(self, media: Mapping[str, Media]) -> None:
        self._media = media
        self._names: set[str] = set()
        self._counts: dict[str, int] = {}

    def of(self, part: ContentPart, path: str) -> dict[str, Any] | None:
        """The block of a part; None for empty text, which Bedrock refuses.

        Raises `InvalidRequest` by the part's path for what there is no block for.
        """
        match part.type:
            case "text" | "refusal":
                text = part.text if part.type == "text" else part.refusal
                return {"text": text} if text and text.strip() else None
            case "image_url" if part.image_url:
                return self._linked("image", part.image_url.url, f"{path}.image_url.url")
            case "video_url" | "input_video" if video := part.video_url or part.input_video:
                return self._linked("video", video.url, f"{path}.{part.type}.url")
            case "input_audio" if audio := part.input_audio:
                format_ = _AUDIO.get(audio.format.lower())
                if format_ is None:
                    raise _unfit("audio", f"{path}.input_audio.format", audio.format)
                url = audio.data if is_data_url(audio.data) else f"data:audio/{format_};base64,{audio.data}"
                data = self._bytes(url, f"{path}.input_audio.data").data
                return {"audio": {"format": format_, "source": {"bytes": data}}}
            case "file" if file := part.file:
                url = file.file_data or file.file_id or ""
                member = "file_data" if file.file_data else "file_id"
                return self._linked("document", url, f"{path}.file.{member}", file.filename)
            case _:
                raise InvalidRequest([Violation(f"{path}.type", f"'{part.type}' has no form at Bedrock")])

    def _linked(self, kind: str, url: str, path: str, filename: str | None = None) -> dict[str, Any]:
        suffix = _suffix(filename or url.strip())
        if is_bucket_url(url):
            source: dict[str, Any] = {"s3Location": {"uri": self._stored(url, path)}}
            kind = _kind_of_suffix(kind, suffix)
            said = suffix
        else:
            media = self._bytes(url, path)
            source = {"bytes": media.data}
            kind, said = _told(kind, media.type)
        format_ = _FORMATS[kind].get(said) or _FORMATS[kind].get(suffix)
        if format_ is None:
            raise _unfit(kind, path, said or suffix)
        block = {"format": format_, "source": source}
        if kind == "document":
            block["name"] = self._name(filename)
        return {kind: block}

    def _stored(self, url: str, path: str) -> str:
        """An object that is open to callers; Bedrock reads it with the operator's rights."""
        scheme, _, place = url.strip().partition("://")
        if url not in self._media or scheme.lower() != "s3":
            raise InvalidRequest([Violation(path, "names no object in S3 that is open to callers")])
        return f"s3://{place}"

    def _bytes(self, url: str, path: str) -> Media:
        if not is_data_url(url):
            if url not in self._media:
                raise InvalidRequest([Violation(path, "must be a data, http(s) or s3 URL")])
            return self._media[url]
        try:
            return media_of(url)
        except ValueError as error:
            raise InvalidRequest([Violation(path, str(error))]) from None

    def _name(self, filename: str | None) -> str:
        """Converse takes letters, digits, single spaces, hyphens and brackets, and no name twice."""
        stem = (filename or "").rpartition("/")[2]
        stem = stem.rpartition(".")[0] or stem
        name = " ".join(_UNFIT.sub(" ", stem).split())[: _MAX_NAME - 8].strip() or "Document"
        unique, number = name, self._counts.get(name, 1)
        while unique in self._names:
            number += 1
            unique = f"{name} ({number})"
        self._counts[name] = number
        self._names.add(unique)
        return unique


def unsupported(part: ContentPart, role: str) -> str | None:
    """What of a part has no form in a message of that role; None if there is a form, or nobody knows yet."""
    if part.type not in _PLACES:
        return None  # text, or of a type that `Blocks` refuses
    if role not in _PLACES[part.type]:
        return f"{part.type} in a message of role '{role}'"
    if part.input_audio:
        known = part.input_audio.format.lower() in _AUDIO
        return None if known else f"audio of format '{part.input_audio.format}'"
    url = next(_urls(part), "")
    if part.file and not part.file.file_data and not (is_data_url(url) or _is_link(url)):
        return "a file by its id"
    if not is_data_url(url):
        return None
    media_type = url[5:].partition(",")[0].partition(";")[0].strip().lower()
    kind, said = _told(_KINDS[part.type], media_type)
    suffix = _suffix(part.file.filename or "") if part.file else ""
    return None if {said, suffix} & _FORMATS[kind].keys() else f"{kind} of type '{media_type}'"


def links(request: ChatRequest) -> list[str]:
    """The http(s) URLs whose bytes are needed, and the objects of buckets, each once."""
    urls = (url for message in request.body.messages for part in message.parts for url in _urls(part))
    return list(dict.fromkeys(url for url in urls if _is_link(url)))


def _is_link(url: str) -> bool:
    return url[:8].lower().startswith(("http://", "https://")) or is_bucket_url(url)


def _urls(part: ContentPart) -> Iterator[str]:
    for linked in (part.image_url, part.video_url, part.input_video):
        if linked:
            yield linked.url
    if part.file:
        yield part.file.file_data or part.file.file_id or ""


def _told(kind: str, media_type: str) -> tuple[str, str]:
    """The kind of block for a media type, and the type's own name of its format."""
    group, _, said = media_type.partition(";")[0].strip().partition("/")
    # A picture may be handed over as a file.
    return (group if kind == "document" and group in _FORMATS else kind), said


def _suffix(name: str) -> str:
    return "" if is_data_url(name) else name.partition("?")[0].rpartition(".")[2].lower()


def _kind_of_suffix(kind: str, suffix: str) -> str:
    if suffix in _FORMATS[kind]:
        return kind
    return next((other for other, formats in _FORMATS.items() if suffix in formats), kind)


def _unfit(kind: str, path: str, said: str) -> InvalidRequest:
    known = ", ".join(sorted(set(_FORMATS[kind].values())))
    return InvalidRequest([Violation(path, f"{kind} must be one of {known}; got '{said}'")])
