"""Steering of destinations: pauses, probes, announced maintenance, deliveries held back, dossiers known before."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import UtcDateTime

revision = "0007"
down_revision = "0006"

_OF_DESTINATION = (
    ("closed_by", sa.Text()),
    ("closed_since", UtcDateTime()),
    ("closed_vi", sa.Text()),
    ("closed_en", sa.Text()),
    ("paused_at", UtcDateTime()),
    ("paused_by", sa.Text()),
    ("pause_reason", sa.Text()),
    ("probe_id", sa.Text()),
    ("probe_taken_at", UtcDateTime()),
    ("probe_ended_at", UtcDateTime()),
    ("probe_ok", sa.Boolean()),
    ("probe_code", sa.Text()),
    ("probe_vi", sa.Text()),
    ("probe_en", sa.Text()),
)


def upgrade() -> None:
    """New columns, tables and indexes; rows stay as they are."""
    for name, kind in _OF_DESTINATION:
        op.add_column("destination", sa.Column(name, kind, nullable=True))
    op.add_column("outbox", sa.Column("held_for", sa.Text(), nullable=True))
    op.drop_index("outbox_due", "outbox")
    _partial("outbox_due", "outbox", ["destination", "due_at"], "held_for IS NULL")
    _partial("outbox_held_for", "outbox", ["destination", "held_for"], "held_for IS NOT NULL")
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    _partial("maintenance_ahead", "maintenance", ["ends_at"], "cancelled_at IS NULL")
    op.create_table(
        "known_dossier",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "destination"),
        sqlite_with_rowid=False,
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
