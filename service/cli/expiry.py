"""When a key stops working, as it is typed."""

import argparse
import re
from datetime import UTC, datetime
from typing import Any

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"([1-9][0-9]{0,8})([smhdw])", re.ASCII)


def expiry(text: str) -> dict[str, Any]:
    """Reads a span such as `30d`, or a time with its zone, as the member of a new key.

    Raises `argparse.ArgumentTypeError`.
    """
    if span := _SPAN.fullmatch(text):
        return {"ttl_seconds": int(span[1]) * _SECONDS[span[2]]}
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return {"expire_time": time.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(
        f"must be a span such as 30d or 12h, or a time such as 2030-01-31T00:00:00Z, got {text!r}"
    )
