"""Doubts inside a transaction given by the caller; nothing here commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger import statements as ledger_sql
from gateway.ledger.doubts import statements as sql
from gateway.ledger.doubts.port import Asked
from gateway.ledger.port import AuditEntry, Pending, Settlement, Unproven
from gateway.ledger.settle import resolve
from gateway.ledger.trail import write_audit
from gateway.message import DeliveryId, MessageId


def note_asked(connection: Connection, asked: Asked) -> None:
    """See `DoubtLedger.note_asked`."""
    key = {"b_id": asked.delivery_id, "b_fence": asked.fence}
    if connection.execute(sql.still_uncertain, key).one_or_none() is not None:
        sql.note_asked.run(
            connection,
            [
                {
                    "delivery_id": asked.delivery_id,
                    "attempt": asked.fence,
                    "asked": asked.times,
                    "asked_at": asked.at,
                    "answer": asked.answer,
                    "next_at": asked.next_at,
                }
            ],
        )


def unproven(connection: Connection, limit: int, after: str, due_by: datetime) -> list[Unproven]:
    """See `Ledger.unproven`."""
    page = {"b_limit": limit, "b_after": after, "b_due_by": due_by}
    return [_unproven(row) for row in connection.execute(sql.unproven, page)]


def uncertain(connection: Connection, delivery_id: DeliveryId) -> Unproven | None:
    """See `DoubtLedger.uncertain`."""
    row = connection.execute(sql.one_uncertain, {"b_id": delivery_id}).one_or_none()
    return _unproven(row) if row is not None else None


def _unproven(row: Any) -> Unproven:
    return Unproven(
        delivery_id=DeliveryId(row.id),
        fence=row.attempts,
        destination=row.destination,
        operation=row.operation,
        route=row.route,
        keys=row.keys_ or {},
        since=row.changed_at,
        message_id=MessageId(row.message_id),
        correlation_id=row.correlation_id,
        asked=row.asked or 0,
    )


def decide(
    connection: Connection, settlement: Settlement, entry: AuditEntry, now: datetime, pending: list[Pending]
) -> None:
    """See `DoubtLedger.decide`."""
    if not resolve(connection, settlement, pending):
        raise _settled(connection, settlement.delivery_id)
    write_audit(connection, entry, now, {"was": "uncertain", "attempt": settlement.fence})


def _settled(connection: Connection, delivery_id: DeliveryId) -> Exception:
    row = connection.execute(ledger_sql.delivery_for_operation, {"b_id": delivery_id}).one_or_none()
    if row is None:
        return NotFoundError(f"Không có lượt gửi {delivery_id}. / There is no delivery {delivery_id}.")
    return StateError(
        f"Lượt gửi này không còn chờ xác minh: nó đang {row.state} (lần gửi {row.attempts}); hãy xem lại rồi quyết "
        f"định. / This delivery is not uncertain any more: it is {row.state} (attempt {row.attempts}); look again "
        "before you decide."
    )
