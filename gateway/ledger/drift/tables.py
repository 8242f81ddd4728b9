"""Runs of reconciliation and the dossiers in them: codes and statuses, nothing personal."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Table, Text, text

from gateway.ledger.tables import Json, metadata
from gateway.ledger.types import UtcDateTime

drift_run = Table(
    "drift_run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("paused", Boolean, nullable=False, default=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("cursor", Text, nullable=False),
    Column("kinds", Text, nullable=False, default=""),
    Column("step", Integer, nullable=False, default=0),
    Column("note", Json),
    CheckConstraint(
        "state IN ('collecting', 'asking', 'compared', 'sending', 'sent', 'cancelled')", name="drift_run_state"
    ),
    sqlite_with_rowid=False,
)
"""One comparison with one destination. `cursor` is how far its dossiers are collected, `kinds` what of the difference
is sent again, `step` the stair it stands on, `note` why it waits or stopped: everything a restart goes on from."""

_OPEN = "state <> 'compared' AND state <> 'sent' AND state <> 'cancelled'"
Index(
    "drift_run_open",  # one at a time for each destination; what the keeper looks at
    drift_run.c.destination,
    unique=True,
    postgresql_where=text(_OPEN),
    sqlite_where=text(_OPEN),
)
Index("drift_run_created", drift_run.c.created_at, drift_run.c.id)  # the list, newest first

drift_item = Table(
    "drift_item",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("kind", Text),
    Column("tries", Integer, nullable=False, default=0),
    Column("ours", Text),
    Column("theirs", Text),
    Column("delivery_id", Text),
    Column("word", Text),
    Column("asked_at", UtcDateTime),
    Column("sent", Text),
    Column("sent_step", Integer),
    Column("messages", Json),
    CheckConstraint(
        "kind IS NULL OR kind IN ('same', 'missing', 'behind', 'ahead', 'untold', 'unconfirmed', 'unasked')",
        name="drift_item_kind",
    ),
    CheckConstraint("sent IS NULL OR sent IN ('open', 'arrived', 'failed', 'skipped')", name="drift_item_sent"),
    sqlite_with_rowid=False,
)
"""One dossier of a run: `kind` once it was compared, `ours` and `theirs` the statuses, `delivery_id` what confirmed
ours; `sent` and `messages` once the difference was sent again, `word` why it could not be asked about or sent."""

Index(
    "drift_item_to_ask",
    drift_item.c.run_id,
    drift_item.c.subject,
    postgresql_where=text("kind IS NULL"),
    sqlite_where=text("kind IS NULL"),
)
Index(
    "drift_item_kind", drift_item.c.run_id, drift_item.c.kind, drift_item.c.sent, drift_item.c.subject
)  # lists, counts
