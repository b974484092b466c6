"""What crashes is started again; what it did not touch goes on."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Self

import httpx
import pytest

from tests.running import Pointsman, eventually
from tests.supervisor.streams import HEADERS, PATH, ask, body

CALLERS = 8
CUT = 0  # the answer had begun, and ended in the middle


class Load:
    """Callers that ask without pause; each notes every answer, and when it asked."""

    def __init__(self, pointsman: Pointsman) -> None:
        self._pointsman = pointsman
        self._ending = threading.Event()
        self._callers = [threading.Thread(target=self._ask) for _ in range(CALLERS)]
        self.statuses: list[tuple[float, int]] = []
        self.health: list[int] = []

    def __enter__(self) -> Self:
        for caller in self._callers:
            caller.start()
        self.wait_for(CALLERS)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for caller in self._callers:
            caller.join()

    def wait_for(self, answers: int) -> None:
        """Waits for so many more answers."""
        aim = len(self.statuses) + answers
        eventually(lambda: len(self.statuses) >= aim)

    def _ask(self) -> None:
        with httpx.Client(headers=HEADERS, timeout=10, trust_env=False) as client:
            while not self._ending.is_set():
                asked_at = time.monotonic()
                try:
                    status = client.post(self._pointsman.url + PATH, json=body("fake/hello")).status_code
                except httpx.RemoteProtocolError:
                    status = CUT
                self.statuses.append((asked_at, status))
                self.health.append(client.get(self._pointsman.url + "/healthz").status_code)


def test_a_killed_worker_costs_only_what_it_had_in_hand(pointsman: Pointsman) -> None:
    before = pointsman.workers()
    with Load(pointsman) as load:
        eventually(lambda: set(before) <= set(answered_by(pointsman)))
        killed_at = time.monotonic()
        os.kill(before[0], signal.SIGKILL)
        load.wait_for(50)
        eventually(lambda: len(set(pointsman.workers()) - set(before)) == 1)
        load.wait_for(50)

    counts = Counter(status for _, status in load.statuses)
    failures = [asked_at for asked_at, status in load.statuses if status != 200]
    assert set(counts) <= {200, 503, CUT}, counts
    assert len(failures) <= CALLERS, "at most one request of each caller can have been in hand"
    assert all(asked_at - killed_at < 0.1 for asked_at in failures), "what was asked later is answered"
    assert set(load.health) == {200}


def test_the_restarted_worker_serves(pointsman: Pointsman) -> None:
    before = pointsman.workers()
    os.kill(before[1], signal.SIGKILL)
    (started,) = eventually(lambda: set(pointsman.workers()) - set(before))

    def serves() -> bool:
        assert ask(pointsman.url).status_code == 200
        return started in answered_by(pointsman)

    eventually(serves)


CRASHED: dict[str, Callable[[Pointsman], list[int]]] = {
    "Envoy": lambda pointsman: [pointsman.envoy()],
    "all workers": Pointsman.workers,
    "everything": lambda pointsman: [pointsman.envoy(), *pointsman.workers()],
}


@pytest.mark.parametrize("victims", CRASHED.values(), ids=CRASHED)
def test_comes_back(pointsman: Pointsman, victims: Callable[[Pointsman], list[int]]) -> None:
    killed = victims(pointsman)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)

    def serves() -> bool:
        try:
            return ask(pointsman.url).status_code == 200
        except httpx.TransportError:
            return False

    eventually(lambda: not set(killed) & set(pointsman.children()))
    eventually(serves)
    assert pointsman.process.poll() is None


def test_one_connection_reaches_all_workers(pointsman: Pointsman) -> None:
    with httpx.Client(headers=HEADERS, timeout=10, trust_env=False) as client:

        def shares(requests: int) -> Counter[int]:
            earlier = len(answered_by(pointsman))
            for _ in range(requests):
                assert client.post(pointsman.url + PATH, json=body("fake/hello")).status_code == 200
            eventually(lambda: answered_by(pointsman)[earlier:][requests - 1 :])
            return Counter(answered_by(pointsman)[earlier:])

        eventually(lambda: set(shares(4)) == set(pointsman.workers()))  # all restarted ones are back
        counts = shares(40)

    assert min(counts.values()) >= 5, counts


def answered_by(pointsman: Pointsman) -> list[int]:
    """The process that answered, for each request in the log."""
    return [line["pid"] for line in pointsman.log_lines() if line.get("event") == "request"]
