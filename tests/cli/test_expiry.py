"""When a key stops working, as it is typed."""

import argparse
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cli.expiry import expiry


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("1s", {"ttl_seconds": 1}),
        ("90m", {"ttl_seconds": 5400}),
        ("12h", {"ttl_seconds": 43_200}),
        ("30d", {"ttl_seconds": 2_592_000}),
        ("2w", {"ttl_seconds": 1_209_600}),
        ("2030-01-31T00:00:00Z", {"expire_time": "2030-01-31T00:00:00Z"}),
        ("2030-01-31T02:00:00+02:00", {"expire_time": "2030-01-31T00:00:00Z"}),
        ("2030-01-31T00:00:00.5Z", {"expire_time": "2030-01-31T00:00:00.500000Z"}),
    ],
)
def test_read(text: str, member: dict[str, Any]) -> None:
    assert expiry(text) == member


@pytest.mark.parametrize(
    "text",
    ["", "0d", "-1d", "1.5h", "30", "d", "30 d", "30D", "1y", "٣d", "9" * 10 + "s", "2030-01-31", "soon",
     "2030-01-31T00:00:00", "2030-13-31T00:00:00Z", "0001-01-01T00:00:00+23:00"],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be a span such as 30d"):
        expiry(text)


@given(st.text("0123456789smhdwTZ:+-. ", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert len(expiry(text)) == 1
    except argparse.ArgumentTypeError as error:
        assert text in str(error)  # noqa: PT017 - it may be either
