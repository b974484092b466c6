"""How Pointsman ends: running streams first, unless it is told twice."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import Pointsman, eventually, running
from tests.supervisor.streams import refuses, streaming
from tests.upstreams.fake_vendor import FakeVendor


def _term(pointsman: Pointsman) -> None:
    pointsman.process.send_signal(signal.SIGTERM)


def _ctrl_c(pointsman: Pointsman) -> None:
    """As a terminal does it: to the whole foreground group."""
    os.killpg(pointsman.process.pid, signal.SIGINT)


ENDINGS: dict[str, Callable[[Pointsman], None]] = {"SIGTERM": _term, "Ctrl-C": _ctrl_c}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_a_running_stream_finishes(vendor: FakeVendor, config: str, end: Callable[[Pointsman], None]) -> None:
    with running(config, new_session=True) as pointsman, streaming(pointsman.url, vendor) as stream:
        end(pointsman)
        eventually(lambda: refuses(pointsman.address))
        assert pointsman.process.poll() is None

        assert stream.finish()[-1] == "[DONE]"
        assert pointsman.process.wait(10) == 0
        assert "Traceback" not in pointsman.log


def test_the_drain_time_is_a_limit(vendor: FakeVendor, config: str) -> None:
    short = config.replace("drain_seconds = 20", "drain_seconds = 1")
    with running(short) as pointsman, streaming(pointsman.url, vendor) as stream:
        asked_at = time.monotonic()
        _term(pointsman)

        rest = "".join(stream.rest())
        assert "[DONE]" not in rest
        assert '"code":"unavailable"' in rest, "a cut answer says that it was cut"
        assert 0.9 < time.monotonic() - asked_at < 3
        assert pointsman.process.wait(5) == 0
        (record,) = (line for line in pointsman.log.splitlines() if '"event":"request"' in line)
        assert '"status":"error","error_type":"unavailable"' in record
        assert vendor.call("held").closed.wait(5)
        assert "Traceback" not in pointsman.log


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(vendor: FakeVendor, config: str, second: signal.Signals) -> None:
    with running(config) as pointsman, streaming(pointsman.url, vendor) as stream:
        _term(pointsman)
        eventually(lambda: refuses(pointsman.address))
        asked_at = time.monotonic()
        pointsman.process.send_signal(second)

        pointsman.process.wait(5)
        assert time.monotonic() - asked_at < 2
        assert "[DONE]" not in stream.rest()
        assert "Traceback" not in pointsman.log


def test_idle_it_ends_quickly(config: str) -> None:
    with running(config) as pointsman:
        asked_at = time.monotonic()
        _term(pointsman)

        assert pointsman.process.wait(5) == 0
        assert time.monotonic() - asked_at < 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere opening a terminal does not make it control")
def test_closing_the_terminal_ends_it(config: str, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    with Pointsman(tmp_path, config, new_session=True, terminal=os.ttyname(theirs)) as pointsman:
        pointsman.process.send_signal(signal.SIGHUP)
        eventually(lambda: "configuration reloaded" in pointsman.log)

        os.close(theirs)
        os.close(ours)
        assert pointsman.process.wait(5) == 0
