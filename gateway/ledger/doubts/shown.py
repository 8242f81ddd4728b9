"""What a message shows of the doubts about its deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.ledger.doubts import statements as sql
from mappings.convert import VIETNAM


def shown(connection: Connection, rows: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Of the uncertain among these deliveries, what their message shows of the questions."""
    uncertain = {row.id: row.attempts for row in rows if row.state == "uncertain"}
    if not uncertain:
        return {}
    found = connection.execute(sql.doubts_of, {"ids": list(uncertain)})
    asked = {row.delivery_id: row for row in found if row.attempt == uncertain[row.delivery_id]}
    return {one: _shown(asked.get(one)) for one in uncertain}


def _shown(row: Any) -> dict[str, Any]:
    if row is None:
        return {"waits_for": "proof", "asked": 0, "asked_at": None, "answer": None, "next_at": None}
    return {
        "waits_for": "proof" if row.next_at else "person",
        "asked": row.asked,
        "asked_at": _moment(row.asked_at),
        "answer": row.answer,
        "next_at": _moment(row.next_at),
    }


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(VIETNAM).isoformat(timespec="milliseconds") if value else None
