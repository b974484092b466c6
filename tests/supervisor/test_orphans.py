"""However Pointsman ends, nothing of it stays."""

import os
import signal
from collections.abc import Callable

import pytest

from tests.running import Pointsman, eventually, processes, running
from tests.supervisor.streams import refuses, streaming
from tests.upstreams.fake_vendor import FakeVendor


def _stopped(pointsman: Pointsman) -> None:
    pointsman.process.send_signal(signal.SIGTERM)


def _stopped_twice(pointsman: Pointsman) -> None:
    pointsman.process.send_signal(signal.SIGTERM)
    pointsman.process.send_signal(signal.SIGINT)


def _supervisor_killed(pointsman: Pointsman) -> None:
    pointsman.process.kill()


def _guardian_killed(pointsman: Pointsman) -> None:
    os.kill(pointsman.guardian(), signal.SIGKILL)


def _group_killed(pointsman: Pointsman) -> None:
    os.killpg(pointsman.process.pid, signal.SIGKILL)


ENDS: dict[str, tuple[Callable[[Pointsman], None], bool]] = {
    "stopped": (_stopped, False),
    "stopped twice, with a running stream": (_stopped_twice, True),
    "supervisor killed, with a running stream": (_supervisor_killed, True),
    "guardian killed, with a running stream": (_guardian_killed, True),
    "process group killed": (_group_killed, False),
}


@pytest.mark.parametrize(("end", "busy"), ENDS.values(), ids=ENDS)
def test_nothing_stays(
    vendor: FakeVendor, config: str, end: Callable[[Pointsman], None], *, busy: bool
) -> None:
    with running(config, new_session=True) as pointsman:
        guardian, folder = pointsman.guardian(), pointsman.run_folder()
        assert len(of_group(guardian)) == 4  # the guardian itself, two workers, Envoy
        if busy:
            with streaming(pointsman.url, vendor) as stream:
                end(pointsman)
                stream.rest()
        else:
            end(pointsman)

        pointsman.process.wait(10)
        eventually(lambda: not of_group(guardian))
        eventually(lambda: not folder.exists())
        assert not any(str(folder) in each.command for each in processes())
        assert refuses(pointsman.address)


def of_group(group: int) -> list[int]:
    return [each.pid for each in processes() if each.group == group]
