"""What the command line says of a chat beside its messages: members of the request."""

import argparse
import json
from typing import Any

_NAMES = ("user", "metadata", "prompt_variables")


def member(text: str) -> tuple[str, Any]:
    """KEY=VALUE, whose value is JSON, or text if it is none. Raises `ArgumentTypeError`."""
    name, value = text_member(text)
    try:
        return name, json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return name, value


def text_member(text: str) -> tuple[str, str]:
    """NAME=TEXT. Raises `ArgumentTypeError`."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"must be a name and a value with = between, got {text!r}")
    return name, value


def members(options: argparse.Namespace) -> dict[str, Any]:
    """The members of a chat request that the options say."""
    said = {name: getattr(options, name) for name in _NAMES}
    return {
        name: dict(value) if isinstance(value, list) else value
        for name, value in said.items()
        if value is not None
    }


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
