"""SIGHUP: a changed file is live, a faulty one changes nothing."""

import os
import signal
import stat
from collections.abc import Iterator

import pytest

from tests.running import Pointsman, eventually, running
from tests.supervisor.streams import ask, streaming
from tests.upstreams.fake_vendor import FakeVendor


@pytest.fixture
def reloading(config: str) -> Iterator[Pointsman]:
    with running(config) as pointsman:
        yield pointsman


def reload(pointsman: Pointsman, config: str) -> None:
    """Changes the file and waits until both workers have said that they took it."""
    earlier = len(pointsman.log_lines())
    write(pointsman, config)
    pointsman.process.send_signal(signal.SIGHUP)
    eventually(lambda: said_by(pointsman, "configuration reloaded", earlier) == set(pointsman.workers()))


def refuse(pointsman: Pointsman, config: str) -> str:
    """Changes the file and waits until the supervisor has said why it did not take it."""
    earlier = len(pointsman.log_lines())
    write(pointsman, config)
    pointsman.process.send_signal(signal.SIGHUP)
    eventually(lambda: said_by(pointsman, "configuration not reloaded: ", earlier) == {pointsman.process.pid})
    (line,) = pointsman.log_lines()[earlier:]
    assert line["level"] == "error"
    return str(line["event"])


def write(pointsman: Pointsman, config: str) -> None:
    (pointsman.folder / "pointsman.toml").write_text(config, "utf-8")


def said_by(pointsman: Pointsman, event: str, earlier: int = 0) -> set[int]:
    """The processes that have logged it, after so many earlier lines."""
    return {line["pid"] for line in pointsman.log_lines()[earlier:] if line["event"].startswith(event)}


def statuses(pointsman: Pointsman, model: str) -> set[int]:
    """Asks often enough to reach every worker."""
    return {ask(pointsman.url, model).status_code for _ in range(8)}


def adding(vendor: FakeVendor, config: str) -> str:
    return f'{config}\n[providers.added]\ndialect = "openai"\nbase_url = "{vendor.base_url}"\n'


def test_reload(reloading: Pointsman, vendor: FakeVendor, config: str) -> None:
    assert statuses(reloading, "added/hello") == {400}

    with streaming(reloading.url, vendor) as stream:
        reload(reloading, adding(vendor, config))
        assert stream.finish()[-1] == "[DONE]"
    assert statuses(reloading, "added/hello") == {200}

    for faulty, fault in FAULTS.items():
        told = refuse(reloading, faulty)
        assert fault in told
        assert str(reloading.run_folder()) not in told
        assert statuses(reloading, "added/hello") == {200}

    reload(reloading, config)
    assert statuses(reloading, "added/hello") == {400}


FAULTS = {
    "[server": "pointsman.toml: is not valid TOML",
    "[providers.added]\ndialect = 'cobol'": "providers.added.dialect",
    "[providers.openai]": "OPENAI_API_KEY",
}


def crash(pointsman: Pointsman) -> int:
    """Kills a worker and gives the one that is started for it."""
    before = pointsman.workers()
    os.kill(before[0], signal.SIGKILL)
    (started,) = eventually(lambda: set(pointsman.workers()) - set(before))
    return started


def serves(pointsman: Pointsman, worker: int) -> None:
    """Asks until the worker has answered; every answer on the way is good."""

    def answered() -> bool:
        assert ask(pointsman.url).status_code == 200
        return worker in said_by(pointsman, "request")

    eventually(answered)


def test_a_restarted_worker_reads_what_was_accepted(
    reloading: Pointsman, vendor: FakeVendor, config: str
) -> None:
    for edited in ("[server", adding(vendor, config)):
        write(reloading, edited)
        serves(reloading, crash(reloading))
        assert statuses(reloading, "added/hello") == {400}

    assert reloading.log.count("starting it again") == 2


def test_a_starting_worker_takes_the_new_file(reloading: Pointsman, vendor: FakeVendor, config: str) -> None:
    write(reloading, adding(vendor, config))
    started = crash(reloading)
    reloading.process.send_signal(signal.SIGHUP)

    eventually(lambda: started in said_by(reloading, "configuration reloaded"))
    serves(reloading, started)
    assert statuses(reloading, "added/hello") == {200}
    assert reloading.log.count("starting it again") == 1


def test_the_accepted_file_is_private(reloading: Pointsman, config: str) -> None:
    accepted = reloading.run_folder() / "pointsman.toml"

    assert accepted.read_text("utf-8") == config
    assert stat.S_IMODE(accepted.stat().st_mode) == 0o600
    assert stat.S_IMODE(accepted.parent.stat().st_mode) == 0o700
