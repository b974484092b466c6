"""Who calls: the key that let a call in."""

from contextvars import ContextVar
from dataclasses import dataclass

from service.types.permission import PERMISSIONS

BOOTSTRAP_ID = "bootstrap"


@dataclass(frozen=True, slots=True)
class Identity:
    """A key by its id and name, with all that it permits, implied permissions included."""

    key_id: str
    name: str
    permissions: frozenset[str]


OPERATOR = Identity(BOOTSTRAP_ID, BOOTSTRAP_ID, frozenset(PERMISSIONS))
"""The bootstrap key: the operator's, with all rights."""

caller: ContextVar[Identity | None] = ContextVar("caller", default=None)
"""Who made the call that this task serves: the interceptor runs in the task of the handler."""
