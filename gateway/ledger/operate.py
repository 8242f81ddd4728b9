"""What an operator may do to a delivery: replay and discard, each one transaction with its audit row.

Runs inside a transaction given by the caller; nothing here commits.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger import statements as sql
from gateway.ledger.lanes import occupied
from gateway.ledger.places import read_lanes
from gateway.ledger.port import AuditEntry, Pending, lane_hash
from gateway.ledger.record import into_outbox
from gateway.ledger.settle import promote
from gateway.ledger.tally import count
from gateway.ledger.trail import write_audit
from gateway.message import DeliveryId, DeliveryState

S = DeliveryState
_DISCARDABLE = frozenset({S.HELD, S.PENDING, S.WAITING, S.DEAD})
_COPIED = ("message_id", "subject", "destination", "operation", "route", "mapping", "lane_id", "position", "snapshot",
           "snapshot_status", "snapshot_sequence", "snapshot_time")  # fmt: skip
"""What a replay has in common with what it replaces."""


def replay(
    connection: Connection,
    delivery_id: DeliveryId,
    new_id: DeliveryId,
    entry: AuditEntry,
    now: datetime,
    pending: list[Pending],
    *,
    as_then: bool = False,
) -> None:
    """A new delivery in place of a dead one, at its position; the old one is `replaced_by` it and no longer counted.

    `as_then`: through the mapping version that the old one went through, not the one in force.
    """
    lanes = read_lanes(connection, sql.lock_lanes_of_deliveries.run(connection, {"ids": [delivery_id], "now": now}))
    lane = next(iter(lanes.values()), None)
    row = locked(connection, delivery_id)
    _refuse_replay(connection, row)
    version = _version_then(row) if as_then else None
    connection.execute(sql.mark_replaced, {"b_id": delivery_id, "n_by": new_id, "now": now})
    others = [member for member in lane.members.values() if member.id != delivery_id] if lane else []
    state = S.HELD if occupied(others) else S.PENDING
    fresh: dict[str, Any] = {name: getattr(row, name) for name in _COPIED}
    fresh |= {"id": new_id, "state": state, "in_lane": lane is not None, "attempts": 0, "tries": 0, "error_tries": 0}
    fresh |= {"created_at": row.created_at, "changed_at": now, "replay_of": delivery_id, "delivered_at": None}
    sql.insert_deliveries.run(connection, [fresh])
    if version is not None:
        connection.execute(sql.pin_version, {"b_id": new_id, "n_version": version})
    if state is S.PENDING:
        due_in = lane.quiet_for if lane else 0.0
        into_outbox(connection, [Pending(new_id, row.destination, due_in, lane_hash(row.subject))], pending, now)
    write_audit(connection, entry, now, {"new": new_id} | ({"mapping_version": version} if version else {}))


def _version_then(row: Any) -> str:
    """Raises `StateError` where no attempt ever went through a mapping."""
    version: str | None = row.pinned_version or row.mapping_version
    if version is None:
        raise StateError(
            'Lượt gửi này chưa từng đi qua phiên bản bảng dịch nào, nên không có bản "lúc đó"; hãy gửi lại theo bản '
            'hiện hành. / This delivery never went through a mapping version, so there is no "then"; replay it as now.'
        )
    return version


def _refuse_replay(connection: Connection, row: Any) -> None:
    """Raises `StateError` where there is nothing to replay, or older data would land on top of newer."""
    if row.state != S.DEAD or row.replaced_by is not None:
        raise StateError(
            f"Chỉ gửi lại được lượt gửi ở trạng thái dead chưa được thay; lượt gửi này là {said(row)}. / "
            f"Only a dead delivery that was not replaced can be replayed; this one is {said(row)}."
        )
    refuse_older(connection, row)


def refuse_older(connection: Connection, row: Any) -> None:
    """Raises `StateError` where this snapshot would land on top of a newer one."""
    if not row.snapshot or row.lane_id is None:
        return
    same = {"b_subject": row.subject, "b_message": row.message_id, "b_destination": row.destination}
    newer = connection.execute(sql.newer_snapshot, same | {"b_route": row.route}).scalar()
    if newer is not None:
        raise StateError(
            f"Bản chụp mới hơn của hồ sơ này đã hoặc sắp được gửi ({newer}); gửi lại bản cũ sẽ ghi đè lên nó. "
            f"Hãy hủy lượt gửi này, có lý do. / A newer snapshot of this dossier was sent or is about to be ({newer}); "
            "replaying the old one would overwrite it. Discard this one instead, with a reason."
        )


def discard(
    connection: Connection, delivery_id: DeliveryId, entry: AuditEntry, now: datetime, pending: list[Pending]
) -> DeliveryState:
    """Cancel a delivery that is not under way and let the next of its lane go on; gives back the state it had.

    A refused one stays refused, for that was the system's word; it only lets go of the lane it holds.
    """
    sql.lock_lanes_of_deliveries.run(connection, {"ids": [delivery_id], "now": now})
    row = locked(connection, delivery_id)
    if row.state == S.REFUSED and row.in_lane:
        sql.release.run(connection, [{"b_id": delivery_id}])
    elif row.state in _DISCARDABLE and row.replaced_by is None:
        connection.execute(sql.cancel, {"b_id": delivery_id, "now": now})
        sql.drop_outbox.run(connection, [{"b_id": delivery_id}])
        count(connection, [(row.destination, S.CANCELLED, now)])
    elif row.state == S.UNCERTAIN:
        raise StateError(
            "Lượt gửi này có thể đã được nhận, nên không hủy được; hãy quyết định: lienthong uncertain decide "
            f"{row.id}. / This delivery may have been taken, so it cannot be discarded; decide what happened: "
            f"lienthong uncertain decide {row.id}"
        )
    else:
        raise StateError(
            f"Không thể hủy lượt gửi ở trạng thái {said(row)}; hủy được: held, pending, waiting, dead, và refused "
            f"còn giữ làn. / A delivery that is {said(row)} cannot be discarded; held, pending, waiting and dead ones "
            "can, and a refused one that still holds its lane."
        )
    if row.lane_id is not None:
        promote(connection, [row.lane_id], now, pending)
    write_audit(connection, entry, now, {"was": row.state})
    return S(row.state)


def locked(connection: Connection, delivery_id: DeliveryId) -> Any:
    """The row of a delivery, for as long as the transaction lasts. Raises `NotFoundError`."""
    row = connection.execute(sql.delivery_for_operation, {"b_id": delivery_id}).one_or_none()
    if row is None:
        raise NotFoundError(f"Không có lượt gửi {delivery_id}. / There is no delivery {delivery_id}.")
    return row


def said(row: Any) -> str:
    """Its state, as errors name it."""
    return f"{row.state} (replaced by {row.replaced_by})" if row.replaced_by else str(row.state)
