"""Lots that fall alike in all workers and on all machines. Pure."""

from collections.abc import Callable
from hashlib import blake2b

_BYTES = 8
_RANGE = float(1 << (8 * _BYTES))


def seeded(seed: str) -> Callable[[], float]:
    """Gives numbers from 0 to below 1 that are the same for the same seed."""
    state = seed.encode("utf-8", "surrogatepass")

    def draw() -> float:
        nonlocal state
        state = blake2b(state, digest_size=_BYTES).digest()
        return int.from_bytes(state, "big") / _RANGE

    return draw
