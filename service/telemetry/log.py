"""Logs: JSON lines, or words where a person watches a terminal."""

import json
import logging
import sys
import time
from typing import TextIO

import msgspec

from service.telemetry.record import RequestRecord

_REQUESTS = logging.getLogger("pointsman.request")
_encode = msgspec.json.Encoder(decimal_format="number")


def configure(stream: TextIO = sys.stderr) -> None:
    """Sends all logs to one stream; every line is written whole, so that processes can share it."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Words() if stream.isatty() else _Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # These report each of their own calls at INFO.
    for noisy in ("httpx", "httpcore", "asyncio", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def write(record: RequestRecord) -> None:
    """Writes the line of one request."""
    _REQUESTS.info("request", extra={"record": record})


class _Lines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        request: RequestRecord | None = getattr(record, "record", None)
        facts = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "pid": record.process,
        }
        if request:
            return _encode.encode(facts | msgspec.structs.asdict(request)).decode()
        facts["logger"] = record.name
        if record.exc_info:
            facts["exception"] = self.formatException(record.exc_info)
        return json.dumps(facts)


class _Words(logging.Formatter):
    """One sentence a line."""

    def format(self, record: logging.LogRecord) -> str:
        request: RequestRecord | None = getattr(record, "record", None)
        clock = _time(record.created)[11:19]
        if request is None:
            return f"{clock} {record.levelname.lower()}: {super().format(record)}"
        usage = request.usage
        tokens = f", {usage.prompt_tokens}+{usage.completion_tokens} tokens" if usage else ""
        first = request.time_to_first_token_ms
        ttft = "" if first is None else f", first token after {first} ms"
        outcome = (
            request.status if request.error_type is None else f"{request.http_status} {request.error_type}"
        )
        return (
            f"{clock} {request.door} {_printable(request.model or request.requested_model)}: {outcome} in "
            f"{request.duration_ms} ms{ttft}{tokens} ({request.generation_id})"
        )


def _printable(name: str | None) -> str:
    """A caller's words must not write lines or colours of their own."""
    return "".join(letter if letter.isprintable() else "?" for letter in name or "-")


def _time(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"
