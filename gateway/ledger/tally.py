"""Counters for the board, kept in the transaction of what they count, so that nobody counts rows every two seconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.ledger import statements as sql
from gateway.message import DeliveryState

Move = tuple[str, DeliveryState, datetime]
"""(destination, state, when): a delivery of the destination came to the state by ending or failing."""


def count(connection: Connection, moves: Iterable[Move]) -> None:
    """Add these moves."""
    sql.count.run(connection, counted(moves))


def counted(moves: Iterable[Move]) -> list[dict[str, Any]]:
    """For `statements.count`, in key order, so that two transactions never wait for each other."""
    counts: dict[tuple[str, str], int] = {}
    latest: dict[tuple[str, str], datetime] = {}
    for destination, state, at in moves:
        key = destination, state.value
        counts[key] = counts.get(key, 0) + 1
        latest[key] = max(at, latest.get(key, at))
    return [
        {"destination": key[0], "state": key[1], "count": counts[key], "last_at": latest[key]} for key in sorted(counts)
    ]
