"""Media types by the usual endings and formats: Google wants every link and every blob to have one."""

import re

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


def type_of(url: str) -> str | None:
    """The type that a link's ending says; None if it says none that Google takes."""
    found = _EXTENSION.search(url.rpartition("/")[2])
    return _TYPES.get(found[1].lower()) if found else None


def audio_type(form: str) -> str:
    """The type of a format of `input_audio`."""
    return _AUDIO.get(form.lower(), f"audio/{form.lower()}")
