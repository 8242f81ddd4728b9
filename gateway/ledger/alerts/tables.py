"""Tables of the watch. None of them holds personal data, and nothing on a message's way touches them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, text

from gateway.ledger.tables import Json, metadata
from gateway.ledger.types import BigKey, UtcDateTime

alert = Table(
    "alert",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("clear_since", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("vi", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("details", Json),
    sqlite_with_rowid=False,
)
"""Something is wrong, of a kind and about a thing (`key`). Ids are UUIDv7, so they sort by when it opened.
`clear_since`: nothing has been wrong since then; it closes when that has lasted."""

Index(
    "alert_open",  # a thing that is wrong is told once
    alert.c.kind,
    alert.c.key,
    unique=True,
    postgresql_where=text("closed_at IS NULL"),
    sqlite_where=text("closed_at IS NULL"),
)

notice = Table(
    "notice",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("error", Text),
    CheckConstraint("event = 'opened' OR event = 'closed'", name="notice_event"),
    CheckConstraint("state = 'due' OR state = 'sent' OR state = 'given_up'", name="notice_state"),
    sqlite_with_rowid=False,
)
"""What one channel is told of an alert: that it opened, that it closed, each once."""

Index(
    "notice_due",
    notice.c.channel,
    notice.c.due_at,
    postgresql_where=text("state = 'due'"),
    sqlite_where=text("state = 'due'"),
)

watch_mark = Table(
    "watch_mark",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""Moments the watch goes by after a restart: since when a destination is closed, up to when sources were heard."""

source_heard = Table(
    "source_heard",
    metadata,
    Column("source", Text, primary_key=True),
    Column("client", Text, primary_key=True),
    Column("last_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""When a source last spoke, gathered from the newest messages now and then: an index by source would cost each one."""

backlog_sample = Table(
    "backlog_sample",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    Column("open", BigKey, nullable=False),
    Column("ended", BigKey, nullable=False),
    sqlite_with_rowid=False,
)
"""How much was open for a destination, and how much had ended since ever; of the last day."""
