"""Alerts, their notices, and what the watch remembers."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.tables import Json
from gateway.ledger.types import BigKey, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """New tables; nothing that is there changes."""
    op.create_table(
        "alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("clear_since", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("vi", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("details", Json, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    _index("alert_open", "alert", ["kind", "key"], "closed_at IS NULL", unique=True)
    op.create_table(
        "notice",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("event = 'opened' OR event = 'closed'", name="notice_event"),
        sa.CheckConstraint("state = 'due' OR state = 'sent' OR state = 'given_up'", name="notice_state"),
        sa.PrimaryKeyConstraint("alert_id", "event", "channel"),
        sqlite_with_rowid=False,
    )
    _index("notice_due", "notice", ["channel", "due_at"], "state = 'due'")
    op.create_table(
        "watch_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source_heard",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "client"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "backlog_sample",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("open", BigKey, nullable=False),
        sa.Column("ended", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("destination", "at"),
        sqlite_with_rowid=False,
    )


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, postgresql_where=condition, sqlite_where=condition)
