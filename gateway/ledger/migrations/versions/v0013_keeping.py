"""How far data keys have been wrapped anew, and what was shredded."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """New tables; nothing that is there changes."""
    op.create_table(
        "rewrapping",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("reached", BigKey, nullable=False),
        sa.Column("wrapped", BigKey, nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shredding",
        sa.Column("seq", BigKey, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "keeping",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reached", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("what"),
        sqlite_with_rowid=False,
    )
