"""Query strings of our own paths."""

import pytest

from service.edge import own_query
from service.errors import InvalidRequest

SIZE, TOKEN = ("page_size", "pageSize"), ("page_token", "pageToken")


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({}, ["", ""]),
        ({"page_size": "5"}, ["5", ""]),
        ({"pageSize": "5", "page_token": "t"}, ["5", "t"]),
        ({"api-version": "1", "beta": "true"}, ["", ""]),
    ],
)
def test_values(given: dict[str, str], values: list[str]) -> None:
    assert own_query.check(given, SIZE, TOKEN) == values


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"x": "1", "pageSise": "2"}, ["x", "pageSise"]),
        ({"page_size": "1", "pageSize": "2"}, ["page_size"]),
    ],
)
def test_faults(given: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        own_query.check(given, SIZE, TOKEN)

    assert [each.field for each in refused.value.violations] == fields


def test_where_there_are_no_parameters() -> None:
    assert own_query.check({}) == []
    with pytest.raises(InvalidRequest, match="there is none here"):
        own_query.check({"x": "1"})
