"""Points in time, read and written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge import times

SECONDS = st.floats(min_value=0, max_value=4e9)


def test_printed() -> None:
    assert times.rfc3339(1_800_000_000.1234) == "2027-01-15T08:00:00.123Z"
    assert times.rfc3339(0) == "1970-01-01T00:00:00.000Z"


@given(SECONDS)
def test_both_doors_show_the_same_time(seconds: float) -> None:
    shown = times.timestamp(seconds).ToDatetime(UTC)

    assert datetime.fromisoformat(times.rfc3339(seconds)) == shown
    assert times.read(times.rfc3339(seconds)) == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2027-01-15T08:00:00Z", 1_800_000_000.0),
        ("2027-01-15t09:30:00.5+01:30", 1_800_000_000.5),
        ("2027-01-15T08:00:00.123456789z", 1_800_000_000.123456),
    ],
)
def test_read(text: str, seconds: float) -> None:
    assert times.read(text) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    "text", ["", "soon", "2027-01-15", "2027-01-15T08:00:00", "2027-13-15T08:00:00Z", "1800000000"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - in words of its own or of the library
        times.read(text)
