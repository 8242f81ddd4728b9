"""Reconciliation as people see it: codes and statuses, JSON-able, nothing personal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, tuple_

from gateway.ledger.drift import statements as sql
from gateway.ledger.drift.port import KINDS
from gateway.ledger.drift.tables import drift_item, drift_run
from gateway.ledger.shapes import iso

_SENT = ("open", "arrived", "failed", "skipped")


def run_view(connection: Connection, run_id: str) -> dict[str, Any] | None:
    """One run with its counts."""
    row = connection.execute(sql.find_run, {"b_run": run_id}).one_or_none()
    return _shown(connection, row) if row else None


def runs_page(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """Runs, newest first."""
    query = select(drift_run).order_by(drift_run.c.created_at.desc(), drift_run.c.id.desc()).limit(limit + 1)
    if cursor is not None:
        at, _, run_id = cursor.partition("|")
        query = query.where(tuple_(drift_run.c.created_at, drift_run.c.id) < (datetime.fromisoformat(at), run_id))
    rows = connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = f"{last.created_at.isoformat()}|{last.id}" if last else None
    return {"items": [_shown(connection, row) for row in rows[:limit]], "next": following}


def items_page(
    connection: Connection, run_id: str, filters: Mapping[str, str], cursor: str | None, limit: int
) -> dict[str, Any]:
    """Dossiers of a run in order of their codes. Filters: kind, sent."""
    query: Select[Any] = select(drift_item).where(drift_item.c.run_id == run_id)
    if "kind" in filters:
        query = query.where(drift_item.c.kind == filters["kind"])
    if "sent" in filters:
        query = query.where(drift_item.c.sent == filters["sent"])
    if cursor is not None:
        query = query.where(drift_item.c.subject > cursor)
    rows = connection.execute(query.order_by(drift_item.c.subject).limit(limit + 1)).all()
    items = [
        {
            "subject": row.subject, "kind": row.kind, "ours": row.ours, "theirs": row.theirs, "tries": row.tries,
            "delivery": row.delivery_id, "asked_at": iso(row.asked_at), "sent": row.sent,
            "messages": row.messages or [], "word": row.word,
        }
        for row in rows[:limit]
    ]  # fmt: skip
    return {"items": items, "next": rows[limit - 1].subject if len(rows) > limit else None}


def _shown(connection: Connection, row: Any) -> dict[str, Any]:
    counts: dict[str, int] = dict.fromkeys(("found", "to_ask", *KINDS), 0)
    sent: dict[str, int] = dict.fromkeys(_SENT, 0)
    for kind, word, number in connection.execute(sql.counts, {"b_run": row.id}):
        counts["found"] += number
        counts[kind or "to_ask"] += number
        if word:
            sent[word] += number
    return {
        "id": row.id,
        "destination": row.destination,
        "since": iso(row.since),
        "until": iso(row.until),
        "state": row.state,
        "paused": row.paused,
        "by": row.actor,
        "reason": row.reason,
        "created_at": iso(row.created_at),
        "ended_at": iso(row.ended_at),
        "counts": counts,
        "kinds": row.kinds.split(),
        "step": row.step,
        "sent": sent,
        "note": row.note,
    }
