"""The log's tables: what is not chained yet, what is, its tree, a signed checkpoint a day, and how far texts went."""

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
    Column("retired_at", UtcDateTime),
)
"""The log, in its order; only grows (trigger). `ref`: `<delivery id>#<attempt>` of a receipt, `audit/<seq>` of an audit
row. `leaf`: the very bytes that were hashed; empty once its time is over (`retired_at`), its hash stays in its tile."""

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

retired = Table(
    "retired",
    metadata,
    Column("audit_seq", BigKey, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("day", Text, nullable=False),
    Column("upto", BigKey, nullable=False),
    sqlite_with_rowid=False,
)
"""How far texts were removed, a row per batch; only grows (trigger), the newest counts: entries below `upto` may be
empty. `day`: whose signed checkpoint covers them. `audit_seq`: the audit row that says the same, in the log itself."""

kept_entry = Table(
    "kept_entry",
    metadata,
    Column("position", BigKey, primary_key=True, autoincrement=False),
    Column("delivery_id", Text),
    sqlite_with_rowid=False,
)
"""Entries below that bound whose text stays: the receipts of a delivery that is still there, looked at again until it
is not. Without a delivery: what does not fit the tree or its audit row, and stays as evidence."""
