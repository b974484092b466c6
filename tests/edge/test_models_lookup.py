"""Finding one model by the names that a request may use."""

import gc
import weakref

import pytest

from service.edge.models.listing import listing
from service.edge.models.lookup import NotListed, model_named, offer_named
from tests.edge.model_scene import directory

DIRECTORY = directory()


@pytest.mark.parametrize(
    ("name", "offer", "model"),
    [
        ("first/big-1-0601", "first/big-1-0601", "acme/big-1"),
        ("second/Acme/Big-1", "second/Acme/Big-1", "acme/big-1"),
        ("First-AI/big-1-0601", "first/big-1-0601", "acme/big-1"),
        ("acme/big-1", "first/big-1-0601", "acme/big-1"),
        ("big-1", "first/big-1-0601", "acme/big-1"),
        ("Big_1", "first/big-1-0601", "acme/big-1"),
        ("small-2", "second/small-2", "tiny/small-2"),
        ("own/ns/unknown:free", "own/ns/unknown:free", "own/ns/unknown:free"),
        ("unknown", "own/unknown", "own/unknown"),
    ],
)
def test_names(name: str, offer: str, model: str) -> None:
    assert offer_named(name, DIRECTORY).endpoint.id == offer
    assert model_named(name, DIRECTORY).id == model


@pytest.mark.parametrize("name", ["", "nope", "first/nope", "third/hidden", "acme/hidden", "/", "x" * 10_000])
def test_what_is_not_listed(name: str) -> None:
    for look in (offer_named, model_named):
        with pytest.raises(NotListed) as failed:
            look(name, DIRECTORY)

        assert (failed.value.row.http_status, failed.value.row.grpc_code) == (404, "NOT_FOUND")
        assert failed.value.kind.value == "model_not_found"
        assert len(failed.value.message) < 500


@pytest.mark.parametrize("name", ["third/hidden", "acme/hidden", "hidden"])
def test_what_is_off_is_found_when_everything_is_looked_at(name: str) -> None:
    assert offer_named(name, DIRECTORY, everything=True).endpoint.id == "third/hidden"
    assert model_named(name, DIRECTORY, everything=True).id == "acme/hidden"


def test_the_first_that_is_on_answers_though_everything_is_looked_at() -> None:
    assert model_named("big-1", DIRECTORY, everything=True).offers[0].served


def test_a_listing_is_made_once_and_goes_with_its_directory() -> None:
    there = directory()
    assert listing(there) is listing(there)
    assert listing(there) is not listing(there, everything=True)

    gone = weakref.ref(there)
    del there
    gc.collect()
    assert gone() is None
