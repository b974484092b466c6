"""Statistics as callers get them."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from pointsman.v1.experiment_service_pb2 import GetRouterStatsRequest
from service.edge.experiments.statistics import UNIT
from service.errors import NotFound
from service.store.late import schema, sql
from tests.edge.experiments.scene import Context, Doors, router, with_doors
from tests.store.request_rows import NOW, id_of, request

MEASURED = ["error", "ttft_ms", "duration_ms", "cost"]


def metric(body: Any, name: str) -> Any:
    (found,) = [each for each in body["routes"][0]["metrics"] if each["metric"] == name]
    return found


def test_what_is_told_of_a_variant(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote(
            [
                request(1, duration_ms=10, fallbacks=2),
                request(2, status="error", ttft_ms=None, cost=None),
                request(3, status="cancelled", cost=0.25),
            ]
        )
        status, body = await doors.stats()
        assert status == 200
        assert {name: body[name] for name in ("router", "since", "until")} == {
            "router": "r",
            "since": None,
            "until": None,
        }
        (route,) = body["routes"]
        assert route["route_id"] == "main"
        assert route["variants"] == [
            {
                "variant_id": "a",
                "requests": 3,
                "errors": 1,
                "cancelled": 1,
                "error_rate": 0.5,
                "ttft_ms": {"p50": 100, "p90": 100, "p99": 100},
                "duration_ms": {"p50": 10, "p90": 10, "p99": 10},
                "prompt_tokens": 30,
                "completion_tokens": 60,
                "cost": {"sum": 0.75, "mean": 0.375, "requests": 2},
                "requests_with_fallbacks": 1,
                "fallbacks": 2,
            }
        ]
        assert [each["metric"] for each in route["metrics"]] == MEASURED

    with_doors(tmp_path, play)


def test_a_router_without_requests_has_its_routes_and_variants(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        status, body = await doors.stats()
        assert status == 200
        assert [each["route_id"] for each in body["routes"]] == ["first", "default"]
        first = body["routes"][0]
        assert [each["variant_id"] for each in first["variants"]] == ["b", "a"]
        silent = first["variants"][0]
        for name in ("error_rate", "ttft_ms", "duration_ms", "cost"):
            assert silent[name] is None
        assert metric(body, "error") == {
            "metric": "error",
            "kind": "boolean",
            "method": "beta-binomial mixture confidence sequence, exact (Robbins 1970; Howard et al. 2021)",
            "level": 0.05,
            "lower_is_better": True,
            "unit": UNIT,
            "variants": [
                {"variant_id": each, "observations": 0, "mean": None, "lower": None, "upper": None}
                for each in ("b", "a")
            ],
            "differences": [],
            "verdict": {"state": "no data", "winner": None, "sentence": "Nothing has been observed."},
        }

    with_doors(tmp_path, play, router(first=["b", "a"], default=["a"]))


def test_what_was_is_told_behind_what_is(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote(
            [request(1, variant_id="old"), request(2, route_id="gone"), request(3, variant_id="b")]
        )
        _, body = await doors.stats()
        told = {each["route_id"]: [one["variant_id"] for one in each["variants"]] for each in body["routes"]}
        assert told == {"main": ["b", "old"], "default": ["a"], "gone": ["a"]}
        assert list(told) == ["main", "default", "gone"]

    with_doors(tmp_path, play, router(main=["b"], default=["a"]))


def test_verdicts_and_bounds(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote(
            [
                request(
                    number,
                    variant_id="ab"[number % 2],
                    duration_ms=1000 + number % 7 + 500 * (number % 2),
                    status="error" if number % 20 == 0 else "ok",
                    user_hash=f"u{number}",
                )
                for number in range(1000)
            ]
        )
        _, body = await doors.stats("alpha=0.01")
        duration = metric(body, "duration_ms")
        assert duration["verdict"] == {
            "state": "better",
            "winner": "a",
            "sentence": "a is better than b; the chance to say so wrongly, however often one looks, is at "
            "most 1 %.",
        }
        (difference,) = duration["differences"]
        assert (difference["variant_id"], difference["baseline"]) == ("b", "a")
        assert 0 < difference["lower"] < difference["difference"] < difference["upper"]
        assert metric(body, "error")["verdict"]["winner"] == "b"
        assert metric(body, "ttft_ms")["verdict"]["state"] == "undecided"
        assert duration["level"] == 0.01

    with_doors(tmp_path, play, router(main=["a", "b"]))


def test_money_has_no_binary_noise(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(number, cost=0.00051) for number in range(3)])
        _, body = await doors.stats()
        cost = body["routes"][0]["variants"][0]["cost"]
        assert cost == {"sum": 0.00153, "mean": 0.00051, "requests": 3}

    with_doors(tmp_path, play)


def test_metrics_may_be_repeated(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(1)])
        _, body = await doors.stats("metrics=liked,cost&metrics=edits&lowerIsBetter=a&lowerIsBetter=edits")
        told = {each["metric"]: each["lower_is_better"] for each in body["routes"][0]["metrics"]}
        assert told == {"liked": False, "cost": True, "edits": True}

    with_doors(tmp_path, play)


async def _tell(doors: Doors, number: int, metric: str, value: Any) -> None:
    status, body = await doors.feedback({"generation_id": id_of(number), "metric": metric, "value": value})
    assert status == 200, body


def test_feedback_is_judged(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(number, variant_id="ab"[number % 2]) for number in range(80)])
        for number in range(80):
            await _tell(doors, number, "liked", number % 2 == 1)
            await _tell(doors, number, "edits", number % 2)
        _, body = await doors.stats("lower_is_better=edits&metrics=edits,liked,never,error")
        assert [(each["metric"], each["kind"]) for each in body["routes"][0]["metrics"]] == [
            ("edits", "number"),
            ("liked", "boolean"),
            ("never", None),
            ("error", "boolean"),
        ]
        assert metric(body, "liked")["verdict"]["winner"] == "b"
        assert [each["mean"] for each in metric(body, "liked")["variants"]] == [0, 1]
        edits = metric(body, "edits")
        assert edits["lower_is_better"] is True
        assert edits["verdict"]["sentence"] == "Undecided: fewer than 100 observations of a, b."
        assert (metric(body, "never")["method"], metric(body, "never")["verdict"]["state"]) == (
            None,
            "no data",
        )
        _, body = await doors.stats("metrics=edits")
        assert metric(body, "edits")["lower_is_better"] is False
        _, body = await doors.stats()
        assert [each["metric"] for each in body["routes"][0]["metrics"]] == [*MEASURED, "edits", "liked"]

    with_doors(tmp_path, play)


async def _rename(connection: Any) -> None:
    table = schema.feedback
    await connection.execute(sql.update(table).where(table.c.metric == "flag").values(metric="mixed"))


def test_a_metric_of_both_kinds_is_what_it_is_more(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(number) for number in range(3)])
        await _tell(doors, 0, "flag", True)
        for number in (1, 2):
            await _tell(doors, number, "mixed", number)
        await doors.database.write(_rename)  # as when both are told at the same time
        _, body = await doors.stats("metrics=mixed")
        found = metric(body, "mixed")
        assert (found["kind"], found["variants"][0]["observations"]) == ("number", 2)

    with_doors(tmp_path, play)


def test_a_window(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(1, NOW - 10), request(2, NOW)])
        _, body = await doors.stats("since=2023-11-14T22:13:20Z&until=2023-11-14T22:14:00Z")
        assert body["since"] == "2023-11-14T22:13:20.000Z"
        assert body["until"] == "2023-11-14T22:14:00.000Z"
        assert body["routes"][0]["variants"][0]["requests"] == 1
        status, body = await doors.stats("since=2030-01-01T00:00:00Z")
        assert (status, body["routes"]) == (200, [])

    with_doors(tmp_path, play)


@pytest.mark.parametrize("name", ["nobody", "No Router", "nul\0", "models", "x" * 9000])
def test_a_router_that_never_was(tmp_path: Path, name: str) -> None:
    async def play(doors: Doors) -> None:
        status, body = await doors.stats(name=name)
        assert (status, body["code"]) == (404, 5)
        assert body["message"].startswith("There is no router '")
        assert len(body["message"]) < 200
        context: Any = Context()
        with pytest.raises(NotFound):
            await doors.grpc.GetRouterStats(GetRouterStatsRequest(router=name), context)
        assert context.status[0] is grpc.StatusCode.NOT_FOUND

    with_doors(tmp_path, play)


def test_a_fault_of_the_query(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        status, body = await doors.stats("alpha=2&name=other")
        assert (status, body["code"]) == (400, 3)
        assert "name: is no query parameter" in body["message"]

    with_doors(tmp_path, play)


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    async def play(doors: Doors) -> None:
        status, body = await doors.stats()
        assert (status, body["code"]) == (503, 14)
        status, body = await doors.feedback({"generation_id": id_of(1), "metric": "liked", "value": True})
        assert (status, body["error"]["code"]) == (503, "unavailable")

    with_doors(tmp_path, play, url=f"sqlite:///{tmp_path}/file/store.db")


def test_both_doors_tell_the_same(tmp_path: Path) -> None:
    def without_null(body: Any) -> Any:
        if isinstance(body, dict):
            return {name: without_null(value) for name, value in body.items() if value not in (None, [], "")}
        return [without_null(each) for each in body] if isinstance(body, list) else body

    async def play(doors: Doors) -> None:
        await doors.wrote([request(number, variant_id="ab"[number % 2]) for number in range(200)])
        await _tell(doors, 1, "liked", True)
        query = "since=2023-11-14T22:13:20Z&alpha=0.1&metrics=error,liked,cost,never&lower_is_better=liked"
        _, body = await doors.stats(query)
        asked = GetRouterStatsRequest(
            router="r", alpha=0.1, metrics=["error", "liked", "cost", "never"], lower_is_better=["liked"]
        )
        asked.since.seconds = int(NOW)
        context: Any = Context()
        typed = MessageToDict(
            await doors.grpc.GetRouterStats(asked, context), preserving_proto_field_name=True
        )
        assert _numbers(typed) == _numbers(without_null(body))

    with_doors(tmp_path, play, router(main=["a", "b", "c"]))


def _numbers(body: Any) -> Any:
    """JSON of messages has int64 as text, leaves out zeros and false, and shows times otherwise."""
    if isinstance(body, dict):
        found = {name: _numbers(value) for name, value in body.items() if name != "since"}
        return {name: value for name, value in found.items() if value not in (0, False)}
    if isinstance(body, list):
        return [_numbers(each) for each in body]
    return float(body) if isinstance(body, str) and body.isdigit() else body
