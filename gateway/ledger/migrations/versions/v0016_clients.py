"""Clients that people add while the gateway runs, and keys of all clients."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.tables import Json
from gateway.ledger.types import BigKey, UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """New tables; nothing that is there changes."""
    op.create_table(
        "client",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sources", Json, nullable=False),
        sa.Column("agencies", Json, nullable=False),
        sa.Column("types", Json, nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("burst", sa.Integer(), nullable=False),
        sa.Column("amqp_user", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "client_key",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )
    op.create_index("client_key_id", "client_key", ["client", "id"], unique=True)
    op.create_table(
        "client_version",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("version", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("what"),
        sqlite_with_rowid=False,
    )
