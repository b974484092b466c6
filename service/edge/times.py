"""Points in time as callers read and write them. Ours are Unix seconds; what is printed has milliseconds."""

import re
from datetime import UTC, datetime

from google.protobuf import timestamp_pb2

_MILLISECOND = 1_000_000  # in nanoseconds
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def rfc3339(seconds: float) -> str:
    """Prints a time, in UTC: `2026-01-31T12:00:00.000Z`."""
    return datetime.fromtimestamp(_rounded(seconds), UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def timestamp(seconds: float) -> timestamp_pb2.Timestamp:
    """The same as a message."""
    moment = timestamp_pb2.Timestamp()
    moment.FromNanoseconds(round(seconds * 1000) * _MILLISECOND)
    return moment


def read(text: str) -> float:
    """Reads a time as RFC 3339 has it. Raises `ValueError` for anything else."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("must be a time such as 2026-01-31T12:00:00Z")
    return datetime.fromisoformat(text.upper()).timestamp()


def _rounded(seconds: float) -> float:
    return round(seconds * 1000) / 1000
