"""The `pointsman` command."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from service import settings as settings_module
from service.admission.keys import bootstrap_key
from service.settings import Settings, SettingsError

_DEFAULT_ADDRESS = "127.0.0.1:50051"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    options = _parser().parse_args(arguments)
    if options.run is _serve:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # until a worker is there to handle it
    try:
        settings = settings_module.load()
        _check_key(settings)
        status: int = options.run(settings, options)
    except SettingsError as error:
        sys.stderr.write(f"pointsman: {error}\n")
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pointsman", description="A self-hosted router for large language models."
    )
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
    return parser


def _check_key(settings: Settings) -> None:
    try:
        bootstrap_key(settings)
    except OSError as error:
        raise SettingsError(f"no key can be kept in {settings.data_dir}: {error}") from None


def _up(_settings: Settings, _: argparse.Namespace) -> int:
    # Imported here because a worker has no use for it.
    from service.supervisor.up import run  # noqa: PLC0415

    status: int = asyncio.run(run())
    return status


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    from service.telemetry import log  # noqa: PLC0415 - `pointsman up` starts faster without a worker's imports
    from service.worker import serve  # noqa: PLC0415

    log.configure()
    _run_fast(_heeding(serve(settings, options.listen)))
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
