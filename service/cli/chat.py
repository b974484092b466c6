"""`pointsman chat`: a conversation with a model of the running server, word by word as it answers."""

import argparse
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from service.cli import said
from service.cli.server import AskError, Server, key_of
from service.edge.models.money import plain
from service.settings import Settings

_PROMPT = "> "
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Asks once what the command line or a pipe says, else as often as something is typed."""
    try:
        server = Server(settings.server, key_of(settings))
        model = options.model or server.first_model()
        chat = _Chat(server, model, options.system, said.members(options))
        if options.message:
            chat.ask(" ".join(options.message))
        elif not sys.stdin.isatty():
            chat.ask(sys.stdin.read().rstrip("\n"))
        else:
            _talk(chat)
    except AskError as error:
        sys.stderr.write(f"pointsman: {error}\n")
        return 1
    return 0


def _talk(chat: "_Chat") -> None:
    """Goes on until Ctrl-D. A failed turn is told and forgotten, so that it can be asked again."""
    import readline  # noqa: F401, PLC0415 - makes what is typed editable

    sys.stderr.write(_dimmed(f"{chat.model}; Ctrl-D ends\n"))
    while True:
        try:
            text = input(_PROMPT).strip()
        except EOFError:
            sys.stdout.write("\n")
            return
        if text:
            try:
                chat.ask(text)
            except AskError as error:
                sys.stderr.write(f"pointsman: {error}\n")


class _Chat:
    """A conversation: what was said so far goes along with every question."""

    def __init__(self, server: Server, model: str, system: str | None, members: dict[str, Any]) -> None:
        self._server = server
        self._members = members
        self.model = model
        self._messages = [{"role": "system", "content": system}] if system else []

    def ask(self, text: str) -> None:
        """Prints the answer as it comes, and who gave it. Raises `AskError`."""
        if not text.strip():
            raise AskError("there is nothing to ask")
        asked = [*self._messages, {"role": "user", "content": text}]
        answer = "".join(self._told(asked))
        self._messages = [*asked, {"role": "assistant", "content": answer}]

    def _told(self, messages: list[dict[str, str]]) -> Iterator[str]:
        """Writes the parts of an answer as they come, and gives them. Thoughts are dim, and no part of it."""
        last: dict[str, Any] = {}
        begun = thinking = False
        try:
            for chunk in self._server.stream(self.model, messages, self._members):
                last |= {name: value for name, value in chunk.items() if value}
                for choice in chunk.get("choices") or ():
                    delta = choice.get("delta") or {}
                    if (thought := delta.get("reasoning")) and sys.stderr.isatty():
                        thinking = True
                        sys.stderr.write(_dimmed(thought))
                        sys.stderr.flush()
                    if text := delta.get("content") or delta.get("refusal"):
                        if thinking:
                            thinking = False
                            sys.stderr.write("\n\n")
                        begun = True
                        sys.stdout.write(text)
                        sys.stdout.flush()
                        yield text
        finally:
            if begun:
                sys.stdout.write("\n")
                sys.stdout.flush()
        sys.stderr.write(_dimmed(_account(last)) + "\n")


def _account(last: dict[str, Any]) -> str:
    """Who answered, with how many tokens, for how much, by which way of a router: as far as it was told."""
    parts = [str(last.get("model"))]
    usage = last.get("usage") or {}
    if "prompt_tokens" in usage and "completion_tokens" in usage:
        parts.append(f"{usage['prompt_tokens']} + {usage['completion_tokens']} tokens")
    if usage.get("cost") is not None:
        parts.append(f"${plain(Decimal(str(usage['cost'])))}")
    metadata = last.get("metadata") or {}
    if metadata.get("route_id"):
        parts.append(f"route {metadata['route_id']}, variant {metadata.get('variant_id')}")
    return " · ".join(parts)


def _dimmed(text: str) -> str:
    return f"{_DIM}{text}{_PLAIN}" if sys.stderr.isatty() else text
