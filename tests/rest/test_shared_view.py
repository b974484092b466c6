"""All workers see the same: what one of them learns of an endpoint, the others know at once."""

import time
from typing import Any

from tests.rest.scene import Scene
from tests.upstreams.fake_vendor import hello, replying

# Enough questions that both workers are asked: Envoy spreads them.
QUESTIONS = 20
SHARED_WITHIN_SECONDS = 20.0  # ten times what is promised


def _explained(scene: Scene, **members: Any) -> dict[str, Any]:
    response = scene.http.post("/router/v1/explain", json=scene.body(**members))
    assert response.status_code == 200, response.text
    first: dict[str, Any] = response.json()["candidates"][0]
    return first


def _seen_by_all(scene: Scene, member: str) -> list[Any]:
    return [_explained(scene)[member] for _ in range(QUESTIONS)]


def test_failures_are_known_to_all_workers(scene: Scene) -> None:
    scene.plays(replying({"error": {"message": "no"}}, 500))
    for _ in range(3):
        assert scene.ask().status_code == 502
    known_at = time.monotonic()

    while set(_seen_by_all(scene, "standing")) != {"down"}:
        assert time.monotonic() < known_at + SHARED_WITHIN_SECONDS

    # Nobody else can be asked, so it is asked all the same.
    assert scene.ask().status_code == 502


def test_measurements_are_known_to_all_workers(scene: Scene) -> None:
    scene.plays(hello)
    for _ in range(3):
        scene.stream()
    known_at = time.monotonic()

    while set(_seen_by_all(scene, "requests")) != {3}:
        assert time.monotonic() < known_at + SHARED_WITHIN_SECONDS
    assert all(latency > 0 for latency in _seen_by_all(scene, "latency_ms"))


def test_a_conversation_stays_with_its_endpoint_in_all_workers(scene: Scene) -> None:
    """Of two that are alike the first would be asked; the second, which has the conversation, keeps it."""
    first, second = f"fake/{scene.name}", f"spare/{scene.name}"
    scene.plays(hello)
    pool: dict[str, Any] = {"model": "auto", "models": [first, second], "session_id": scene.name}
    answered = scene.ask(**pool, ignore=[first]).json()
    assert answered["model"] == second

    known_at = time.monotonic()

    while {_explained(scene, **pool)["model"] for _ in range(QUESTIONS)} != {second}:
        assert time.monotonic() < known_at + SHARED_WITHIN_SECONDS
    assert {scene.ask(**pool).json()["model"] for _ in range(QUESTIONS)} == {second}
