"""Superseding, skipping and editing: each one transaction with its audit row, under the locks of the lanes it touches.

Runs inside a transaction given by the caller; nothing here commits.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from gateway.errors import StateError
from gateway.ledger import statements as sql
from gateway.ledger.byhand.port import EDITED
from gateway.ledger.lanes import Lane, occupied
from gateway.ledger.operate import locked, refuse_older, said
from gateway.ledger.places import read_lanes
from gateway.ledger.port import AuditEntry, NewDelivery, NewMessage, Pending, lane_hash
from gateway.ledger.record import into_outbox, write_message
from gateway.ledger.settle import promote
from gateway.ledger.shapes import iso as shown
from gateway.ledger.tables import delivery
from gateway.ledger.tables import message as message_table
from gateway.ledger.tally import count
from gateway.ledger.trail import write_audit
from gateway.message import OPEN, DeliveryId, DeliveryState

S = DeliveryState
_SUPERSEDABLE = frozenset({S.HELD, S.PENDING, S.WAITING, S.DEAD})
_COPIED = ("destination", "operation", "route", "mapping", "lane_id", "position", "snapshot", "snapshot_sequence",
           "snapshot_time")  # fmt: skip
"""What an edited delivery has in common with the one it takes the place of."""

_due_now = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values(state=S.PENDING, next_attempt_at=None, changed_at=bindparam("now"))
)
_edited_before = select(message_table.c.id).where(
    message_table.c.source_id == bindparam("b_source_id"), message_table.c.source == bindparam("b_source")
)


def supersede(
    connection: Connection,
    delivery_id: DeliveryId,
    entry: AuditEntry,
    now: datetime,
    pending: list[Pending],
    by: DeliveryId | None = None,
) -> DeliveryState:
    """See `ByHandLedger.supersede`."""
    sql.lock_lanes_of_deliveries.run(connection, {"ids": [delivery_id], "now": now})
    row = locked(connection, delivery_id)
    _refuse_uncertain(row)
    if row.state not in _SUPERSEDABLE or row.replaced_by is not None:
        raise StateError(
            f"Không thể cho lượt gửi {said(row)} là đã được thay thế; được với: held, pending, waiting, dead. / "
            f"A delivery that is {said(row)} cannot be superseded; held, pending, waiting and dead ones can."
        )
    if by is not None:
        _refuse_stranger(row, locked(connection, by))
    _supersede(connection, row, now)
    if row.lane_id is not None:
        promote(connection, [row.lane_id], now, pending)
    write_audit(connection, entry, now, {"was": row.state} | ({"by": by} if by else {}))
    return S(row.state)


def _supersede(connection: Connection, row: Any, now: datetime) -> None:
    sql.supersede.run(connection, [{"b_id": row.id, "now": now}])
    sql.drop_outbox.run(connection, [{"b_id": row.id}])
    count(connection, [(row.destination, S.SUPERSEDED, now)])


def _refuse_stranger(row: Any, other: Any) -> None:
    """Raises `StateError` where the other cannot make this one needless."""
    same = (other.destination, other.subject) == (row.destination, row.subject) and other.id != row.id
    if not same or (other.state not in OPEN and other.state != S.DELIVERED) or other.replaced_by is not None:
        raise StateError(
            f"Lượt gửi {other.id} không thay được lượt này: phải cùng hồ sơ, cùng nơi nhận, đã gửi xong hoặc còn đang "
            f"gửi. / Delivery {other.id} cannot stand for this one: it must be of the same dossier and destination, "
            "and delivered or open."
        )


def skip(
    connection: Connection, delivery_id: DeliveryId, entry: AuditEntry, now: datetime, pending: list[Pending]
) -> DeliveryState:
    """See `ByHandLedger.skip`."""
    sql.lock_lanes_of_deliveries.run(connection, {"ids": [delivery_id], "now": now})
    row = locked(connection, delivery_id)
    _refuse_uncertain(row)
    if row.state not in (S.DEAD, S.REFUSED) or not row.in_lane or row.replaced_by is not None:
        raise StateError(
            f"Chỉ bỏ qua được lượt dead hoặc refused đang giữ làn; lượt này là {said(row)}"
            f"{'' if row.in_lane else ' và không giữ làn nào'}. / Only a dead or refused delivery that holds its lane "
            f"can be skipped; this one is {said(row)}{'' if row.in_lane else ' and holds no lane'}."
        )
    sql.release.run(connection, [{"b_id": delivery_id}])
    promoted = promote(connection, [row.lane_id], now, pending)
    write_audit(connection, entry, now, {"was": row.state, "promoted": promoted})
    return S(row.state)


def hurry(
    connection: Connection, delivery_id: DeliveryId, entry: AuditEntry, now: datetime, pending: list[Pending]
) -> None:
    """See `ByHandLedger.hurry`."""
    sql.lock_lanes_of_deliveries.run(connection, {"ids": [delivery_id], "now": now})
    row = locked(connection, delivery_id)
    if row.state != S.WAITING:
        raise StateError(
            f"Chỉ thử ngay được lượt đang waiting; lượt này là {said(row)}. / Only a waiting delivery can be tried "
            f"now; this one is {said(row)}."
        )
    connection.execute(_due_now, {"b_id": delivery_id, "now": now})
    sql.drop_outbox.run(connection, [{"b_id": delivery_id}])
    into_outbox(connection, [Pending(row.id, row.destination, 0.0, lane_hash(row.subject), again=True)], pending, now)
    write_audit(connection, entry, now, {"was": row.state, "was_due_at": shown(row.next_attempt_at)})


def edit(
    connection: Connection,
    delivery_id: DeliveryId,
    message: NewMessage,
    entry: AuditEntry,
    now: datetime,
    pending: list[Pending],
) -> None:
    """See `ByHandLedger.edit`."""
    lanes = read_lanes(connection, sql.lock_lanes_of_deliveries.run(connection, {"ids": [delivery_id], "now": now}))
    lane = next(iter(lanes.values()), None)
    row = locked(connection, delivery_id)
    _refuse_uncertain(row)
    _refuse_edit(connection, row, message)
    (new,) = message.deliveries
    owed = new._replace(destination=row.destination)
    write_message(connection, message._replace(deliveries=(owed,)))
    if row.state == S.DEAD:
        _supersede(connection, row, now)
    else:
        sql.release.run(connection, [{"b_id": delivery_id}])
    others = [member for member in lane.members.values() if member.id != delivery_id] if lane else []
    state = S.HELD if occupied(others) else S.PENDING
    sql.insert_deliveries.run(connection, [_edited_row(row, message, new, state, now)])
    if lane is not None:
        _learn(connection, lane, new)
    if state is S.PENDING:
        due_in = lane.quiet_for if lane else 0.0
        into_outbox(connection, [Pending(new.id, row.destination, due_in, lane_hash(row.subject))], pending, now)
    write_audit(connection, entry, now, {"was": row.state, "message": message.id, "new": new.id})


def _refuse_edit(connection: Connection, row: Any, message: NewMessage) -> None:
    """Raises `StateError` where there is nothing to correct any more."""
    key = {"b_source": message.source, "b_source_id": message.source_id}
    before = connection.execute(_edited_before, key).scalar()
    if before is not None:
        raise StateError(
            f"Lượt gửi này đã được sửa và gửi lại bằng thông điệp {before}; nếu cần, hãy sửa lượt gửi của thông điệp "
            f"ấy. / This delivery was edited and sent again as message {before}; edit that one's delivery if needed."
        )
    if row.state not in (S.DEAD, S.REFUSED) or row.replaced_by is not None:
        raise StateError(
            f"Chỉ sửa rồi gửi lại được lượt dead hoặc refused chưa được thay; lượt này là {said(row)}. / Only a dead "
            f"or refused delivery that was not replaced can be edited; this one is {said(row)}."
        )
    refuse_older(connection, row)
    if message.subject != row.subject or message.source_id != row.id + EDITED:
        raise ValueError("an edited message has the subject of its original, and an id that follows from the delivery")


def _edited_row(row: Any, message: NewMessage, new: NewDelivery, state: DeliveryState, now: datetime) -> dict[str, Any]:
    fresh: dict[str, Any] = {name: getattr(row, name) for name in _COPIED}
    return fresh | {
        "id": new.id,
        "message_id": message.id,
        "subject": message.subject,
        "state": state,
        "in_lane": row.lane_id is not None,
        "attempts": 0,
        "tries": 0,
        "error_tries": 0,
        "snapshot_status": new.snapshot.status if row.snapshot and new.snapshot else None,
        "delivered_at": None,
        "created_at": message.accepted_at,
        "changed_at": now,
        "replay_of": row.id,
    }


def _learn(connection: Connection, lane: Lane, new: NewDelivery) -> None:
    """The lane knows which progress steps were stored, corrected ones too."""
    if not new.step_statuses <= lane.step_statuses:
        lane.step_statuses |= new.step_statuses
        sql.update_lane.run(connection, [lane.as_parameters()])


def _refuse_uncertain(row: Any) -> None:
    """Raises `StateError`: what may have happened is decided, not put away."""
    if row.state == S.UNCERTAIN:
        raise StateError(
            "Lượt gửi này có thể đã được nhận; hãy quyết định trước: lienthong uncertain decide "
            f"{row.id}. / This delivery may have been taken; decide that first: lienthong uncertain decide {row.id}"
        )
