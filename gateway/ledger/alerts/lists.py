"""Alerts as people and programs read them: open ones first, each newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from gateway.ledger.alerts import statements as sql
from gateway.ledger.alerts.tables import alert
from gateway.ledger.shapes import iso

OPEN, CLOSED = "open", "closed"


def page(connection: Connection, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
    """Alerts. Filters: state (open, closed), kind, destination. The cursor says in which part, and behind which."""
    parts = [filters["state"]] if "state" in filters else [OPEN, CLOSED]
    part, _, after = (cursor or "").partition(":")
    if part in parts:
        parts = parts[parts.index(part) :]
    rows: list[Any] = []
    for state in parts:
        rows += _rows(connection, state, filters, after if state == part else "", limit + 1 - len(rows))
    shown = rows[:limit]
    notices = defaultdict(list)
    for one in connection.execute(sql.notices_of, {"ids": [row.id for row in shown]}):
        notices[one.alert_id].append(_notice(one))
    more = f"{_state(shown[-1])}:{shown[-1].id}" if len(rows) > limit else None
    return {"items": [_alert(row, notices[row.id]) for row in shown], "next": more}


def _rows(connection: Connection, state: str, filters: Mapping[str, str], after: str, limit: int) -> list[Any]:
    query = select(alert).order_by(alert.c.id.desc()).limit(limit)
    query = query.where(alert.c.closed_at.is_(None) if state == OPEN else alert.c.closed_at.is_not(None))
    for name in ("kind", "destination"):
        if name in filters:
            query = query.where(alert.c[name] == filters[name])
    if after:
        query = query.where(alert.c.id < after)
    return list(connection.execute(query).all()) if limit > 0 else []


def _state(row: Any) -> str:
    return OPEN if row.closed_at is None else CLOSED


def _alert(row: Any, notices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "key": row.key,
        "destination": row.destination or None,
        "state": _state(row),
        "opened_at": iso(row.opened_at),
        "closed_at": iso(row.closed_at),
        "vi": row.vi,
        "en": row.en,
        "details": row.details or {},
        "notices": notices,
    }


def _notice(row: Any) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "event": row.event,
        "state": row.state,
        "tries": row.tries,
        "sent_at": iso(row.sent_at),
        "error": row.error,
    }
