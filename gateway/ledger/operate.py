"""What an operator may do to a delivery: replay and discard, each one transaction with its audit row.

Runs inside a transaction given by the caller; nothing here commits.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger import statements as sql
from gateway.ledger.port import AuditEntry, Pending
from gateway.ledger.record import pending_of, read_lanes
from gateway.ledger.settle import into_outbox, promote
from gateway.message import DeliveryId, DeliveryState

S = DeliveryState
_DISCARDABLE = frozenset({S.HELD, S.PENDING, S.WAITING, S.DEAD})


def replay(
    connection: Connection,
    delivery_id: DeliveryId,
    new_id: DeliveryId,
    entry: AuditEntry,
    now: datetime,
    pending: list[Pending],
) -> None:
    """A new delivery in place of a dead one, at its position; the old one is `replaced_by` it and no longer counted."""
    row = _locked(connection, delivery_id)
    if row.state != S.DEAD or row.replaced_by is not None:
        raise StateError(
            f"Chỉ phát lại được lần giao ở trạng thái dead chưa được thay; lần giao này là {_said(row)}. / "
            f"Only a dead delivery that was not replaced can be replayed; this one is {_said(row)}."
        )
    lanes = read_lanes(connection, connection.execute(sql.lock_lanes_of_deliveries, {"ids": [delivery_id]}))
    lane = next(iter(lanes.values()), None)
    blocked = lane is not None and any(
        member.state is not S.HELD and member.id != delivery_id for member in lane.members.values()
    )
    connection.execute(sql.mark_replaced, {"b_id": delivery_id, "n_by": new_id, "now": now})
    state = S.HELD if blocked else S.PENDING
    copied = ("message_id", "subject", "destination", "operation", "route", "mapping", "lane_id", "position",
              "snapshot", "snapshot_status", "snapshot_sequence", "snapshot_time")  # fmt: skip
    fresh: dict[str, Any] = {name: getattr(row, name) for name in copied}
    fresh |= {"id": new_id, "state": state, "in_lane": lane is not None, "attempts": 0, "tries": 0, "error_tries": 0}
    fresh |= {"created_at": row.created_at, "changed_at": now, "replay_of": delivery_id, "delivered_at": None}
    sql.insert_deliveries.run(connection, [fresh])
    if state is S.PENDING:
        due = pending_of([_Due(new_id, row.destination, lane.clear_at if lane else None)], now)
        into_outbox(connection, due)
        pending.extend(due)
    write_audit(connection, entry, now, {"new": new_id})


def discard(
    connection: Connection, delivery_id: DeliveryId, entry: AuditEntry, now: datetime, pending: list[Pending]
) -> DeliveryState:
    """Cancel a delivery that is not under way and let the next of its lane go on; gives back the state it had."""
    connection.execute(sql.lock_lanes_of_deliveries, {"ids": [delivery_id]}).all()
    row = _locked(connection, delivery_id)
    if row.state not in _DISCARDABLE or row.replaced_by is not None:
        raise StateError(
            f"Không thể hủy lần giao ở trạng thái {_said(row)}; hủy được: held, pending, waiting, dead. / "
            f"A delivery that is {_said(row)} cannot be discarded; held, pending, waiting and dead ones can."
        )
    connection.execute(sql.cancel, {"b_id": delivery_id, "now": now})
    connection.execute(sql.drop_outbox, {"ids": [delivery_id]})
    if row.lane_id is not None:
        promote(connection, [row.lane_id], now, pending)
    write_audit(connection, entry, now, {"was": row.state})
    return S(row.state)


def write_audit(connection: Connection, entry: AuditEntry, now: datetime, more: dict[str, Any] | None = None) -> None:
    """One audit row, in the transaction of what it tells of."""
    details = dict(entry.details) | (more or {})
    sql.insert_audit.run(
        connection,
        [
            {
                "at": now,
                "actor": entry.actor,
                "action": entry.action,
                "target": entry.target,
                "ok": entry.ok,
                "reason": entry.reason,
                "details": details or None,
            }
        ],
    )


class _Due:
    __slots__ = ("clear_at", "destination", "id")

    def __init__(self, id_: str, destination: str, clear_at: datetime | None) -> None:
        self.id = id_
        self.destination = destination
        self.clear_at = clear_at


def _locked(connection: Connection, delivery_id: DeliveryId) -> Any:
    row = connection.execute(sql.delivery_for_operation, {"b_id": delivery_id}).one_or_none()
    if row is None:
        raise NotFoundError(f"Không có lần giao {delivery_id}. / There is no delivery {delivery_id}.")
    return row


def _said(row: Any) -> str:
    return f"{row.state} (replaced by {row.replaced_by})" if row.replaced_by else str(row.state)
