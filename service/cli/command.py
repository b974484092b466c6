"""Reads the command line and runs one command. What only one command needs is imported by it alone."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from service import settings as settings_module
from service.cli.abilities import ABILITIES
from service.cli.expiry import expiry
from service.cli.said import member, text_member
from service.settings import Settings, SettingsError
from service.types.permission import PERMISSIONS

_DEFAULT_ADDRESS = "127.0.0.1:50051"
_INTERRUPTED = 130  # what shells give for a process that Ctrl-C has ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    options = _parser().parse_args(arguments)
    run: Callable[[Settings, argparse.Namespace], int] = options.run
    if run is _serve:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # until a worker is there to handle it
    try:
        return run(settings_module.load(), options)
    except SettingsError as error:
        sys.stderr.write(f"pointsman: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` say, has seen enough; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


class _Parser(argparse.ArgumentParser):
    """Tells what a command does not know together with how that command is used, not only the whole."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Leaves no argument to the parser above."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="pointsman", description="A self-hosted router for large language models.")
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start the workers and Envoy, and serve until Ctrl-C")
    up.set_defaults(run=_up)
    serve = commands.add_parser("serve", help="run one worker alone, beside an Envoy of your own")
    serve.add_argument(
        "--listen",
        default=_DEFAULT_ADDRESS,
        metavar="ADDRESS",
        help=f"HOST:PORT or unix:PATH (default {_DEFAULT_ADDRESS})",
    )
    serve.set_defaults(run=_serve)
    _add_models(commands)
    _add_providers(commands)
    _add_chat(commands)
    _add_explain(commands)
    _add_keys(commands)
    _add_routers(commands)
    return parser


def _add_models(commands: Any) -> None:
    models = commands.add_parser("models", help="list the models that are served, with abilities and prices")
    models.add_argument("search", nargs="*", metavar="SEARCH", help="words that ids or names must have")
    models.add_argument("--provider", metavar="NAME", help="only this provider's")
    models.add_argument(
        "--capability",
        action="append",
        default=[],
        choices=sorted(ABILITIES),
        metavar="NAME",
        help=f"only models that can do this, and may be repeated: {', '.join(sorted(ABILITIES))}",
    )
    _add_listing(models, "those of known providers that are not on")
    models.set_defaults(run=_models)


def _add_providers(commands: Any) -> None:
    providers = commands.add_parser("providers", help="list the providers that are on")
    _add_listing(providers, "known ones that are not on, with the variable that turns each on")
    providers.set_defaults(run=_providers)


def _add_listing(command: argparse.ArgumentParser, rest: str) -> None:
    command.add_argument("--all", action="store_true", dest="everything", help=f"also {rest}")
    command.add_argument("--json", action="store_true", help="print JSON")


def _add_chat(commands: Any) -> None:
    chat = commands.add_parser("chat", help="talk to a model of the running server")
    chat.add_argument("message", nargs="*", metavar="MESSAGE", help="what to ask; else it is typed or piped")
    chat.add_argument("--model", metavar="NAME", help="whom to ask (default: the first that is listed)")
    chat.add_argument("--system", metavar="TEXT", help="instructions to the model")
    _add_said(chat)
    chat.set_defaults(run=_chat)


def _add_explain(commands: Any) -> None:
    explain = commands.add_parser("explain", help="tell whom the running server would ask, and why")
    explain.add_argument(
        "message", nargs="*", metavar="MESSAGE", help="what would be asked (default: a greeting)"
    )
    explain.add_argument("--model", metavar="NAME", help="the model that would be named (default: auto)")
    explain.add_argument(
        "--models",
        action="append",
        metavar="NAME",
        help="a fallback, or one that auto picks from; may be repeated",
    )
    explain.add_argument(
        "--sort",
        action="append",
        metavar="METRIC",
        help="price, latency, throughput, ...; may be repeated: the first one ranks, the others break ties",
    )
    explain.add_argument(
        "--file", metavar="FILE", help="the whole chat request as JSON, - for the standard input"
    )
    explain.add_argument(
        "--flavour",
        choices=("openai", "openrouter"),
        default="openai",
        help="read it as /v1 does (default), or as /api/v1",
    )
    explain.add_argument(
        "--router",
        metavar="FILE",
        help="YAML or JSON of a router that would be asked, saved or not, - for the standard input",
    )
    _add_said(explain)
    explain.add_argument("--json", action="store_true", help="print JSON")
    explain.set_defaults(run=_explain)


def _add_said(command: argparse.ArgumentParser) -> None:
    command.add_argument("--user", metavar="USER", help="who asks, which decides the variant of a router")
    command.add_argument(
        "--metadata",
        action="append",
        type=member,
        metavar="KEY=VALUE",
        help="what conditions of a router look at; the value is JSON or else text; may be repeated",
    )
    command.add_argument(
        "--var",
        action="append",
        type=text_member,
        dest="prompt_variables",
        metavar="NAME=TEXT",
        help="a variable of a router's prompts; may be repeated",
    )


def _add_keys(commands: Any) -> None:
    keys = commands.add_parser("keys", help="make, list and revoke the keys of the running server")
    actions = keys.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key; it alone goes to the standard output, once")
    create.add_argument("name", metavar="NAME", help="what people call it")
    create.add_argument(
        "--permission",
        action="append",
        choices=PERMISSIONS,
        metavar="NAME",
        help=f"what it permits, and may be repeated: {', '.join(PERMISSIONS)} (default: chat)",
    )
    create.add_argument(
        "--expires",
        type=expiry,
        metavar="WHEN",
        help="a span such as 30d or 12h, or a time such as 2030-01-31T00:00:00Z (default: never)",
    )
    create.set_defaults(run=_keys("create"))
    listing = actions.add_parser("list", help="list all keys, the revoked and expired ones too")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_keys("list_all"))
    revoke = actions.add_parser("revoke", help="revoke a key, for ever")
    revoke.add_argument("id", metavar="ID", help="the id that `keys list` shows")
    revoke.set_defaults(run=_keys("revoke"))


def _add_routers(commands: Any) -> None:
    routers = commands.add_parser("routers", help="keep the saved routers of the running server in files")
    actions = routers.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list the routers")
    listing.set_defaults(run=_routers("list_all"))
    apply = actions.add_parser("apply", help="make the server have the routers of files")
    _add_files(apply)
    apply.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    apply.set_defaults(run=_routers("apply"))
    diff = actions.add_parser(
        "diff", help="show how the server's routers differ from those of files; the status is 3 if they do"
    )
    _add_files(diff)
    diff.set_defaults(run=_routers("diff"))
    export = actions.add_parser("export", help="print or write routers as YAML, which apply takes")
    export.add_argument(
        "-f", "--file", metavar="FILE", help="where to write them, - for the standard output (default)"
    )
    export.add_argument("name", nargs="*", metavar="NAME", help="which ones (default: all that are no files)")
    export.set_defaults(run=_routers("export"))
    for command in (listing, export):
        command.add_argument("--json", action="store_true", help="print JSON")
    delete = actions.add_parser("delete", help="delete routers")
    delete.add_argument("name", nargs="+", metavar="NAME", help="which ones")
    delete.set_defaults(run=_routers("delete"))


def _add_files(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-f",
        "--file",
        action="append",
        required=True,
        metavar="FILE",
        help="YAML or JSON of one router or several, a folder of such files, or - for the standard input; "
        "may be repeated",
    )


def _check_key(settings: Settings) -> None:
    from service.admission.keys import bootstrap_key  # noqa: PLC0415

    try:
        bootstrap_key(settings)
    except OSError as error:
        raise SettingsError(f"no key can be kept in {settings.data_dir}: {error}") from None


def _up(settings: Settings, _: argparse.Namespace) -> int:
    # Imported here because a worker has no use for it.
    from service.supervisor.up import run  # noqa: PLC0415

    _check_key(settings)
    status: int = asyncio.run(run())
    return status


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    from service.telemetry import log  # noqa: PLC0415 - `pointsman up` starts faster without a worker's imports
    from service.worker import serve  # noqa: PLC0415

    _check_key(settings)
    log.configure()
    _run_fast(_heeding(serve(settings, options.listen)))
    return 0


def _models(settings: Settings, options: argparse.Namespace) -> int:
    from service.cli.models import run  # noqa: PLC0415

    return run(settings, options)


def _providers(settings: Settings, options: argparse.Namespace) -> int:
    from service.cli.providers import run  # noqa: PLC0415

    return run(settings, options)


def _chat(settings: Settings, options: argparse.Namespace) -> int:
    from service.cli.chat import run  # noqa: PLC0415

    return run(settings, options)


def _explain(settings: Settings, options: argparse.Namespace) -> int:
    from service.cli.explain import run  # noqa: PLC0415

    return run(settings, options)


def _keys(action: str) -> Callable[[Settings, argparse.Namespace], int]:
    def run(settings: Settings, options: argparse.Namespace) -> int:
        from service.cli import keys  # noqa: PLC0415

        status: int = getattr(keys, action)(settings, options)
        return status

    return run


def _routers(action: str) -> Callable[[Settings, argparse.Namespace], int]:
    def run(settings: Settings, options: argparse.Namespace) -> int:
        from service.cli import routers  # noqa: PLC0415

        status: int = getattr(routers, action)(settings, options)
        return status

    return run


async def _heeding(serving: Coroutine[Any, Any, None]) -> None:
    """Lets SIGHUP through as soon as `serve` waits for the first time; it has its handler by then."""
    asyncio.get_running_loop().call_soon(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGHUP})
    await serving


def _run_fast(main: Coroutine[Any, Any, None]) -> None:
    """Runs on uvloop, the largest single gain measured, where it exists."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def _version() -> str:
    try:
        return version("pointsman")
    except PackageNotFoundError:
        return "unknown (not installed)"
