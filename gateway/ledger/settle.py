"""Beginning and settling attempts: each one transaction, fenced by the attempt number (P2, P3, P4).

Runs inside a transaction given by the caller; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway.ledger import attempt_statements as attempt_sql
from gateway.ledger import clock
from gateway.ledger import statements as sql
from gateway.ledger.clock import seconds_until
from gateway.ledger.groups.keep import Failed, note_faults
from gateway.ledger.hot import on_postgresql
from gateway.ledger.lanes import Lane, Member, holds_after, successor
from gateway.ledger.many import together
from gateway.ledger.payments import statements as payment_sql
from gateway.ledger.payments.work import as_known, note_begun
from gateway.ledger.places import lane_keys, read_lanes, read_members
from gateway.ledger.port import Begin, Pending, Settlement, lane_hash
from gateway.ledger.proof.statements import insert_unchained
from gateway.ledger.record import into_outbox, outbox_rows, record
from gateway.ledger.trail import write_audit
from gateway.message import (
    OPEN,
    Dead,
    Delivered,
    DeliveryId,
    DeliveryState,
    Fault,
    Refused,
    Returned,
    Uncertain,
    Waiting,
)

S = DeliveryState
_SECOND = timedelta(seconds=1)


def begin(connection: Connection, begins: Sequence[Begin], now: datetime | None = None) -> list[bool | Exception]:
    """Commit the start of attempts; False for a delivery that is not pending at that attempt number any more.

    `now` here and below: see `gateway.ledger.clock`.
    """
    now = now or clock.now()
    asked = list({b.delivery_id: b for b in begins}.values())
    good = _begin_at_once(connection, asked) if on_postgresql(connection) else _begin_in_turn(connection, asked, now)
    if any(b.payment is not None for b in good):
        note_begun(connection, good)
    begun = {id(b) for b in good}
    return [id(b) in begun for b in begins]


def _begin_at_once(connection: Connection, begins: Sequence[Begin]) -> list[Begin]:
    """The row itself says whether its attempt may begin. In order of ids, so that two never wait for each other."""
    rows = [_begin_row(b) for b in sorted(begins, key=lambda b: b.delivery_id)]
    begun = {record["delivery_id"] for record in attempt_sql.begin_attempts.run(connection, rows)}
    return [b for b in begins if b.delivery_id in begun]


def _begin_in_turn(connection: Connection, begins: Sequence[Begin], now: datetime) -> list[Begin]:
    rows = attempt_sql.pending_attempts.run(connection, {"ids": [b.delivery_id for b in begins]})
    attempts = {row.id: row.attempts for row in rows}
    good = [b for b in begins if attempts.get(b.delivery_id) == b.fence - 1]
    if good:
        made = [_begin_row(b) | {"now": now} for b in good]
        attempt_sql.begin_deliveries.run(connection, made)
        attempt_sql.insert_attempts.run(connection, made)
        sql.drop_outbox.run(connection, [{"b_id": b.delivery_id} for b in good])
    return good


def _begin_row(b: Begin) -> dict[str, Any]:
    return {
        "delivery_id": b.delivery_id,
        "number": b.fence,
        "n_lease": b.lease / _SECOND,
        "n_version": b.mapping_version,
        "started_at": b.started_at,
        "keys": dict(b.keys) or None,
        "request_digest": b.request_digest,
        "may_repeat": b.may_repeat,
    }


def settle(
    connection: Connection, settlements: Sequence[Settlement], pending: list[Pending], now: datetime | None = None
) -> list[bool | Exception]:
    """Record outcomes, promote what they free, store the replies. False where the fence was lost.

    The lanes are locked first, in key order; promotion is a later statement of its own. Appends to `pending`.
    """
    now = now or clock.now()
    ids = {"ids": [s.delivery_id for s in settlements]}
    lanes = {row.id: Lane.from_row(row) for row in _locked(connection, settlements, now)}
    rows = {row.id: row for row in attempt_sql.lock_for_settle.run(connection, ids)}
    # Only what did not go through may give way to a newer snapshot of its lane.
    failed = {rows[s.delivery_id].lane_id for s in settlements if not _went_through(s) and s.delivery_id in rows}
    read_members(connection, sql.lane_members, {one: lanes[one] for one in failed if one in lanes})
    fenced: dict[DeliveryId, Settlement] = {}
    told: dict[DeliveryId, Settlement] = {}
    for settlement in settlements:
        row = rows.get(settlement.delivery_id)
        if row is not None and _holds_fence(settlement, row) and settlement.delivery_id not in told:
            told[settlement.delivery_id] = settlement  # told twice in one batch: the first word counts
            fenced[settlement.delivery_id] = (
                as_known(connection, settlement, row.destination) if settlement.payment else settlement
            )
    outcomes = [_outcome(s, rows[s.delivery_id], lanes.get(rows[s.delivery_id].lane_id)) for s in fenced.values()]
    if outcomes:
        _write(connection, outcomes, pending, now)
        promote(connection, [out.lane.id for out in outcomes if out.lane], now, pending)
        note_faults(connection, (_failed(out, out.fault) for out in outcomes if out.fault is not None))
        moves = [(out.row.destination, out.state, out.settlement.at) for out in outcomes]
        record(connection, [[reply] for s in fenced.values() for reply in s.replies], pending, now, moves)
    return [told.get(s.delivery_id) is s for s in settlements]


def _locked(connection: Connection, settlements: Sequence[Settlement], now: datetime) -> Sequence[Any]:
    """All lanes that settling will touch, locked in one order; of those for answers the ones that are there."""
    asked: dict[str, Any] = {"ids": [s.delivery_id for s in settlements], "now": now}
    keys = lane_keys(reply for s in settlements for reply in s.replies) if on_postgresql(connection) else ()
    if keys:
        return sql.lock_lanes_and_answers.run(connection, asked | {"keys": keys})
    return sql.lock_lanes_of_deliveries.run(connection, asked)


def resolve(connection: Connection, settlement: Settlement, pending: list[Pending]) -> bool:
    """Settle an uncertain delivery by proof (taken, refused, dead, pending again); False when it is uncertain no more.

    One that was not taken is superseded where a newer snapshot waits, which then goes in its place.

    The attempt that ended unclear stays as it is: history is not rewritten.
    """
    now = clock.now()
    lanes = {lane.id: lane for lane in read_lanes(connection, _locked(connection, [settlement], now)).values()}
    row = connection.execute(payment_sql.lock_uncertain, {"b_id": settlement.delivery_id}).one_or_none()
    if row is None or row.attempts != settlement.fence:
        return False
    out = _outcome(settlement, row, lanes.get(row.lane_id))
    state = {"n_state": out.state, "n_in_lane": out.in_lane, "now": settlement.at}
    delivered = settlement.at if out.state is S.DELIVERED else None
    connection.execute(payment_sql.settle_uncertain, state | {"b_id": row.id, "n_delivered": delivered})
    if out.due_in is not None:
        into_outbox(connection, [_again(out)], pending, now)
    _take_places(connection, [out], pending, now)
    sql.update_lane.run(connection, _lane_rows([out]))
    if out.lane is not None:
        promote(connection, [out.lane.id], now, pending)
    moves = [(row.destination, out.state, settlement.at)]
    record(connection, [[reply] for reply in settlement.replies], pending, now, moves)
    return True


def _went_through(settlement: Settlement) -> bool:
    return isinstance(settlement.decision, Delivered)


def _holds_fence(settlement: Settlement, row: Any) -> bool:
    return bool(row.state == S.DELIVERING and row.attempts == settlement.fence)


def promote(connection: Connection, lane_ids: list[int], now: datetime, pending: list[Pending]) -> int:
    """Make the next of each free lane pending; how many."""
    if not lane_ids:
        return 0
    free = sql.next_of_lanes.run(connection, {"lanes": lane_ids, "now": now})
    promoted = [
        Pending(DeliveryId(row.id), row.destination, seconds_until(row.clear_at, row.now), lane_hash(row.subject))
        for row in free
    ]
    if promoted:
        pending.extend(promoted)
        together(
            connection,
            (sql.promote, [{"b_id": one.id, "now": now} for one in promoted]),
            (sql.insert_outbox, outbox_rows(connection, promoted, now)),
        )
    return len(promoted)


def promote_orphans(connection: Connection, now: datetime, pending: list[Pending]) -> int:
    """Promote the head of every lane that has held deliveries and no holder (a safety net)."""
    orphans = [row.id for row in connection.execute(sql.orphans, {"now": now})]
    if not orphans:
        return 0
    # Looked at again under the lock: meanwhile somebody may have promoted or discarded them.
    locked = sql.lock_lanes_of_deliveries.run(connection, {"ids": orphans, "now": now})
    return promote(connection, [row.id for row in locked], now, pending)


class _Outcome:
    """One settlement worked out: the state it leads to, and the snapshot that takes its place, if any."""

    __slots__ = ("due_in", "fault", "in_lane", "lane", "lane_changed", "row", "settlement", "state", "successor")

    def __init__(self, settlement: Settlement, row: Any, lane: Lane | None) -> None:
        self.settlement = settlement
        self.row = row
        self.lane = lane
        self.lane_changed = False
        self.state = S.DELIVERED
        self.in_lane = False
        self.due_in: float | None = None
        """Seconds until the next try, where there is one."""
        self.fault: Fault | None = None
        self.successor: Member | None = None


def _outcome(settlement: Settlement, row: Any, lane: Lane | None) -> _Outcome:
    out = _Outcome(settlement, row, lane)
    laned = lane is not None
    wait = partial(seconds_until, now=settlement.at)
    match settlement.decision:
        case Delivered():
            if lane is not None:
                out.lane_changed, lane.accepted_once = not lane.accepted_once, True
        case Waiting(until, fault):
            out.state, out.in_lane, out.due_in, out.fault = S.WAITING, laned, wait(until), fault
        case Returned(until, fault):
            out.state, out.in_lane, out.due_in, out.fault = S.PENDING, laned, wait(until), fault
        case Uncertain(fault):
            out.state, out.in_lane, out.fault = S.UNCERTAIN, laned, fault
        case Refused(fault):
            out.state, out.fault = S.REFUSED, fault
            out.in_lane = lane is not None and holds_after(settlement.after_refused, lane)
        case Dead(fault):
            out.state, out.fault = S.DEAD, fault
            out.in_lane = lane is not None and holds_after(settlement.after_dead, lane)
    if lane is not None and settlement.clear_at is not None:
        out.lane_changed, lane.clear_at = True, lane.now + (settlement.clear_at - settlement.at)
    if lane is not None and out.state in (S.WAITING, S.DEAD, S.REFUSED, S.PENDING):
        out.successor = successor(lane, row, out.state)
    if out.successor is not None:
        if out.state is S.REFUSED:
            out.in_lane = False
        else:
            out.state, out.in_lane, out.due_in = S.SUPERSEDED, False, None
    return out


def _write(connection: Connection, outcomes: Sequence[_Outcome], pending: list[Pending], now: datetime) -> None:
    due = [_again(out) for out in outcomes if out.due_in is not None]
    pending.extend(due)
    together(
        connection,
        (attempt_sql.settle_deliveries, [_delivery_row(out, now) for out in outcomes]),
        (attempt_sql.end_attempts, [_attempt_row(out) for out in outcomes]),
        (sql.insert_outbox, outbox_rows(connection, due, now)),
        (sql.update_lane, _lane_rows(outcomes)),
        (insert_unchained, _receipt_rows(outcomes)),
    )
    _take_places(connection, outcomes, pending, now)
    for entry in (one.settlement.audit for one in outcomes):
        if entry is not None:
            write_audit(connection, entry, now)


def _take_places(connection: Connection, outcomes: Sequence[_Outcome], pending: list[Pending], now: datetime) -> None:
    """Newer snapshots go where those stood that they make needless; until then the lane had its active one."""
    places = [(out, out.successor) for out in outcomes if out.successor is not None]
    if places:
        sql.take_place.run(
            connection,
            [{"b_id": one.id, "n_position": out.row.position, "now": out.settlement.at} for out, one in places],
        )
        into_outbox(connection, [_in_its_place(out, one) for out, one in places], pending, now)


def _failed(out: _Outcome, fault: Fault) -> Failed:
    stands = out.state in OPEN or out.state is S.DEAD
    return Failed(out.row.destination, out.row.operation, fault, stands, out.settlement.at)


def _again(out: _Outcome) -> Pending:
    row = out.row
    return Pending(DeliveryId(row.id), row.destination, out.due_in or 0.0, lane_hash(row.subject), again=True)


def _in_its_place(out: _Outcome, successor: Member) -> Pending:
    due_in = out.lane.quiet_for if out.lane else 0.0
    return Pending(DeliveryId(successor.id), out.row.destination, due_in, lane_hash(out.row.subject))


def _delivery_row(out: _Outcome, now: datetime) -> dict[str, Any]:
    settlement, fault, row = out.settlement, out.fault, out.row
    counts = not isinstance(settlement.decision, Returned)
    same = fault is not None and fault.code == row.error_code
    return {
        "b_id": settlement.delivery_id,
        "b_fence": settlement.fence,
        "n_state": out.state,
        "n_in_lane": out.in_lane,
        "n_tries": row.tries + counts,
        "n_error_tries": 0 if fault is None else row.error_tries + 1 if same else 1,
        "n_due_in": out.due_in,
        "n_class": fault.kind if fault else None,
        "n_code": fault.code if fault else None,
        "n_vi": fault.vi if fault else None,
        "n_en": fault.en if fault else None,
        "n_field": fault.field if fault else None,
        "n_delivered": settlement.at if out.state is S.DELIVERED else None,
        "n_at": settlement.at,
        "now": now,
    }


def _attempt_row(out: _Outcome) -> dict[str, Any]:
    settlement, fault = out.settlement, out.fault
    key_id, answer = settlement.answer or (None, None)
    return {
        "b_id": settlement.delivery_id,
        "b_fence": settlement.fence,
        "n_ended": settlement.at,
        "n_outcome": type(settlement.decision).__name__.lower(),
        "n_class": fault.kind if fault else None,
        "n_code": fault.code if fault else None,
        "n_vi": fault.vi if fault else None,
        "n_en": fault.en if fault else None,
        "n_digest": settlement.answer_digest,
        "n_answer": answer,
        "n_answer_key": key_id,
        "n_facts": dict(settlement.facts) or None,
        "n_warnings": [dict(warning) for warning in settlement.warnings] or None,
    }


def _lane_rows(outcomes: Sequence[_Outcome]) -> list[dict[str, Any]]:
    touched = {out.lane.id: out.lane for out in outcomes if out.lane and out.lane_changed}
    return [lane.as_parameters() for lane in touched.values()]


def _receipt_rows(outcomes: Sequence[_Outcome]) -> list[dict[str, Any]]:
    return [
        {"kind": "receipt", "ref": f"{one.delivery_id}#{one.fence}", "leaf": one.receipt}
        for one in (out.settlement for out in outcomes)
        if one.receipt is not None
    ]
