"""Which variant a user gets: always the same while weights do not move past him. Pure (Inworld 4.1).

A user is a point on a line from 0 to 100, another one in each route of each router; variants lie on it in
their order, as wide as their weights. So a change of weights moves those users alone who are near a boundary.
"""

from collections.abc import Sequence
from hashlib import blake2b

WORKSPACE = "default"
"""One installation is one workspace."""

_BITS = 53
_WHOLE = 100.0


def point_of(router: str, route: str, user: str, workspace: str = WORKSPACE) -> float:
    """Where a user lies in a route, from 0 to below 100: the same in every process, on every machine."""
    # With their lengths, no two lists of names are written alike.
    named = "".join(f"{len(each)}:{each}" for each in (workspace, router, route, user))
    digest = blake2b(named.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) >> (64 - _BITS)) / float(2**_BITS) * _WHOLE


def place_of(point: float, weights: Sequence[float]) -> int:
    """The variant at a point, by its place. One of weight 0 gets nobody; the last other one has the rest."""
    ends = 0.0
    last = 0
    for place, weight in enumerate(weights):
        if weight > 0:
            ends += weight
            last = place
            if point < ends:
                return place
    return last
