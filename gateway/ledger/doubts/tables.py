"""What is known of the questions about an uncertain delivery."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from gateway.ledger.tables import metadata
from gateway.ledger.types import UtcDateTime

doubt = Table(
    "doubt",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("asked_at", UtcDateTime),
    Column("answer", Text, nullable=False),
    Column("next_at", UtcDateTime),
    sqlite_with_rowid=False,
)
"""How often the system was asked about the unclear attempt of that number, what it said last, and when it is asked
again; no such moment: a person decides. An attempt after it, unclear again, begins anew. Stays when all is settled."""
