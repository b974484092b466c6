"""`pointsman explain`: whom the running server would ask for a request, and why; nobody is asked."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from service.cli import said, table
from service.cli.numbers import dollars, milliseconds, percentage, speed
from service.cli.router_texts import texts
from service.cli.server import AskError, Server, key_of
from service.files.router_files import RouterFilesError, read
from service.routing.saved import document
from service.settings import Settings

_HEADS = ("#", "MODEL", "STANDING", "COST $", "FIRST", "TTFT", "TOK/S", "ERRORS", "CALLS")
_RIGHT = ("#", *_HEADS[3:])
_STDIN = "-"
_SHOWN_CANDIDATES = 20
_SHOWN_NAMES = 8
_ANY_MODEL = "auto"
_ANY_MESSAGE = "Hello!"


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Prints the plan; gives 1 when nobody can serve the request."""
    try:
        body = _body(options)
        told = Server(settings.server, key_of(settings)).explain(body, options.flavour)
    except (AskError, RouterFilesError) as error:
        sys.stderr.writelines(f"pointsman: {line}\n" for line in str(error).splitlines())
        return 1
    if options.json:
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    else:
        _write(told)
    return 0 if told["candidates"] else 1


def _body(options: argparse.Namespace) -> dict[str, Any]:
    """The request of the file, with what the command line says in place of its members."""
    if options.router == options.file == _STDIN:
        raise AskError("--file and --router cannot both be the standard input")
    body = _of_file(options.file) if options.file else {}
    if options.message:
        body["messages"] = [{"role": "user", "content": " ".join(options.message)}]
    for name in ("model", "sort", "models"):
        if given := getattr(options, name):
            body[name] = given
    body |= said.members(options)
    if options.router:
        body["router"] = _router_of(options.router)
    if not options.file:
        body.setdefault("model", _ANY_MODEL)
        body.setdefault("messages", [{"role": "user", "content": _ANY_MESSAGE}])
    return body


def _of_file(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == _STDIN else Path(name).read_text("utf-8")
        body = json.loads(text)
    except OSError as error:
        raise AskError(f"{name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise AskError(f"{name} holds no JSON: {error}") from None
    if not isinstance(body, dict):
        raise AskError(f"{name} holds no JSON object")
    return body


def _router_of(name: str) -> dict[str, Any]:
    """The router of a file. Raises `AskError`, and `RouterFilesError`."""
    found = read(texts(name))
    if len(found) != 1:
        raise AskError(f"{name} holds {len(found)} routers, and one can be asked")
    router: dict[str, Any] = json.loads(document.write(found[0].router))
    return router


def _write(told: dict[str, Any]) -> None:
    candidates, excluded = told["candidates"], told["excluded"]
    if told.get("router"):
        _write_router(told)
    sys.stdout.write(f"{told['reasoning']}.\n")
    if candidates:
        tokens = f"{told['prompt_tokens']} tokens of prompt and {told['answer_tokens']} of answer"
        sys.stdout.write(f"Costs are reckoned with {tokens}.\n\n")
        _write_candidates(candidates)
    if excluded:
        sys.stdout.write("\nLeft out:\n")
        sys.stdout.writelines(f"  {line}\n" for line in _reasons(excluded))


def _write_router(told: dict[str, Any]) -> None:
    """Which way it took through a router, and which ways it did not."""
    place = f"router '{told['router']}', route '{told['route_id']}', variant '{told['variant_id']}'"
    sys.stdout.write(f"By {place}.\n")
    if told["prompt"]:
        sys.stdout.write(f"Prompt: {', '.join(each['role'] for each in told['prompt'])}.\n")
    if told["unmatched"]:
        sys.stdout.write("Routes not taken:\n")
        sys.stdout.writelines(f"  {each['route_id']}: {each['reason']}\n" for each in told["unmatched"])


def _write_candidates(candidates: list[dict[str, Any]]) -> None:
    shown = candidates[:_SHOWN_CANDIDATES]
    drawn = any(each["first_chance"] is not None for each in candidates)
    places = [place for place, head in enumerate(_HEADS) if drawn or head != "FIRST"]
    rows = [_row(each) for each in shown]
    table.write(
        [_HEADS[place] for place in places], [[row[place] for place in places] for row in rows], right=_RIGHT
    )
    if more := len(candidates) - len(shown):
        sys.stdout.write(f"and {more} more; --json has all\n")


def _row(candidate: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(candidate["position"]),
        candidate["model"],
        candidate["standing"],
        dollars(candidate["expected_cost_usd"]),
        percentage(candidate["first_chance"]),
        milliseconds(candidate["latency_ms"]),
        speed(candidate["throughput_tokens_per_second"]),
        percentage(candidate["error_rate"]),
        str(candidate["requests"]),
    )


def _reasons(excluded: list[dict[str, Any]]) -> list[str]:
    """A line for each rule and field, and under it who it is if there are several."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in excluded:
        groups.setdefault((each["rule"], each["field"]), []).append(each)
    lines = []
    for (rule, field), group in groups.items():
        where = f"{rule} ({field})" if field != rule else rule
        names = list(dict.fromkeys(each["model"] for each in group))
        if len(names) == 1:
            lines += [f"{where}: {each['reason']}" for each in group]
            continue
        lines.append(f"{where}: {len(names)} models, for one: {group[0]['reason']}")
        more = len(names) - _SHOWN_NAMES
        lines.append(f"  {', '.join(names[:_SHOWN_NAMES])}{f' and {more} more' if more > 0 else ''}")
    return lines
