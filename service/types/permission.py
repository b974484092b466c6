"""What a key may permit: the words, and which of them stand for others as well.

Source: Inworld 1 (chat needs no permission for routers, reading and writing them are two).
"""

from collections.abc import Iterable
from typing import Literal, get_args

Permission = Literal["chat", "routers.read", "routers.write", "admin"]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
_IMPLIED: dict[str, frozenset[Permission]] = {
    "routers.write": frozenset({"routers.read"}),
    "admin": frozenset(PERMISSIONS),
}


def rights(granted: Iterable[str]) -> frozenset[str]:
    """Everything that a key with these permissions permits; a word of a later version permits nothing."""
    known = frozenset(granted) & frozenset(PERMISSIONS)
    return known.union(*(_IMPLIED.get(each, ()) for each in known))
