"""What the watch remembers: marks, who has spoken when, and how backlogs moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.ledger.alerts import statements as sql

_HEARD = "heard"
_FIRST_TIME = timedelta(days=1)
_LATE = timedelta(seconds=20)
"""A message is seen at most so long after the moment it says it was accepted at."""


def note_marks(connection: Connection, put: Mapping[str, datetime], drop: Collection[str]) -> None:
    """Set and drop marks."""
    for name, at in put.items():
        connection.execute(sql.move_mark, {"b_name": name, "n_at": at})
    sql.insert_mark.run(connection, [{"name": name, "at": at} for name, at in put.items()])
    connection.execute(sql.drop_marks, {"names": list(drop)})


def who_spoke(connection: Connection, now: datetime) -> list[Any]:
    """Who has spoken since the last time this was noted."""
    last = connection.execute(sql.one_mark, {"b_name": _HEARD}).scalar()
    since = max(last or now - _FIRST_TIME, now - _FIRST_TIME) - _LATE
    return list(connection.execute(sql.who_spoke, {"b_since": since}).all())


def note_heard(connection: Connection, rows: list[Any], now: datetime) -> None:
    """Note who has spoken, and up to when that was asked."""
    for row in rows:
        connection.execute(sql.hear_again, {"b_source": row.source, "b_client": row.client, "n_at": row.last_at})
    spoken = [{"source": row.source, "client": row.client, "last_at": row.last_at} for row in rows]
    sql.insert_heard.run(connection, spoken)
    note_marks(connection, {_HEARD: now}, ())


def backlog_now(connection: Connection) -> list[tuple[str, int, int]]:
    """(destination, open, ended since ever); empty while nothing is open and nothing was at the last sample."""
    open_: Counter[str] = Counter()
    for row in connection.execute(sql.open_count):
        open_[row.destination] += row.number
    if not open_ and not any(row.open for row in connection.execute(sql.latest_samples)):
        return []
    ended = {row.destination: int(row.number) for row in connection.execute(sql.ended_count)}
    return [(name, open_[name], ended.get(name, 0)) for name in sorted({*open_, *ended})]


def note_backlog(connection: Connection, found: list[tuple[str, int, int]], now: datetime, keep: timedelta) -> None:
    """Add a sample of each destination, and drop old ones."""
    rows = [{"destination": name, "at": now, "open": open_, "ended": ended} for name, open_, ended in found]
    sql.insert_samples.run(connection, rows)
    connection.execute(sql.drop_samples, {"b_before": now - keep})
