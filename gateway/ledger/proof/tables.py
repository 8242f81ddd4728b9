"""The log's tables: what is not chained yet, what is, the tiles of its tree, and a signed checkpoint for each day."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, text

from gateway.ledger.tables import metadata
from gateway.ledger.types import BigKey, UtcDateTime

unchained = Table(
    "unchained",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)
"""Entries written in the transaction of what they tell of; they go as they are chained. Rows that commit late are thus
never missed: whatever stands here is still to be done."""

entry = Table(
    "entry",
    metadata,
    Column("position", BigKey, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)
"""The log, in its order; only grows (trigger). `ref`: `<delivery id>#<attempt>` of a receipt, `audit/<seq>` of an audit
row. `leaf`: the very bytes that were hashed."""

Index("entry_ref", entry.c.ref)  # the receipts of a delivery, the place of an audit row
Index(
    "entry_audit",  # the audit trail for export
    entry.c.position,
    postgresql_where=text("kind = 'audit'"),
    sqlite_where=text("kind = 'audit'"),
)

tile = Table(
    "tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigKey, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Up to 256 hashes, see `gateway.security.merkle`; the last one of a level is written anew as it fills."""

sealed_day = Table(
    "sealed_day",
    metadata,
    Column("day", Text, primary_key=True),
    Column("size", BigKey, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""The last signed checkpoint of each day (Việt Nam); today's is written anew with every batch."""
