"""Rows of messages whose time is over go, and stay counted; in a transaction of the caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.ledger.keeping import removal_statements as sql
from mappings.convert import VIETNAM


def remove(connection: Connection, before: datetime, limit: int) -> tuple[int, bool]:
    """See `gateway.ledger.keeping.port`."""
    messages = connection.execute(sql.overdue, {"b_before": before, "b_limit": limit}).all()
    if not messages:
        return 0, False
    of_messages = {"ids": [row.id for row in messages]}
    deliveries = connection.execute(sql.deliveries_of, of_messages).all()
    sql.count.run(connection, counted(messages, deliveries))
    of_deliveries = {"ids": [row.id for row in deliveries]}
    for statement in sql.of_deliveries:
        connection.execute(statement, of_deliveries)
    connection.execute(sql.drop_messages, of_messages)
    return len(messages), len(messages) == limit


def counted(messages: Sequence[Any], deliveries: Sequence[Any]) -> list[dict[str, Any]]:
    """What the balance sheet says of these, in key order, so that two transactions never wait for each other."""
    told = {row.id: (str(row.accepted_at.astimezone(VIETNAM).date()), row.type) for row in messages}
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for row in messages:
        day, type_ = told[row.id]
        counts.update((day, destination, type_, "accepted") for destination in row.destinations.split())
    for row in deliveries:
        if row.replaced_by is None:
            day, type_ = told[row.message_id]
            counts[day, row.destination, type_, row.state] += 1
    names = ("day", "destination", "type", "state")
    return [dict(zip(names, key, strict=True)) | {"count": counts[key]} for key in sorted(counts)]
