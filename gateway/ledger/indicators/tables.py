"""Facts of dossiers and their sums by day and unit: codes and counts, nothing personal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, text

from gateway.ledger.indicators.port import COUNTS
from gateway.ledger.tables import metadata
from gateway.ledger.types import BigKey, UtcDateTime

indicator_fact = Table(
    "indicator_fact",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("seq", BigKey, nullable=False),
    Column("sequence", BigKey),
    Column("time", UtcDateTime),
    Column("agency", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("received_day", Text),
    Column("finished_day", Text),
    Column("finished_at", UtcDateTime),
    Column("overdue_from", UtcDateTime),
    Column("marks", Text, nullable=False),
    Column("working_seconds", BigInteger, nullable=False),
    Column("paid", Boolean, nullable=False),
    Column("synchronised", Boolean, nullable=False),
    Column("settled", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""What the newest snapshot of a dossier says, whether a payment of it was confirmed, and whether that snapshot was
taken (`settled`: it has ended, one way or another). Its contribution to the sums is a function of this row."""


def _where(condition: str, sqlite: str = "") -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(sqlite or condition)}


Index("indicator_fact_unsettled", indicator_fact.c.subject, **_where("NOT settled", "settled = 0"))
Index("indicator_fact_received", indicator_fact.c.received_day, **_where("received_day IS NOT NULL"))
Index("indicator_fact_finished", indicator_fact.c.finished_day, **_where("finished_day IS NOT NULL"))
Index("indicator_fact_overdue", indicator_fact.c.overdue_from, **_where("overdue_from IS NOT NULL"))

indicator_day = Table(
    "indicator_day",
    metadata,
    Column("day", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("procedure", Text, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
    sqlite_with_rowid=False,
)
"""Numerators and denominators, never percentages: any period, unit and level can be summed."""

counting = Table(
    "counting",
    metadata,
    Column("what", Text, primary_key=True),
    Column("reached", BigKey, nullable=False),
    Column("unreadable", BigKey, nullable=False),
    Column("redo", Text),
    Column("counted_at", UtcDateTime),
    sqlite_with_rowid=False,
)
"""How far messages are counted. `redo`: days behind this one are still to be summed up anew from the facts."""
