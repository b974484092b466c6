"""The media type of bytes: as their server says it, unless it does not know."""

from typing import Final

# What servers say of anything: object stores of whatever was put there without a type.
_SAYS_NOTHING: Final = ("", "application/octet-stream", "binary/octet-stream")
# Source: the IANA registrations of the types, "magic numbers".
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


def media_type(data: bytes, said: str) -> str:
    """The type that the server said, or, if it said nothing of use, the one by which the bytes begin."""
    if said.lower() not in _SAYS_NOTHING:
        return said.lower()
    if data[:4] == b"RIFF" and data[8:12] in _RIFF:
        return _RIFF[data[8:12]]
    found = next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), None)
    if found is None and data[4:8] == b"ftyp":
        return "video/mp4"
    return found or "application/octet-stream"
