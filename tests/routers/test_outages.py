"""The store goes away, processes are killed, all is started again: chat goes on, and nothing is lost."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from tests.routers.doors import CHAT, ROUTERS
from tests.routers.scene import CONFIG
from tests.running import Pointsman, client_of, eventually
from tests.store.engines import Postgres
from tests.upstreams.fake_vendor import FakeVendor, hello

CALLERS = 4
USERS = [f"user-{number}" for number in range(30)]
RECOVERED_SECONDS = 20.0
FILE = """
name: from-a-file
default_route: {route_id: default, variants: [{variant: {variant_id: a, model_id: fake/m}, weight: 100}]}
"""


@pytest.fixture(scope="module")
def server() -> Postgres:
    """A server of these tests' own, as they stop it."""
    return Postgres()


@pytest.fixture(scope="module")
def model(vendor: FakeVendor) -> FakeVendor:
    vendor.script("m", hello)
    vendor.script("n", hello)
    return vendor


def router(name: str, share: float = 100) -> dict[str, Any]:
    variants = [
        {"variant": {"variant_id": "m", "model_id": "fake/m"}, "weight": share},
        {"variant": {"variant_id": "n", "model_id": "fake/n"}, "weight": 100 - share},
    ]
    return {"name": name, "default_route": {"route_id": "default", "variants": variants}}


def body(name: str, **members: Any) -> dict[str, Any]:
    return {"model": f"inworld/{name}", "messages": [{"role": "user", "content": "Hi"}], **members}


@contextmanager
def installed(folder: Path, vendor: FakeVendor, more: str = "") -> Iterator[tuple[Pointsman, httpx.Client]]:
    config = CONFIG.format(base_url=vendor.base_url) + more
    with Pointsman(folder, config) as pointsman, client_of(pointsman) as http:
        yield pointsman, http


def made_key(http: httpx.Client) -> dict[str, str]:
    made = http.post("/router/v1/keys", json={"name": "caller", "permissions": ["chat"]})
    assert made.status_code == 200, made.text
    return {"authorization": f"Bearer {made.json()['secret']}"}


def readiness(http: httpx.Client) -> tuple[int, str]:
    response = http.get("/readyz", headers={"authorization": ""})
    return response.status_code, response.json()["serving"]


class Callers:
    """Ask one after the other until told to stop; `statuses` is what they were answered."""

    def __init__(self, pointsman: Pointsman, name: str, key: dict[str, str]) -> None:
        self.statuses: list[int] = []
        self._pointsman, self._name, self._key = pointsman, name, key
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(CALLERS)
        self._running = [self._pool.submit(self._ask) for _ in range(CALLERS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for each in self._running:
            each.result()

    def more(self, count: int = 40) -> None:
        """Waits until so many more were answered."""
        enough = len(self.statuses) + count
        eventually(lambda: len(self.statuses) >= enough)

    def _ask(self) -> None:
        with client_of(self._pointsman) as http:
            while not self._stop.is_set():
                self.statuses.append(http.post(CHAT, json=body(self._name), headers=self._key).status_code)


def test_postgresql_restarts_under_chat(server: Postgres, model: FakeVendor, tmp_path: Path) -> None:
    store = f'[store]\nurl = "{server.url("postgres")}"\n'
    with installed(tmp_path, model, store) as (pointsman, http):
        assert http.post(ROUTERS, json=router("steady")).is_success
        key = made_key(http)
        with Callers(pointsman, "steady", key) as callers:
            callers.more()
            assert readiness(http) == (200, "everything")
            server.stop()
            try:
                callers.more()
                refused = http.post(ROUTERS, json=router("meanwhile"))
                assert (refused.status_code, refused.json()["code"]) == (503, 14)
                eventually(lambda: readiness(http) == (503, "chat from the last snapshot"))
                # Who was read before can still be read.
                assert http.get(f"{ROUTERS}/steady").json()["name"] == "steady"
                unknown = {"authorization": "Bearer nobody-knows-me"}
                assert http.post(CHAT, json=body("steady"), headers=unknown).status_code == 503
                callers.more()
            finally:
                server.start()
            eventually(lambda: readiness(http)[0] == 200, RECOVERED_SECONDS)
            eventually(lambda: http.post(ROUTERS, json=router("after")).is_success, RECOVERED_SECONDS)
            callers.more()
        assert set(callers.statuses) == {200}
        assert http.post(CHAT, json=body("steady"), headers=unknown).status_code == 401


def test_a_start_without_the_store(server: Postgres, model: FakeVendor, tmp_path: Path) -> None:
    store = f'start_seconds = 0.5\nurl = "{server.url("postgres")}"\n'
    known, new = tmp_path / "known", tmp_path / "new"
    (new / "routers").mkdir(parents=True)
    (new / "routers" / "one.yaml").write_text(FILE, "utf-8")
    known.mkdir()
    with installed(known, model, f"[store]\n{store}") as (_, http):
        assert http.post(ROUTERS, json=router("kept")).is_success
        key = made_key(http)
        assert http.post(CHAT, json=body("kept"), headers=key).is_success
        eventually((known / ".pointsman" / "snapshot").exists)
    server.stop()
    try:
        with installed(known, model, f"[store]\n{store}") as (_, http):
            answer = http.post(CHAT, json=body("kept"), headers=key)
            assert (answer.status_code, answer.json()["metadata"]["variant_id"]) == (200, "m")
            assert readiness(http) == (503, "chat from the last snapshot")
        files = '[routers]\nfolder = "routers"\n'
        with installed(new, model, f"{files}[store]\n{store}") as (_, http):
            assert readiness(http) == (503, "the operator's key and router files")
            assert http.post(CHAT, json=body("from-a-file")).is_success
            assert http.post(CHAT, json=body("from-a-file"), headers=key).status_code == 503
            # It is there, as far as anybody knows.
            assert http.post(CHAT, json=body("kept")).status_code == 503
            server.start()
            eventually(lambda: readiness(http)[0] == 200, RECOVERED_SECONDS)
            eventually(lambda: http.post(CHAT, json=body("kept"), headers=key).is_success)
    finally:
        server.start()


def test_what_was_acknowledged_survives_a_kill(model: FakeVendor, tmp_path: Path) -> None:
    acknowledged: list[str] = []
    operations: list[str] = []
    with installed(tmp_path, model) as (pointsman, http):
        workers = pointsman.workers()

        def write() -> None:
            with suppress(httpx.HTTPError):
                for name in map("r-{}".format, range(100_000)):
                    response = http.post(ROUTERS, json=router(name))
                    if not response.is_success:
                        return  # Envoy's own answer, when the workers are gone
                    acknowledged.append(name)
                    operations.append(response.json()["name"])

        writing = threading.Thread(target=write)
        writing.start()
        eventually(lambda: len(acknowledged) >= 20)
        for pid in (*workers, pointsman.process.pid):
            os.kill(pid, signal.SIGKILL)
        pointsman.process.wait()
        writing.join()
    with installed(tmp_path, model) as (_, http):
        there = {each["name"] for each in http.get(ROUTERS, params={"page_size": 1000}).json()["routers"]}
        assert set(acknowledged) <= there
        assert http.post(ROUTERS, json=router("one-more")).is_success
        assert http.post(CHAT, json=body(acknowledged[-1])).is_success
        assert http.get(f"/lro/v1alpha/{operations[-1]}").json()["response"]["name"] == acknowledged[-1]


def test_users_stay_where_they_are(model: FakeVendor, tmp_path: Path) -> None:
    """In each worker, and after a new start; a change of weights moves those it must and nobody back."""

    def chosen(http: httpx.Client, user: str) -> str:
        metadata = http.post(CHAT, json=body("split", user=user)).json()["metadata"]
        variant: str = metadata["variant_id"]
        return variant

    def variants(http: httpx.Client) -> dict[str, set[str]]:
        return {user: {chosen(http, user) for _ in range(4)} for user in USERS}  # both workers are asked

    with installed(tmp_path, model) as (_, http):
        assert http.post(ROUTERS, json=router("split", 70)).is_success
        before = variants(http)
        assert {len(each) for each in before.values()} == {1}
        assert set().union(*before.values()) == {"m", "n"}
    with installed(tmp_path, model) as (_, http):
        assert variants(http) == before
        assert http.patch(f"{ROUTERS}/split", json=router("split", 10)).is_success
        for user in USERS:
            # Once every worker knows: nobody who had the variant that grew loses it.
            assert eventually(lambda user=user: len({chosen(http, user) for _ in range(4)}) == 1)  # type: ignore[misc]
        after = variants(http)
        moved = {user for user in USERS if after[user] != before[user]}
        assert moved
        assert all(before[user] == {"m"} and after[user] == {"n"} for user in moved)


def test_what_requests_did_is_written_at_the_end(model: FakeVendor, tmp_path: Path) -> None:
    late = "[store]\nwrite_seconds = 60\n"
    with installed(tmp_path, model, late) as (pointsman, http):
        assert http.post(ROUTERS, json=router("counted")).is_success
        for _ in range(6):
            assert http.post(CHAT, json=body("counted")).is_success
        pointsman.process.send_signal(signal.SIGTERM)
        pointsman.process.wait(20)
    with installed(tmp_path, model, late) as (_, http):
        stats = http.get(f"{ROUTERS}/counted/stats").json()
        variants = {each["variant_id"]: each["requests"] for each in stats["routes"][0]["variants"]}
        assert variants["m"] == 6
