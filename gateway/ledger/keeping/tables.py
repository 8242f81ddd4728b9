"""What the keeping remembers between its looks."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from gateway.ledger.tables import metadata
from gateway.ledger.types import BigKey, UtcDateTime

rewrapping = Table(
    "rewrapping",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("reached", BigKey, nullable=False, default=0),
    Column("wrapped", BigKey, nullable=False, default=0),
    Column("ended_at", UtcDateTime),
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
