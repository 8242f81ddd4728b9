"""Replay jobs and what is on their lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from gateway.ledger.types import BigKey, UtcDateTime

revision = "0009"
down_revision = "0008"

Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """New tables; nothing that is there changes."""
    op.create_table(
        "replay_job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filter", Json, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("as_then", sa.Boolean(), nullable=False),
        sa.Column("max_failure_rate", sa.Float(), nullable=False),
        sa.Column("max_seconds", sa.Float(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("verdict", Json, nullable=True),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state = 'running' OR state = 'paused' OR state = 'stopped' OR state = 'finished' OR state = 'cancelled'",
            name="replay_job_state",
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "replay_item",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("lane_id", BigKey, nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("new_id", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state = 'planned' OR state = 'sent' OR state = 'passed' OR state = 'failed' OR state = 'needless' OR "
            "state = 'left'",
            name="replay_item_state",
        ),
        sa.PrimaryKeyConstraint("job_id", "delivery_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("replay_item_place", "replay_item", ["job_id", "place"], unique=True)
    op.create_index("replay_item_step", "replay_item", ["job_id", "step", "state"])
    op.create_index(
        "replay_job_watched",
        "replay_job",
        ["id"],
        postgresql_where=sa.text("watched"),
        sqlite_where=sa.text("watched = 1"),
    )
    planned, sent = "state = 'planned'", "state = 'sent'"
    _partial("replay_item_planned", "replay_item", ["job_id", "place"], planned)
    _partial("replay_item_sent", "replay_item", ["job_id", "place"], sent)
    _partial("replay_item_once", "replay_item", ["delivery_id"], f"{planned} OR {sent}", unique=True)


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, postgresql_where=condition, sqlite_where=condition)
