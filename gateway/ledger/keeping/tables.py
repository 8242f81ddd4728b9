"""What the keeping remembers between its looks."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from gateway.ledger.tables import message, metadata
from gateway.ledger.types import BigKey, UtcDateTime

rewrapping = Table(
    "rewrapping",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("reached", BigKey, nullable=False, default=0),
    Column("wrapped", BigKey, nullable=False, default=0),
    Column("ended_at", UtcDateTime),
    Column("unopened", BigKey, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""A key of the ring, and how far the messages have been looked through since it began to seal."""

shredding = Table(
    "shredding",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Messages whose time is over and that something still waits for: looked at again each time."""

keeping = Table(
    "keeping",
    metadata,
    Column("what", Text, primary_key=True),
    Column("reached", BigKey, nullable=False),
    sqlite_with_rowid=False,
)
"""How far the messages have been looked through for shredding."""

removed = Table(
    "removed",
    metadata,
    Column("day", Text, primary_key=True),
    Column("destination", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("count", BigKey, nullable=False),
    sqlite_with_rowid=False,
)
"""What the balance sheet counted before its rows were removed, by day of acceptance (Việt Nam). `accepted` stands among
the states for what messages owed; the others are what became of it."""

_SHREDDED = "key_id = 'shredded'"
Index(
    "message_shredded",  # whose time as rows comes next; a message enters as it is shredded, never on its way
    message.c.accepted_at,
    postgresql_where=text(_SHREDDED),
    sqlite_where=text(_SHREDDED),
)
