"""Brings the tables up to date. Alembic is imported only where they are not."""

import importlib
import logging
from pathlib import Path

import sqlalchemy as sql

from service.store.database import StoreUnavailable
from service.store.schema import VERSION

_LOG = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x706F696E74736D61
"""The advisory lock on PostgreSQL: who migrates."""


def is_current(connection: sql.Connection) -> bool:
    """Tells whether nothing is to be done. Raises `StoreUnavailable` for tables of a later Pointsman."""
    if not sql.inspect(connection).has_table("alembic_version"):
        return False
    found = connection.scalar(sql.text("SELECT version_num FROM alembic_version"))
    if found is not None and found > VERSION:
        why = f"it was written by a newer version of Pointsman: it is at {found}, this one knows {VERSION}"
        raise StoreUnavailable(why, f"The store cannot be used: {why}.")
    return bool(found == VERSION)


def prepare() -> None:
    """Imports what `upgrade` needs: slow, and may be done in a thread."""
    importlib.import_module("alembic.command")


def upgrade(connection: sql.Connection) -> None:
    """Does what is to be done, in the connection's transaction; others who want to wait, and find it done."""
    if connection.dialect.name == "postgresql":
        # On SQLite whoever writes is alone.
        connection.execute(sql.select(sql.func.pg_advisory_xact_lock(_LOCK)))
    if is_current(connection):
        return
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    _LOG.info("the tables of the store are at version %s", VERSION)
