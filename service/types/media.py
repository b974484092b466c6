"""Images, audio, video and files inside a request: data URLs, and what was fetched from other URLs."""

import re

import msgspec

_DATA_URL = re.compile(r"data:(?P<type>[^;,]*)(?P<parameters>(?:;[^;,]*)*),", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


class Media(msgspec.Struct, frozen=True):
    """Bytes as base64 text with their media type, such as image/png."""

    type: str
    data: str


OPEN = Media("", "")
"""Stands for an object of a cloud (s3://, gs://) that the operator lets callers name."""


def is_bucket_url(url: str) -> bool:
    """Whether a URL names an object of a cloud, which a vendor would read with the operator's rights."""
    return url.strip()[:5].lower() in ("s3://", "gs://")


def is_data_url(url: str) -> bool:
    """Whether a URL holds its content itself."""
    return url[:5].lower() == "data:"


def media_of(url: str) -> Media:
    """Reads a base64 data URL. Raises ValueError saying what is wrong with it."""
    match = _DATA_URL.match(url)
    if match is None:
        raise ValueError("must be a data URL: data:TYPE;base64,DATA")
    if not match["parameters"].lower().endswith(";base64"):
        raise ValueError("must be base64: data:TYPE;base64,DATA")
    data = url[match.end() :]
    if not _BASE64.fullmatch(data):
        data = data.replace("-", "+").replace("_", "/").replace("\n", "").replace("\r", "").replace(" ", "")
    if not data or not _BASE64.fullmatch(data):
        raise ValueError("has no valid base64 after the comma")
    data = data.rstrip("=")
    if len(data) % 4 == 1:
        raise ValueError("has base64 of an impossible length")
    return Media(match["type"].lower() or "application/octet-stream", data + "=" * (-len(data) % 4))
