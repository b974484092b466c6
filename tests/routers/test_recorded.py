"""The record of a request says whose key it was, and where a router sent it."""

from pathlib import Path

from tests.rest.scene import records
from tests.routers.doors import CHAT
from tests.routers.test_outages import body, installed, made_key, router
from tests.running import KEY, eventually
from tests.upstreams.fake_vendor import FakeVendor, hello


def test_key_router_route_and_variant(vendor: FakeVendor, tmp_path: Path) -> None:
    vendor.script("m", hello)
    with installed(tmp_path, vendor) as (pointsman, http):
        assert http.post("/router/v1/routers", json=router("kept")).is_success
        key = made_key(http)
        (listed,) = http.get("/router/v1/keys").json()["keys"]

        ids = [
            http.post(CHAT, json=body("kept"), headers=headers).headers["x-generation-id"]
            for headers in (key, {})
        ]

        seen = [eventually(lambda id_=id_: records(pointsman, generation_id=id_))[0] for id_ in ids]  # type: ignore[misc]
        assert [each["key_id"] for each in seen] == [listed["id"], "bootstrap"]
        way = [(each["router"], each["route_id"], each["variant_id"]) for each in seen]
        assert way == [("kept", "default", "m")] * 2
        assert KEY not in pointsman.log
        assert key["authorization"].removeprefix("Bearer ") not in pointsman.log
