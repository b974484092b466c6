"""What is imported when it is first used: SQLAlchemy takes a fifth of a second, and a worker serves before.

`Database` imports it in a thread before anything builds a statement.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ("schema", "sql")


class Late:
    """Stands for a module; to ask for something of it imports it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


if TYPE_CHECKING:
    import sqlalchemy as sql

    from service.store import schema
else:
    sql = Late("sqlalchemy")
    schema = Late("service.store.schema")
