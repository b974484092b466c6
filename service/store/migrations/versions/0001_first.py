"""The first tables."""

import sqlalchemy as sql
from alembic import op

revision = "0001"
down_revision = None

_NAME = sql.Text().with_variant(sql.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "routers",
        sql.Column("workspace", sql.Text, nullable=False),
        sql.Column("name", _NAME, nullable=False),
        sql.Column("document", sql.LargeBinary, nullable=False),
        sql.Column("etag", sql.Text, nullable=False),
        sql.Column("created", sql.Double, nullable=False),
        sql.Column("updated", sql.Double, nullable=False),
        sql.PrimaryKeyConstraint("workspace", "name", name="pk_routers"),
    )
    op.create_table(
        "operations",
        sql.Column("workspace", sql.Text, nullable=False),
        sql.Column("name", _NAME, nullable=False),
        sql.Column("document", sql.LargeBinary, nullable=False),
        sql.Column("created", sql.Double, nullable=False),
        sql.PrimaryKeyConstraint("name", name="pk_operations"),
    )
    op.create_index("ix_operations_created", "operations", ["created"])
    op.create_table(
        "keys",
        sql.Column("workspace", sql.Text, nullable=False),
        sql.Column("id", _NAME, nullable=False),
        sql.Column("hash", sql.LargeBinary, nullable=False),
        sql.Column("name", sql.Text, nullable=False),
        sql.Column("permissions", sql.JSON, nullable=False),
        sql.Column("created", sql.Double, nullable=False),
        sql.Column("expires", sql.Double),
        sql.Column("revoked", sql.Double),
        sql.PrimaryKeyConstraint("id", name="pk_keys"),
        sql.UniqueConstraint("hash", name="uq_keys_hash"),
    )
    op.create_table(
        "revision",
        sql.Column("workspace", sql.Text, nullable=False),
        sql.Column("number", sql.BigInteger, nullable=False),
        sql.PrimaryKeyConstraint("workspace", name="pk_revision"),
    )
    _make_requests_and_feedback()


def _make_requests_and_feedback() -> None:
    op.create_table(
        "requests",
        sql.Column("workspace", sql.Text, nullable=False),
        sql.Column("generation_id", _NAME, nullable=False),
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
        sql.PrimaryKeyConstraint("generation_id", name="pk_requests"),
    )
    op.create_index(
        "ix_requests_workspace_router_unix_time", "requests", ["workspace", "router", "unix_time"]
    )
    op.create_table(
        "feedback",
        sql.Column("workspace", sql.Text, nullable=False),
        sql.Column("generation_id", _NAME, nullable=False),
        sql.Column("metric", _NAME, nullable=False),
        sql.Column("value", sql.Double, nullable=False),
        sql.Column("boolean", sql.Boolean, nullable=False),
        sql.Column("unix_time", sql.Double, nullable=False),
        sql.PrimaryKeyConstraint("workspace", "generation_id", "metric", name="pk_feedback"),
    )
