"""Content parts to Converse's content blocks: text, images, documents, video and audio.

Blocks take bytes or an object in S3; http(s) links are fetched before. Formats are botocore's enums.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media, is_data_url, media_of
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
_UNFIT = re.compile(r"[^A-Za-z0-9\s\-()\[\]]+")
_MAX_NAME = 200


class Blocks:
    """Makes blocks for one request; names of documents are unique in it."""

    def __init__(self, media: Mapping[str, Media]) -> None:
        self._media = media
        self._names: set[str] = set()

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
                return {"audio": {"format": format_, "source": {"bytes": audio.data}}}
            case "file" if file := part.file:
                url = file.file_data or file.file_id or ""
                member = "file_data" if file.file_data else "file_id"
                return self._linked("document", url, f"{path}.file.{member}", file.filename)
            case _:
                raise InvalidRequest([Violation(f"{path}.type", f"'{part.type}' has no form at Bedrock")])

    def _linked(self, kind: str, url: str, path: str, filename: str | None = None) -> dict[str, Any]:
        suffix = _suffix(filename or url)
        if url.startswith("s3://"):
            source: dict[str, Any] = {"s3Location": {"uri": url}}
            kind = _kind_of_suffix(kind, suffix)
            said = suffix
        else:
            media = self._bytes(url, path)
            source = {"bytes": media.data}
            group, _, said = media.type.partition(";")[0].strip().partition("/")
            if kind == "document" and group in _FORMATS:
                kind = group  # a picture handed over as a file
        format_ = _FORMATS[kind].get(said) or _FORMATS[kind].get(suffix)
        if format_ is None:
            raise _unfit(kind, path, said or suffix)
        block = {"format": format_, "source": source}
        if kind == "document":
            block["name"] = self._name(filename)
        return {kind: block}

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
        number, unique = 1, name
        while unique in self._names:
            number += 1
            unique = f"{name} ({number})"
        self._names.add(unique)
        return unique


def links(request: ChatRequest) -> list[str]:
    """The http(s) URLs whose bytes are needed, each once."""
    urls = (url for message in request.body.messages for part in message.parts for url in _urls(part))
    return list(dict.fromkeys(url for url in urls if url[:8].lower().startswith(("http://", "https://"))))


def _urls(part: ContentPart) -> Iterator[str]:
    for linked in (part.image_url, part.video_url, part.input_video):
        if linked:
            yield linked.url
    if part.file and part.file.file_data:
        yield part.file.file_data


def _suffix(name: str) -> str:
    return "" if is_data_url(name) else name.partition("?")[0].rpartition(".")[2].lower()


def _kind_of_suffix(kind: str, suffix: str) -> str:
    if suffix in _FORMATS[kind]:
        return kind
    return next((other for other, formats in _FORMATS.items() if suffix in formats), kind)


def _unfit(kind: str, path: str, said: str) -> InvalidRequest:
    known = ", ".join(sorted(set(_FORMATS[kind].values())))
    return InvalidRequest([Violation(path, f"{kind} must be one of {known}; got '{said}'")])
