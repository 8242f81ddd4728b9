"""Tables of steering that stand beside those of `gateway.ledger.tables`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from gateway.ledger.tables import metadata
from gateway.ledger.types import UtcDateTime

maintenance = Table(
    "maintenance",
    metadata,
    Column("id", Text, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
    Column("cancelled_by", Text),
    sqlite_with_rowid=False,
)
"""Announced maintenance: nothing goes to the destination from `starts_at` until `ends_at`, unless cancelled. Rows stay:
they explain a quiet hour months later."""

Index(
    "maintenance_ahead",  # what is under way or to come, read every second
    maintenance.c.ends_at,
    postgresql_where=text("cancelled_at IS NULL"),
    sqlite_where=text("cancelled_at IS NULL"),
)

known_dossier = Table(
    "known_dossier",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("destination", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("confirmed_at", UtcDateTime, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    Column("imported_by", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Dossiers that a destination had before this gateway sent it anything, with what was last confirmed there."""
