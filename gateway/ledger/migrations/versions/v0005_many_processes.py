"""What several processes need to share a ledger: who offers what, leases, and what is known of destinations."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """New columns and tables; nothing that is there changes."""
    op.add_column("outbox", sa.Column("lane_hash", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("offered_until", UtcDateTime(), nullable=True))
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "destination",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed_until", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
