"""Views of lists that people saved under a name."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from gateway.ledger.tables import metadata
from gateway.ledger.types import UtcDateTime

saved_view = Table(
    "saved_view",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""Filters of a list under a name. `owner`: whose it is; empty: everybody's. `query`: as it stands in an address."""
