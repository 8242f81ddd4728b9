"""Runs of reconciliation with the dossiers in them."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.tables import Json
from gateway.ledger.types import UtcDateTime

revision = "0011"
down_revision = "0010"

_OPEN = "state <> 'compared' AND state <> 'sent' AND state <> 'cancelled'"


def upgrade() -> None:
    """New tables only."""
    op.create_table(
        "drift_run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=False) for name in ("since", "until")),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("actor", "reason")),
        *(sa.Column(name, UtcDateTime(), nullable=False) for name in ("created_at", "changed_at")),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("cursor", "kinds")),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("note", Json, nullable=True),
        sa.CheckConstraint(
            "state IN ('collecting', 'asking', 'compared', 'sending', 'sent', 'cancelled')", name="drift_run_state"
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "drift_run_open",
        "drift_run",
        ["destination"],
        unique=True,
        postgresql_where=sa.text(_OPEN),
        sqlite_where=sa.text(_OPEN),
    )
    op.create_index("drift_run_created", "drift_run", ["created_at", "id"])
    op.create_table(
        "drift_item",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("run_id", "subject")),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("ours", "theirs", "delivery_id", "word")),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("sent", sa.Text(), nullable=True),
        sa.Column("sent_step", sa.Integer(), nullable=True),
        sa.Column("messages", Json, nullable=True),
        sa.CheckConstraint(
            "kind IS NULL OR kind IN ('same', 'missing', 'behind', 'ahead', 'untold', 'unconfirmed', 'unasked')",
            name="drift_item_kind",
        ),
        sa.CheckConstraint("sent IS NULL OR sent IN ('open', 'arrived', 'failed', 'skipped')", name="drift_item_sent"),
        sa.PrimaryKeyConstraint("run_id", "subject"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "drift_item_to_ask",
        "drift_item",
        ["run_id", "subject"],
        postgresql_where=sa.text("kind IS NULL"),
        sqlite_where=sa.text("kind IS NULL"),
    )
    op.create_index("drift_item_kind", "drift_item", ["run_id", "kind", "sent", "subject"])
