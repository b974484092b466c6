"""What was measured of endpoints, in every shape and as an order: the unknown is never a number."""

from typing import Any

import pytest
from openrouter.components import ListEndpointsResponse

from service.edge.models import openai, openrouter, pages, typed
from service.edge.models.listing import listing
from service.edge.models.measured import Measurements
from service.health.health import Health
from service.types.vitals import Percentiles, Standing, Vitals
from tests.edge.model_scene import NOW, directory
from tests.health.seeing import seen
from tests.routing.scene import Health as Told

LISTING = listing(directory())
BIG, SMALL, UNKNOWN, FREE = (each.id for each in LISTING.models)
FIRST, SECOND = (offer.endpoint.id for offer in LISTING.model[BIG].offers)
SMALL_OFFER = LISTING.model[SMALL].offers[0].endpoint.id


def measurements(*observations: Any) -> Measurements:
    health = Health(600.0, 3600.0)
    for each in observations:
        health.fold(each)
    return Measurements(health, NOW)


def good(endpoint: str, ttft: float, throughput: float | None = None, *, at: float = NOW - 10) -> Any:
    return seen(at, endpoint=endpoint, ttft=ttft, throughput=throughput)


SOME = measurements(
    good(FIRST, 0.25, 40.0), good(FIRST, 0.25, 40.0), good(FIRST, 0.25, 40.0), seen(NOW - 5, "failed", FIRST)
)
NOTHING = measurements()


def test_nothing_is_measured_without_calls() -> None:
    assert NOTHING.of(FIRST) is None


@pytest.mark.parametrize(
    ("vitals", "standing", "rests"),
    [
        (Vitals(requests=1), Standing.WELL, False),
        (Vitals(requests=1, limited_until=NOW), Standing.WELL, False),
        (Vitals(requests=1, share=0.4), Standing.RECOVERING, False),
        (Vitals(requests=1, share=0.4, recovering=True), Standing.RECOVERING, False),
        (Vitals(requests=1, recovering=True), Standing.RECOVERING, False),
        (Vitals(share=0.0, down=True, recovering=True), Standing.DOWN, True),
        (Vitals(share=0.0, down=True), Standing.DOWN, True),
        (Vitals(limited_until=NOW + 1), Standing.LIMITED, True),
        (Vitals(share=0.0, down=True, limited_until=NOW + 1), Standing.LIMITED, True),
    ],
)
def test_standings(vitals: Vitals, standing: Standing, rests: bool) -> None:
    measured = Measurements(Told({FIRST: vitals}), NOW).of(FIRST)

    assert measured
    assert (measured.standing, measured.rests) == (standing, rests)


def test_openai() -> None:
    spread = dict.fromkeys(("p50", "p75", "p90", "p99"), 250.0)

    assert openai.model(LISTING.offer[FIRST], SOME.of(FIRST))["measured"] == {
        "window_seconds": 300,
        "standing": "well",
        "requests": 4,
        "error_rate": 0.25,
        "latency_ms": spread,
        "throughput": dict.fromkeys(spread, 40.0),
    }
    printed = {each["id"]: each for each in openai.models(LISTING.offers, SOME)["data"]}
    assert [name for name, each in printed.items() if "measured" in each] == [FIRST]


def test_openai_leaves_out_what_is_unknown() -> None:
    down = Measurements(Told({FIRST: Vitals(share=0.0, down=True)}), NOW)

    printed = openai.model(LISTING.offer[FIRST], down.of(FIRST))

    assert printed["measured"] == {"window_seconds": 300, "standing": "down", "requests": 0}


def test_what_was_not_asked_is_not_measured_though_its_provider_rests() -> None:
    health = Health(600.0, 3600.0)
    offer = LISTING.offer[FIRST]
    health.configure(600.0, 3600.0, {offer.provider.name: ["k"]})
    neighbour = f"{offer.provider.name}/neighbour"
    health.fold(seen(NOW - 1, "failed", neighbour, rest_until=NOW + 60, key="k", key_wide=True))

    resting = Measurements(health, NOW)
    known = resting.of(FIRST)

    assert known
    assert known.rests, "requests go elsewhere all the same"
    assert "measured" not in openai.model(offer, known)
    assert not typed.model(offer, known).HasField("measured")
    asked = resting.of(neighbour)
    assert asked
    assert openai.model(offer, asked)["measured"]["standing"] == "limited"


def test_openrouter() -> None:
    first, second = openrouter.endpoints(LISTING.model[BIG], SOME)["endpoints"]

    assert (first["status"], first["uptime_last_5m"]) == (0, 75.0)
    assert first["latency_last_30m"] == {"p50": 0.25, "p75": 0.25, "p90": 0.25, "p99": 0.25}  # seconds
    assert first["throughput_last_30m"]["p50"] == 40.0
    assert (first["uptime_last_30m"], first["uptime_last_1d"]) == (None, None)
    assert (second["status"], second["uptime_last_5m"]) == (0, None)
    assert (second["latency_last_30m"], second["throughput_last_30m"]) == (None, None)


@pytest.mark.parametrize(
    ("vitals", "status", "uptime"),
    [
        (Vitals(requests=4, error_rate=0.0), 0, 100.0),
        (Vitals(requests=4, error_rate=1.0, share=0.0, down=True), -5, 0.0),
        (Vitals(limited_until=NOW + 9), -5, None),
        (Vitals(requests=3, error_rate=1 / 3, share=0.5), 0, 66.67),
    ],
)
def test_openrouters_status(vitals: Vitals, status: int, uptime: float | None) -> None:
    printed = openrouter.endpoints(LISTING.model[BIG], Measurements(Told({FIRST: vitals}), NOW))

    assert (printed["endpoints"][0]["status"], printed["endpoints"][0]["uptime_last_5m"]) == (status, uptime)


def test_openrouters_sdk_reads_measurements() -> None:
    found = ListEndpointsResponse.model_validate(openrouter.endpoints(LISTING.model[BIG], SOME))

    latency: Any = found.endpoints[0].latency_last_30m
    assert (latency.p50, found.endpoints[0].uptime_last_5m) == (0.25, 75.0)


def test_typed() -> None:
    measured = typed.model(LISTING.offer[FIRST], SOME.of(FIRST)).measured

    assert (measured.window_seconds, measured.standing, measured.requests) == (300, "well", 4)
    assert (measured.error_rate, measured.latency_ms.p99, measured.throughput.p50) == (0.25, 250.0, 40.0)
    assert not typed.model(LISTING.offer[FIRST], NOTHING.of(FIRST)).HasField("measured")


def test_typed_leaves_out_what_is_unknown() -> None:
    told = Measurements(Told({FIRST: Vitals(limited_until=NOW + 1, seen=NOW - 1)}), NOW)

    measured = typed.model(LISTING.offer[FIRST], told.of(FIRST)).measured

    assert {field.name for field, _ in measured.ListFields()} == {"window_seconds", "standing"}


FAST_SECOND = measurements(
    good(FIRST, 3.0, 10.0), good(SECOND, 0.2, 80.0), good(SMALL_OFFER, 0.5, 100.0), good("own/gone", 0.1, 9.0)
)


@pytest.mark.parametrize(
    ("sort", "there", "found"),
    [
        ("latency-low-to-high", FAST_SECOND, [BIG, SMALL, UNKNOWN, FREE]),  # the better endpoint counts
        ("throughput-high-to-low", FAST_SECOND, [SMALL, BIG, UNKNOWN, FREE]),
        ("latency-low-to-high", measurements(good("own/unknown", 9.0)), [UNKNOWN, BIG, SMALL, FREE]),
        ("throughput-high-to-low", measurements(good("own/unknown", 9.0)), [BIG, SMALL, UNKNOWN, FREE]),
        ("latency-low-to-high", NOTHING, [BIG, SMALL, UNKNOWN, FREE]),  # no traffic is no fault of a caller
        (
            "latency-low-to-high",
            measurements(good(SMALL_OFFER, 0.1, at=NOW - 400)),
            [BIG, SMALL, UNKNOWN, FREE],
        ),
    ],
)
def test_orders_by_measurements(sort: str, there: Measurements, found: list[str]) -> None:
    assert [each.id for each in pages.chosen(LISTING.models, {"sort": sort}, NOW, there)] == found


def test_percentiles_are_told_in_their_units() -> None:
    spread = Percentiles(0.1234567, 0.2, 0.3, 1.9999)
    told = Measurements(Told(latencies={FIRST: spread}, throughputs={FIRST: spread}), NOW)

    in_openai = openai.model(LISTING.offer[FIRST], told.of(FIRST))["measured"]
    (in_openrouter, _) = openrouter.endpoints(LISTING.model[BIG], told)["endpoints"]

    assert in_openai["latency_ms"] == {"p50": 123.5, "p75": 200.0, "p90": 300.0, "p99": 1999.9}
    assert in_openrouter["latency_last_30m"] == {"p50": 0.123, "p75": 0.2, "p90": 0.3, "p99": 2.0}
    assert in_openrouter["throughput_last_30m"]["p50"] == 0.123
