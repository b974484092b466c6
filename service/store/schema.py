"""The tables, on both engines. Migrations make them (`migrations/`); a test holds the two together.

Times are Unix seconds. One installation is one workspace; the column is there for the day it is not.
"""

import sqlalchemy as sql

VERSION = "0001"
"""The newest migration."""
WORKSPACE = "default"

METADATA = sql.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
# Names are ordered by their bytes, whatever language the server speaks: pages are the same everywhere.
_NAME = sql.Text().with_variant(sql.Text(collation="C"), "postgresql")


def _workspace(*, primary_key: bool = False) -> sql.Column[str]:
    return sql.Column("workspace", sql.Text, nullable=False, default=WORKSPACE, primary_key=primary_key)


def _name(name: str) -> sql.Column[str]:
    return sql.Column(name, _NAME, primary_key=True, nullable=False)


routers = sql.Table(
    "routers",
    METADATA,
    _workspace(primary_key=True),
    _name("name"),
    sql.Column("document", sql.LargeBinary, nullable=False),
    sql.Column("etag", sql.Text, nullable=False),
    sql.Column("created", sql.Double, nullable=False),
    sql.Column("updated", sql.Double, nullable=False),
)

operations = sql.Table(
    "operations",
    METADATA,
    _workspace(),
    _name("name"),
    sql.Column("document", sql.LargeBinary, nullable=False),
    sql.Column("created", sql.Double, nullable=False, index=True),
)

keys = sql.Table(
    "keys",
    METADATA,
    _workspace(),
    _name("id"),
    sql.Column("hash", sql.LargeBinary, nullable=False, unique=True),
    sql.Column("name", sql.Text, nullable=False),
    sql.Column("permissions", sql.JSON, nullable=False),
    sql.Column("created", sql.Double, nullable=False),
    sql.Column("expires", sql.Double),
    sql.Column("revoked", sql.Double),
)

# Grows by one with every write of routers or keys, in the same transaction.
revision = sql.Table(
    "revision",
    METADATA,
    _workspace(primary_key=True),
    sql.Column("number", sql.BigInteger, nullable=False),
)

# What requests of routers did.
requests = sql.Table(
    "requests",
    METADATA,
    _workspace(),
    _name("generation_id"),
    sql.Column("router", sql.Text, nullable=False),
    sql.Column("route_id", sql.Text, nullable=False),
    sql.Column("variant_id", sql.Text, nullable=False),
    sql.Column("user_hash", sql.Text),
    sql.Column("status", sql.Text, nullable=False),
    sql.Column("http_status", sql.Integer, nullable=False),
    sql.Column("ttft_ms", sql.Integer),
    sql.Column("duration_ms", sql.Integer, nullable=False),
    sql.Column("prompt_tokens", sql.Integer, nullable=False),
    sql.Column("completion_tokens", sql.Integer, nullable=False),
    sql.Column("cost", sql.Double),
    sql.Column("fallbacks", sql.Integer, nullable=False),
    sql.Column("model", sql.Text),
    sql.Column("unix_time", sql.Double, nullable=False),
    sql.Index(None, "workspace", "router", "unix_time"),
)

# What callers said of answers; a true or false is 1 or 0 as a value, and marked.
feedback = sql.Table(
    "feedback",
    METADATA,
    _workspace(primary_key=True),
    _name("generation_id"),
    _name("metric"),
    sql.Column("value", sql.Double, nullable=False),
    sql.Column("boolean", sql.Boolean, nullable=False),
    sql.Column("unix_time", sql.Double, nullable=False),
)
