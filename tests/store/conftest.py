"""What the tests of the store share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.engines import ENGINES, store_url


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new store, once of each engine."""
    with store_url(request.param, tmp_path) as given:
        yield given
