"""What an installation takes; the numbers go into the test report."""

from collections.abc import Callable

from tests.running import Pointsman, processes

MIB = 1024  # ps counts KiB


def test_memory_and_start(
    pointsman: Pointsman, record_testsuite_property: Callable[[str, object], None]
) -> None:
    memory = {each.pid: each.rss / MIB for each in processes()}
    worker = max(memory[pid] for pid in pointsman.workers())
    envoy = memory[pointsman.envoy()]
    record_testsuite_property("start_seconds", round(pointsman.start_seconds, 2))
    record_testsuite_property("worker_mib", round(worker))
    record_testsuite_property("envoy_mib", round(envoy))
    record_testsuite_property("supervisor_mib", round(memory[pointsman.process.pid]))

    assert pointsman.start_seconds < 20
    assert worker < 200
    assert envoy < 300
