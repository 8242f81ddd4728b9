"""The ledger's first shape: message, lane, delivery, attempt, checkpoint, outbox, tally, audit."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.tables import Json
from gateway.ledger.triggers import triggers
from gateway.ledger.types import BigKey, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("keys", Json, nullable=True),
        sa.Column("request_digest", sa.LargeBinary(), nullable=True),
        sa.Column("may_repeat", sa.Boolean(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_vi", sa.Text(), nullable=True),
        sa.Column("error_en", sa.Text(), nullable=True),
        sa.Column("answer_digest", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answer_key_id", sa.Text(), nullable=True),
        sa.Column("facts", Json, nullable=True),
        sa.Column("warnings", Json, nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        sa.Column("seq", BigKey, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", Json, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.Column("answer_digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "part"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.Column("mapping_version", sa.Text(), nullable=True),
        sa.Column("lane_id", BigKey, nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("in_lane", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error_tries", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("snapshot", sa.Boolean(), nullable=False),
        sa.Column("snapshot_status", sa.Text(), nullable=True),
        sa.Column("snapshot_sequence", BigKey, nullable=True),
        sa.Column("snapshot_time", UtcDateTime(), nullable=True),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_vi", sa.Text(), nullable=True),
        sa.Column("error_en", sa.Text(), nullable=True),
        sa.Column("error_field", sa.Text(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("replay_of", sa.Text(), nullable=True),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state = 'cancelled' OR state = 'dead' OR state = 'delivered' OR state = 'delivering' OR state = 'held' OR "
            "state = 'pending' OR state = 'refused' OR state = 'superseded' OR state = 'uncertain' OR "
            "state = 'waiting'",
            name="delivery_state",
        ),
        sa.CheckConstraint("(lane_id IS NULL) = (position IS NULL)", name="delivery_position"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "delivery_dead",
        "delivery",
        ["id", "destination"],
        unique=False,
        postgresql_where=sa.text("state = 'dead' AND replaced_by IS NULL"),
        sqlite_where=sa.text("state = 'dead' AND replaced_by IS NULL"),
    )
    op.create_index(
        "delivery_dead_snapshot",
        "delivery",
        ["lane_id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead' AND replaced_by IS NULL AND snapshot"),
        sqlite_where=sa.text("state = 'dead' AND replaced_by IS NULL AND snapshot = 1"),
    )
    op.create_index(
        "delivery_in_lane",
        "delivery",
        ["lane_id", "position"],
        unique=False,
        postgresql_where=sa.text("in_lane"),
        sqlite_where=sa.text("in_lane = 1"),
    )
    op.create_index("delivery_message", "delivery", ["message_id"], unique=False)
    op.create_index(
        "delivery_one_active",
        "delivery",
        ["lane_id"],
        unique=True,
        postgresql_where=sa.text("lane_id IS NOT NULL AND state IN ('delivering', 'pending', 'uncertain', 'waiting')"),
        sqlite_where=sa.text("lane_id IS NOT NULL AND state IN ('delivering', 'pending', 'uncertain', 'waiting')"),
    )
    op.create_index(
        "delivery_open",
        "delivery",
        ["state", "destination", "lane_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('delivering', 'held', 'pending', 'uncertain', 'waiting')"),
        sqlite_where=sa.text("state IN ('delivering', 'held', 'pending', 'uncertain', 'waiting')"),
    )
    op.create_table(
        "lane",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("next_position", sa.Integer(), nullable=False),
        sa.Column("accepted_once", sa.Boolean(), nullable=False),
        sa.Column("clear_at", UtcDateTime(), nullable=True),
        sa.Column("latest_sequence", BigKey, nullable=True),
        sa.Column("latest_time", UtcDateTime(), nullable=True),
        sa.Column("step_statuses", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "message",
        sa.Column("seq", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("time", UtcDateTime(), nullable=True),
        sa.Column("sequence", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=False),
        sa.Column("causation_id", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_form", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("warnings", Json, nullable=True),
        sa.Column("destinations", sa.Text(), nullable=False),
        sa.CheckConstraint("body_form IN ('event', 'data')", name="message_body_form"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("source_id", "source", name="message_once"),
    )
    op.create_index(
        "message_causation",
        "message",
        ["causation_id"],
        unique=False,
        postgresql_where=sa.text("causation_id IS NOT NULL"),
        sqlite_where=sa.text("causation_id IS NOT NULL"),
    )
    op.create_index("message_day", "message", ["accepted_at", "destinations"], unique=False)
    op.create_index("message_subject", "message", ["subject", "seq"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("outbox_due", "outbox", ["destination", "due_at"], unique=False)
    op.create_table(
        "tally",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("count", BigKey, nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("destination", "state"),
        sqlite_with_rowid=False,
    )
    for statement in triggers(op.get_bind().dialect.name):
        op.execute(statement)
