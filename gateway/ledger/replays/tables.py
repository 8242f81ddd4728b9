"""Replay jobs and what is on their lists: rows that outlive every process that works on them."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Float, Index, Integer, Table, Text, text

from gateway.ledger.tables import Json, metadata
from gateway.ledger.types import BigKey, UtcDateTime

_OPEN = "state = 'planned' OR state = 'sent'"

replay_job = Table(
    "replay_job",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("filter", Json, nullable=False),
    Column("digest", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("as_then", Boolean, nullable=False),
    Column("max_failure_rate", Float, nullable=False),
    Column("max_seconds", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("verdict", Json),
    Column("watched", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    CheckConstraint(
        "state = 'running' OR state = 'paused' OR state = 'stopped' OR state = 'finished' OR state = 'cancelled'",
        name="replay_job_state",
    ),
    sqlite_with_rowid=False,
)
"""`step`: the number of the step under way, 0 before the first. `rung`: how far up the staircase the next step is; a
job that was stopped and goes on begins at the bottom again. `verdict`: why it stopped by itself, in figures. `watched`:
it runs, or outcomes of what it sent are open."""

Index(
    "replay_job_watched",  # what the scheduler looks at
    replay_job.c.id,
    postgresql_where=text("watched"),
    sqlite_where=text("watched = 1"),
)

replay_item = Table(
    "replay_item",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("delivery_id", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("lane_id", BigKey),
    Column("step", Integer),
    Column("state", Text, nullable=False),
    Column("new_id", Text),
    Column("cause", Text),
    CheckConstraint(
        f"{_OPEN} OR state = 'passed' OR state = 'failed' OR state = 'needless' OR state = 'left'",
        name="replay_item_state",
    ),
    sqlite_with_rowid=False,
)
"""One dead delivery of a job's list; `place` is its turn: lane after lane, within a lane in order of position. `new_id`
is the delivery made from it, written in the transaction that made it. `cause`: why it failed, was needless or left."""

Index("replay_item_place", replay_item.c.job_id, replay_item.c.place, unique=True)  # the list in its order
Index("replay_item_step", replay_item.c.job_id, replay_item.c.step, replay_item.c.state)  # how a step is doing
Index(
    "replay_item_planned",  # whose turn is next
    replay_item.c.job_id,
    replay_item.c.place,
    postgresql_where=text("state = 'planned'"),
    sqlite_where=text("state = 'planned'"),
)
Index(
    "replay_item_sent",  # whose outcome is open
    replay_item.c.job_id,
    replay_item.c.place,
    postgresql_where=text("state = 'sent'"),
    sqlite_where=text("state = 'sent'"),
)
Index(
    "replay_item_once",  # no delivery is on two lists at a time
    replay_item.c.delivery_id,
    unique=True,
    postgresql_where=text(_OPEN),
    sqlite_where=text(_OPEN),
)
