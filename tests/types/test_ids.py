"""Generation ids are UUIDv7."""

from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.types.ids import generation_id

_random = st.binary(min_size=10, max_size=10)
_times = st.floats(0, 2**47 / 1000)


@given(_times, _random)
def test_version_variant_and_time(seconds: float, random: bytes) -> None:
    made = generation_id(seconds, random)

    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == int(seconds * 1000)


@given(_times, st.floats(0.001, 1e6), _random, _random)
def test_later_ids_sort_after_earlier_ones(seconds: float, later: float, one: bytes, two: bytes) -> None:
    if int((seconds + later) * 1000) > int(seconds * 1000):
        assert str(generation_id(seconds, one)) < str(generation_id(seconds + later, two))


@pytest.mark.parametrize("bit", range(80))
def test_all_random_bits_but_version_and_variant_count(bit: int) -> None:
    zero = generation_id(0, bytes(10))
    one = generation_id(0, (1 << bit).to_bytes(10, "big"))

    assert (zero != one) == (bit not in (62, 63, 76, 77, 78, 79))


def test_known_value() -> None:
    # RFC 9562, A.6
    made = generation_id(1645557742, bytes.fromhex("0cc318c4dc0c0c07398f"))

    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
