"""What a key may do, and what a permission stands for besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.types.permission import PERMISSIONS, Permission, rights


@pytest.mark.parametrize(
    ("granted", "permitted"),
    [
        ((), set()),
        (("chat",), {"chat"}),
        (("routers.read",), {"routers.read"}),
        (("routers.write",), {"routers.read", "routers.write"}),
        (("chat", "routers.write"), {"chat", "routers.read", "routers.write"}),
        (("admin",), set(PERMISSIONS)),
        (("of.a.later.version",), set()),
        (("ADMIN", "chat "), set()),
    ],
)
def test_rights(granted: tuple[str, ...], permitted: set[str]) -> None:
    assert rights(granted) == permitted


_GRANTED = st.lists(st.sampled_from([*PERMISSIONS, "other"]))


@given(_GRANTED, st.sampled_from(PERMISSIONS))
def test_more_is_never_less(granted: list[str], more: Permission) -> None:
    assert rights(granted) | {more} <= rights([*granted, more])
    assert rights(rights(granted)) == rights(granted)
