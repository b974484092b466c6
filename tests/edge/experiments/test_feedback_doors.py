"""Feedback as callers bring it."""

import math
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.v1.experiment_service_pb2 import CreateFeedbackRequest
from pointsman.v1.feedback_pb2 import Feedback as TypedFeedback
from service.edge.experiments.feedback import Told
from service.errors import InvalidRequest
from service.types import checked
from tests.edge.experiments.scene import Context, Doors, with_doors
from tests.store.request_rows import id_of, request, rows_of

ID = id_of(1)


@pytest.mark.parametrize("given", [ID, ID.upper(), f"chatcmpl-{ID}", f"gen-{ID}"])
@pytest.mark.parametrize("value", [True, False, 0, 3, -2.5, 1e100])
def test_a_value_is_kept_and_told_again(tmp_path: Path, given: str, value: Any) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(1)])
        body = {"generation_id": given, "metric": "stars_1.a-b", "value": value}
        for _ in range(2):
            assert await doors.feedback(body) == (
                200,
                {"generation_id": ID, "metric": "stars_1.a-b", "value": value},
            )
        (row,) = await rows_of(doors.database, "feedback")
        assert (row.generation_id, row.metric, row.value) == (ID, "stars_1.a-b", float(value))
        assert bool(row.boolean) is isinstance(value, bool)

    with_doors(tmp_path, play)


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        (b"{", None, "not valid JSON"),
        (b"[]", None, "must be an object"),
        ({"generation_id": ID, "metric": "stars"}, "value", "value field is required"),
        (
            {"generation_id": ID, "metric": "stars", "value": None},
            "value",
            "value field is required",
        ),
        ({"generation_id": ID, "metric": "stars", "value": "5"}, "value", 'got "5"'),
        (
            {"generation_id": ID, "metric": "stars", "value": 1e101},
            "value",
            "of a size from 1e-100 to 1e+100",
        ),
        ({"generation_id": ID, "metric": "stars", "value": -1e-101}, "value", "got -1e-101"),
        (b'{"generation_id": "%b", "metric": "stars", "value": 1e999}' % ID.encode(), "value", ""),
        (b'{"generation_id": "%b", "metric": "stars", "value": NaN}' % ID.encode(), None, "not valid JSON"),
        ({"generation_id": ID, "metric": "Stars", "value": 1}, "metric", "lowercase letters"),
        ({"generation_id": ID, "metric": "s" * 65, "value": 1}, "metric", "1 to 64"),
        ({"generation_id": ID, "metric": "stars\n", "value": 1}, "metric", "1 to 64"),
        ({"generation_id": ID, "metric": "error", "value": 1}, "metric", "'error' is measured already"),
        ({"generation_id": f"{ID}\n", "metric": "stars", "value": 1}, "generation_id", "a UUID"),
        ({"generation_id": "chatcmpl-", "metric": "stars", "value": 1}, "generation_id", "a UUID"),
        (
            {"generation_id": ID, "metric": "stars", "value": 1, "comment": "!"},
            "comment",
            "unknown option; allowed: generation_id, metric, value",
        ),
    ],
)
def test_a_fault_names_its_field(tmp_path: Path, body: Any, param: str | None, words: str) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(1)])
        status, answer = await doors.feedback(body)
        assert status == 400
        assert answer["error"]["type"] == "invalid_request_error"
        assert answer["error"]["param"] == param
        assert words in answer["error"]["message"]
        assert await rows_of(doors.database, "feedback") == []

    with_doors(tmp_path, play)


def test_members_in_camel_case(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(1)])
        body = {"generationId": ID, "metric": "stars", "value": True}
        assert await doors.feedback(body) == (
            200,
            {"generation_id": ID, "metric": "stars", "value": True},
        )
        status, answer = await doors.feedback(body | {"generation_id": ID})
        assert (status, answer["error"]["param"]) == (400, "generation_id")

    with_doors(tmp_path, play)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        _, answer = await doors.feedback({"generation_id": 1, "metric": 2, "x": 3})
        for field in ("generation_id: ", "metric: ", "value: ", "x: "):
            assert field in answer["error"]["message"]

    with_doors(tmp_path, play)


def test_an_answer_of_no_router(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        old = id_of(1, 1.0)
        status, answer = await doors.feedback({"generation_id": old, "metric": "stars", "value": 1})
        assert (status, answer["error"]["code"]) == (404, "not_found")
        assert old in answer["error"]["message"]

    with_doors(tmp_path, play)


def test_another_kind_of_value(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(1), request(2)])
        await doors.feedback({"generation_id": ID, "metric": "stars", "value": 1})
        status, answer = await doors.feedback({"generation_id": id_of(2), "metric": "stars", "value": True})
        assert (status, answer["error"]["param"]) == (400, "value")

    with_doors(tmp_path, play)


def test_a_query_is_refused(tmp_path: Path) -> None:
    async def play(doors: Doors) -> None:
        status, answer = await doors.feedback({"generation_id": ID, "metric": "a", "value": 1}, "value=2")
        assert (status, answer["error"]["param"]) == (400, "value")

    with_doors(tmp_path, play)


@pytest.mark.parametrize("value", [{"boolean": False}, {"number": 0.0}, {"number": 2.5}])
def test_a_typed_value(tmp_path: Path, value: Any) -> None:
    async def play(doors: Doors) -> None:
        await doors.wrote([request(1)])
        told = TypedFeedback(generation_id=f"chatcmpl-{ID}", metric="stars", **value)
        context: Any = Context()
        kept = await doors.grpc.CreateFeedback(CreateFeedbackRequest(feedback=told), context)
        assert kept == TypedFeedback(generation_id=ID, metric="stars", **value)

    with_doors(tmp_path, play)


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (TypedFeedback(generation_id=ID, metric="stars"), ["feedback.value"]),
        (TypedFeedback(generation_id=ID, metric="stars", number=math.nan), ["feedback.value"]),
        (TypedFeedback(generation_id=ID, metric="stars", number=math.inf), ["feedback.value"]),
        (TypedFeedback(), ["feedback.generation_id", "feedback.metric", "feedback.value"]),
    ],
)
def test_a_typed_fault(tmp_path: Path, told: TypedFeedback, fields: list[str]) -> None:
    async def play(doors: Doors) -> None:
        context: Any = Context()
        with pytest.raises(InvalidRequest) as caught:
            await doors.grpc.CreateFeedback(CreateFeedbackRequest(feedback=told), context)
        assert [each.field for each in caught.value.violations] == fields
        assert context.status[0] is grpc.StatusCode.INVALID_ARGUMENT

    with_doors(tmp_path, play)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        told = checked.decode(data, Told)
    except InvalidRequest:
        return
    assert len(told.uuid) == 36
