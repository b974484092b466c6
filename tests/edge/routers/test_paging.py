"""Pages by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge.routers import paging
from service.errors import InvalidRequest
from service.types.saved_router import ROUTER_NAME


@pytest.mark.parametrize(
    ("text", "size"), [("", 50), ("0", 50), ("1", 1), ("1000", 1000), ("1001", 1000), ("999999999", 1000)]
)
def test_sizes(text: str, size: int) -> None:
    assert paging.size_in(text) == size


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "\u0661", "1" * 30, " 1"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        paging.size_in(text)

    assert refused.value.param == "page_size"


@given(st.from_regex(ROUTER_NAME))
def test_tokens_come_back(name: str) -> None:
    token = paging.token_after(name)

    assert paging.name_before(token) == name
    assert "=" not in token


def test_no_token_is_the_first_page() -> None:
    assert paging.name_before("") == ""


@pytest.mark.parametrize("token", ["!", "§", "Rm9v", "LQ", "\x00", "A"])
def test_tokens_that_are_none(token: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        paging.name_before(token)

    assert refused.value.param == "page_token"
