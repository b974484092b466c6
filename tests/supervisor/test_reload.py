"""SIGHUP: a changed file is live, a faulty one changes nothing."""

import signal
from collections.abc import Iterator

import pytest

from tests.running import Pointsman, eventually, running
from tests.supervisor.streams import ask, streaming
from tests.upstreams.fake_vendor import FakeVendor


@pytest.fixture
def reloading(config: str) -> Iterator[Pointsman]:
    with running(config) as pointsman:
        yield pointsman


def reload(pointsman: Pointsman, config: str, event: str) -> None:
    """Changes the file and waits until both workers have said what they made of it."""
    earlier = len(pointsman.log_lines())
    (pointsman.folder / "pointsman.toml").write_text(config, "utf-8")
    pointsman.process.send_signal(signal.SIGHUP)

    def said() -> bool:
        lines = pointsman.log_lines()[earlier:]
        return len({line["pid"] for line in lines if line["event"].startswith(event)}) == 2

    eventually(said)


def statuses(pointsman: Pointsman, model: str) -> set[int]:
    """Asks often enough to reach every worker."""
    return {ask(pointsman.url, model).status_code for _ in range(8)}


def test_reload(reloading: Pointsman, vendor: FakeVendor, config: str) -> None:
    added = f'{config}\n[providers.added]\ndialect = "openai"\nbase_url = "{vendor.base_url}"\n'
    assert statuses(reloading, "added/hello") == {400}

    with streaming(reloading.url, vendor) as stream:
        reload(reloading, added, "configuration reloaded")
        assert stream.finish()[-1] == "[DONE]"
    assert statuses(reloading, "added/hello") == {200}

    for faulty in ("[server", "[providers.added]\ndialect = 'cobol'", "[providers.openai]"):
        reload(reloading, faulty, "configuration not reloaded")
        assert statuses(reloading, "added/hello") == {200}

    reload(reloading, config, "configuration reloaded")
    assert statuses(reloading, "added/hello") == {400}
