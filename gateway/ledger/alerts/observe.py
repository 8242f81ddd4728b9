"""What a look means for the alerts: what opens, what goes on, what is clear, what closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from uuid_utils import uuid7

from gateway.ledger.alerts import statements as sql
from gateway.ledger.alerts.port import AlertChange, AlertEvent, Finding, Observed
from gateway.ledger.alerts.tables import alert


@dataclass(frozen=True, slots=True)
class Steps:
    """What there is to do. Empty: nothing, which is what most looks find."""

    open: tuple[Finding, ...]
    reword: tuple[tuple[str, Finding], ...]
    unclear: tuple[str, ...]
    """Wrong again before it closed."""
    clear: tuple[str, ...]
    close: tuple[Any, ...]

    def __bool__(self) -> bool:
        return any((self.open, self.reword, self.unclear, self.clear, self.close))


def compare(rows: Sequence[Any], observed: Observed) -> Steps:
    """Open alerts against what is wrong now. Pure."""
    found = {(one.kind, one.key): one for one in observed.findings}
    known = {(row.kind, row.key): row for row in rows}
    gone = [row for place, row in known.items() if row.kind in observed.kinds and place not in found]
    both = [(row, found[place]) for place, row in known.items() if place in found]
    over = [row for row in gone if observed.at - (row.clear_since or observed.at) >= observed.close_after]
    return Steps(
        open=tuple(one for place, one in found.items() if place not in known),
        reword=tuple((row.id, one) for row, one in both if _said_otherwise(row, one)),
        unclear=tuple(row.id for row, _ in both if row.clear_since is not None),
        clear=tuple(row.id for row in gone if row.clear_since is None and row not in over),
        close=tuple(over),
    )


def _said_otherwise(row: Any, one: Finding) -> bool:
    return (row.vi, row.en, row.details or {}) != (one.vi, one.en, dict(one.details))


def observe(connection: Connection, observed: Observed) -> list[AlertChange]:
    """Do what a look asks for, in the caller's transaction; what opened and closed."""
    steps = compare(connection.execute(sql.open_alerts).all(), observed)
    at = observed.at
    for alert_id, one in steps.reword:
        words = {"n_vi": one.vi, "n_en": one.en, "n_details": dict(one.details) or None}
        connection.execute(sql.set_words, {"b_id": alert_id, **words})
    for alert_id in steps.unclear:
        connection.execute(sql.set_clear_since, {"b_id": alert_id, "n_at": None})
    for alert_id in steps.clear:
        connection.execute(sql.set_clear_since, {"b_id": alert_id, "n_at": at})
    opened = [_open(connection, one, observed) for one in steps.open]
    closed = [_close(connection, row, at) for row in steps.close]
    return [change for change in (*opened, *closed) if change is not None]


def _open(connection: Connection, one: Finding, observed: Observed) -> AlertChange | None:
    """None where another process was quicker."""
    alert_id = str(uuid7())
    row = {
        "id": alert_id, "kind": one.kind, "key": one.key, "destination": one.destination, "opened_at": observed.at,
        "vi": one.vi, "en": one.en, "details": dict(one.details) or None,
    }  # fmt: skip
    made: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(alert).values(row)
    if connection.execute(made.on_conflict_do_nothing()).rowcount != 1:
        return None
    _tell(connection, alert_id, "opened", observed.channels.get(one.kind, ()), observed.at)
    return AlertChange(alert_id, "opened", one.kind, one.key)


def _close(connection: Connection, row: Any, at: datetime) -> AlertChange | None:
    if connection.execute(sql.close, {"b_id": row.id, "n_at": at}).rowcount != 1:
        return None
    _tell(connection, row.id, "closed", connection.execute(sql.told_of_opening, {"b_id": row.id}).scalars().all(), at)
    return AlertChange(row.id, "closed", row.kind, row.key)


def _tell(connection: Connection, alert_id: str, event: AlertEvent, channels: Sequence[str], at: datetime) -> None:
    rows = [
        {"alert_id": alert_id, "event": event, "channel": channel, "state": "due", "created_at": at, "due_at": at,
         "tries": 0, "sent_at": None, "error": None}
        for channel in channels
    ]  # fmt: skip
    sql.insert_notices.run(connection, rows)
