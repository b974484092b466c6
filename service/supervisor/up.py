"""`pointsman up`: workers and Envoy on one machine, from start to drained end."""

import asyncio
import contextlib
import json
import logging
import os
import shlex
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from service.admission.keys import key_path
from service.providers.configured import directory_of
from service.settings import Settings, SettingsError
from service.supervisor import envoy, http
from service.supervisor.child import Child
from service.supervisor.configuration import Configuration
from service.supervisor.guardian import Guardian
from service.telemetry import log

_LOG = logging.getLogger(__name__)
_START_SECONDS = 60.0
_POLL_SECONDS = 0.05
_MAX_FAILED_STARTS = 3
_CUT_SECONDS = 5.0  # beyond the drain time, for workers to end what they were told to end
_MAX_ENVOY_THREADS = 4
_FOLDER_PREFIX = "pointsman-"
_LONGEST_SOCKET_PATH = 103  # bytes, on macOS; Linux takes four more
# Who has no use for a secret of the environment is not given any.
_PLAIN_VARIABLES = ("PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_CTYPE")


async def run() -> int:
    """Serves until SIGTERM or SIGINT; a second one ends everything at once. Gives the exit status."""
    log.configure()
    with tempfile.TemporaryDirectory(
        prefix=_FOLDER_PREFIX, dir=_temporary_folder(), ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        configuration = Configuration(folder)
        settings = configuration.accept()
        bound = _free_address(settings.server.host, settings.server.port)
        guardian = await Guardian.start(folder, _plain(configuration.variables))
        try:
            return await _Up(settings, configuration, bound, folder, guardian).run()
        finally:
            await guardian.end()


def cores() -> int:
    """How many cores this process may use, as far as the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Up:
    def __init__(
        self,
        settings: Settings,
        configuration: Configuration,
        bound: tuple[str, int],
        folder: Path,
        guardian: Guardian,
    ) -> None:
        address, port = bound
        count = settings.server.workers or cores()
        sockets = [folder / f"worker-{number}.sock" for number in range(count)]
        environment = configuration.variables
        self._settings = settings
        self._configuration = configuration
        self._host = _reachable(address)
        self._port = port
        self._admin = folder / "admin.sock"
        self._guardian = guardian
        self._workers = [
            Child(f"worker {number}", _worker_command(path), guardian, environment)
            for number, path in enumerate(sockets)
        ]
        config = folder / "envoy.json"
        config.write_text(envoy.render(host=address, port=port, admin=self._admin, workers=sockets), "utf-8")
        command = envoy.command(config, min(count, _MAX_ENVOY_THREADS))
        self._envoy = Child("Envoy", command, guardian, _plain(environment))
        self._asked = asyncio.Event()
        self._again = asyncio.Event()

    async def run(self) -> int:
        self._handle_signals()
        keepers = [asyncio.create_task(child.keep()) for child in (*self._workers, self._envoy)]
        unguarded = asyncio.create_task(self._guardian.wait())
        asked = asyncio.create_task(self._asked.wait())
        try:
            if await self._ready(asked):
                _say(_greeting(self._settings, self._host, self._port))
            elif not asked.done():
                _say("Pointsman did not start; the reason stands above.")
                return 1
            done, _ = await asyncio.wait([asked, unguarded, *keepers], return_when=asyncio.FIRST_COMPLETED)
            if asked not in done:
                _say("Pointsman ends: a part it cannot do without has ended.")
                return 1
            await self._stop(unguarded)
            return 0
        finally:
            for task in (*keepers, unguarded, asked):
                task.cancel()

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()

        def on_end() -> None:
            (self._again if self._asked.is_set() else self._asked).set()

        attended = _has_terminal() and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN  # as nohup sets it

        def on_hang_up() -> None:
            if attended and not _has_terminal():
                on_end()  # the window was closed: nobody is left to press Ctrl-C
            else:
                self._reload()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_end)
        loop.add_signal_handler(signal.SIGHUP, on_hang_up)

    def _reload(self) -> None:
        """Lets the workers read the configuration again; a faulty one changes nothing."""
        try:
            self._configuration.accept()
        except SettingsError as error:
            _LOG.error("configuration not reloaded: %s", error)
            return
        for worker in self._workers:
            worker.signal(signal.SIGHUP)

    async def _ready(self, asked: asyncio.Task[bool]) -> bool:
        """Waits until a request would be served."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_SECONDS
        while loop.time() < deadline and not asked.done():
            if any(child.restarts >= _MAX_FAILED_STARTS for child in (*self._workers, self._envoy)):
                return False
            try:
                if await http.get(self._host, self._port, "/healthz") == 200:
                    return True
            except (OSError, TimeoutError):
                pass
            await asyncio.sleep(_POLL_SECONDS)
        return False

    async def _stop(self, unguarded: asyncio.Task[None]) -> None:
        """Takes no more requests, lets running ones finish, then ends; at once when asked again."""
        seconds = self._settings.server.drain_seconds
        _say(f"Finishing what runs, for at most {seconds:g} s; once more to end at once.")
        drained = asyncio.create_task(self._drain())
        again = asyncio.create_task(self._again.wait())
        await asyncio.wait(
            [drained, again, unguarded],
            timeout=seconds + _CUT_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        again.cancel()
        drained.cancel()
        self._envoy.stop(signal.SIGTERM)

    async def _drain(self) -> None:
        """Closes the front door, then lets the workers finish."""
        with contextlib.suppress(OSError, TimeoutError):  # Envoy may be gone already
            await envoy.drain(self._admin)
        for worker in self._workers:
            worker.stop(signal.SIGTERM)
        for worker in self._workers:
            await worker.ended()


def _worker_command(path: Path) -> list[str]:
    # -P: a folder named `service` where the operator happens to stand is not ours.
    return [sys.executable, "-P", "-m", "service.cli", "serve", "--listen", f"unix:{path}"]


def _temporary_folder() -> str | None:
    """Where the run folder goes: None for the usual place, unless its sockets' paths would be too long."""
    longest = Path(tempfile.gettempdir(), _FOLDER_PREFIX + "x" * 8, "worker-255.sock")
    return None if len(os.fsencode(longest)) <= _LONGEST_SOCKET_PATH else "/tmp"  # noqa: S108 - it is made private


def _plain(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in _PLAIN_VARIABLES if name in environment}


def _free_address(host: str, port: int) -> tuple[str, int]:
    """Gives the IP address of a host, which is all that Envoy takes, and a port free there; 0 picks one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Envoy does
            probe.bind(address)
            bound: tuple[str, int] = probe.getsockname()[:2]
            return bound
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"cannot listen on {host}:{port}: {reason}") from None


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _has_terminal() -> bool:
    """Whether a terminal controls this process."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _greeting(settings: Settings, host: str, port: int) -> str:
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    key_file = shlex.quote(
        str(key_path(settings).resolve())
    )  # curl is typed in another terminal, and anywhere
    key = "$POINTSMAN_API_KEY" if settings.api_key else f"$(cat {key_file})"
    directory = directory_of(settings)
    providers = directory.providers
    listed = next(directory.listed(), None)
    model = listed.id if listed else f"{next(iter(providers))}/MODEL"
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Hello!"}]})
    return f"""\
Pointsman is up: {address} (providers: {", ".join(providers)})

Try it:
curl {address}/v1/chat/completions \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d {shlex.quote(body)}
"""


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
