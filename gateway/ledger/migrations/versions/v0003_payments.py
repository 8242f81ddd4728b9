"""Payments by the reference they went out with."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A new table; nothing that is there changes."""
    op.create_table(
        "payment",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("transaction_time", sa.Text(), nullable=False),
        sa.Column("amount", BigKey, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("page_known", sa.Boolean(), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("told_not_opened", sa.Boolean(), nullable=False),
        sa.Column("refund", sa.Boolean(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=True),
        sa.Column("concluded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'paid', 'failed', 'expired', 'void')", name="payment_state"),
        sa.PrimaryKeyConstraint("destination", "reference"),
        sqlite_with_rowid=False,
    )
    op.create_index("payment_subject", "payment", ["subject", "destination"])
    op.create_index("payment_day", "payment", ["opened_at", "destination"])
    op.create_index(
        "payment_unwatched",
        "payment",
        ["opened_at"],
        postgresql_where=sa.text("state = 'open' AND NOT watched"),
        sqlite_where=sa.text("state = 'open' AND watched = 0"),
    )
    op.create_index(
        "payment_unopened",
        "payment",
        ["opened_at"],
        postgresql_where=sa.text("state = 'open' AND NOT page_known AND NOT told_not_opened"),
        sqlite_where=sa.text("state = 'open' AND page_known = 0 AND told_not_opened = 0"),
    )
    op.create_index(
        "payment_refund",
        "payment",
        ["opened_at"],
        postgresql_where=sa.text("refund"),
        sqlite_where=sa.text("refund = 1"),
    )
