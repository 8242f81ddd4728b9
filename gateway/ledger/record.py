"""Recording messages: one transaction writes the message, its deliveries and what is due (P1).

Runs inside a transaction given by the caller; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import ConflictError
from gateway.ledger import statements as sql
from gateway.ledger.lanes import Arrival, Lane, Member, arrive
from gateway.ledger.port import NewDelivery, NewMessage, Pending, Recorded
from gateway.message import DeliveryId, DeliveryState, MessageId

S = DeliveryState
Group = Sequence[NewMessage]


class GroupConflictError(Exception):
    """Some group of the batch holds a conflict that only shows after inserting: record the groups one by one."""


def record(connection: Connection, groups: Sequence[Group], pending: list[Pending]) -> list[list[Recorded] | Exception]:
    """Record groups of messages, each group all or none; one answer or `ConflictError` per group.

    Messages go in sorted by (source, id), so concurrent transactions meet in one order; places in the lanes are given
    in order of arrival. Appends to `pending` what became due.
    """
    offered = [(number, index, message) for number, group in enumerate(groups) for index, message in enumerate(group)]
    if not offered:
        return []
    firsts: dict[tuple[str, str], NewMessage] = {}
    for _, _, message in offered:
        firsts.setdefault((message.source, message.source_id), message)
    known = _insert_new(connection, firsts)
    answers: list[list[Recorded] | Exception] = []
    fresh: list[NewMessage] = []
    for group in groups:
        answer = _answer(group, firsts, known)
        if isinstance(answer, ConflictError) and len(groups) > 1:
            raise GroupConflictError
        if isinstance(answer, ConflictError):
            raise answer
        answers.append(answer)
    for key, message in firsts.items():
        if key not in known:
            fresh.append(message)
    _record_deliveries(connection, fresh, pending)
    return answers


def _insert_new(
    connection: Connection, firsts: dict[tuple[str, str], NewMessage]
) -> dict[tuple[str, str], tuple[str, bytes]]:
    """Insert what is new; gives back id and content hash of what was there before."""
    rows = [_message_row(firsts[key]) for key in sorted(firsts)]
    sql.insert_messages.run(connection, rows)
    inserted = set(connection.execute(sql.recorded_ids, {"ids": [row["id"] for row in rows]}).scalars())
    if len(inserted) == len(rows):
        return {}
    old = [key for key, message in firsts.items() if message.id not in inserted]
    found = connection.execute(sql.find_by_source, {"keys": old})
    return {(row.source, row.source_id): (row.id, row.content_hash) for row in found}


def _answer(
    group: Group,
    firsts: dict[tuple[str, str], NewMessage],
    known: dict[tuple[str, str], tuple[str, bytes]],
) -> list[Recorded] | Exception:
    recorded = []
    for index, message in enumerate(group):
        key = (message.source, message.source_id)
        first = firsts[key]
        message_id, content_hash = known.get(key, (first.id, first.content_hash))
        if content_hash != message.content_hash:
            return ConflictError(f"/{index}" if len(group) > 1 else "", message_id)
        recorded.append(Recorded(MessageId(message_id), duplicate=key in known or first is not message))
    return recorded


def _message_row(message: NewMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "source": message.source,
        "source_id": message.source_id,
        "type": message.type,
        "subject": message.subject,
        "time": message.time,
        "sequence": message.sequence,
        "client": message.client,
        "accepted_at": message.accepted_at,
        "causation_id": message.causation_id,
        "correlation_id": message.correlation_id,
        "traceparent": message.traceparent,
        "content_hash": message.content_hash,
        "body": message.sealed.body,
        "body_form": message.body_form,
        "key_id": message.sealed.key_id,
        "wrapped_key": message.sealed.wrapped_key,
        "warnings": [[w.pointer, w.code, w.message] for w in message.warnings] or None,
    }


def _record_deliveries(connection: Connection, messages: Sequence[NewMessage], pending: list[Pending]) -> None:
    """Give every delivery its place and state, under the locks of all lanes touched."""
    if not messages:
        return
    lanes = lock_lanes(connection, {lane_key(d, m) for m in messages for d in m.deliveries if d.lane})
    rows: list[dict[str, Any]] = []
    gone: list[Member] = []
    released: list[Member] = []
    due: dict[str, Pending] = {}
    for message in messages:
        for new in message.deliveries:
            lane = lanes[lane_key(new, message)] if new.lane else None
            arrival = arrive(lane, new) if lane else None
            rows.append(_delivery_row(message, new, lane, arrival))
            if arrival is not None:
                gone.extend(arrival.superseded)
                released.extend(arrival.released)
            if rows[-1]["state"] == S.PENDING:
                due[new.id] = Pending(new.id, new.destination, _due_at(message.accepted_at, lane))
    # One snapshot may be superseded by the next of the same batch: the last word on a row is the one written.
    fresh = {row["id"]: row for row in rows}
    _apply_superseded(connection, fresh, gone, released, due, messages[0].accepted_at)
    sql.insert_deliveries.run(connection, rows)
    if due:
        sql.insert_outbox.run(
            connection,
            [{"delivery_id": p.id, "destination": p.destination, "due_at": p.due_at} for p in due.values()],
        )
        pending.extend(due.values())
    if lanes:
        sql.update_lane.run(connection, [lane.as_parameters() for lane in lanes.values()])


def _apply_superseded(
    connection: Connection,
    fresh: dict[str, dict[str, Any]],
    gone: list[Member],
    released: list[Member],
    due: dict[str, Pending],
    now: datetime,
) -> None:
    stored = [member.id for member in gone if member.id not in fresh]
    for member in gone:
        if member.id in fresh:
            fresh[member.id].update(state=S.SUPERSEDED, in_lane=False)
            due.pop(member.id, None)
    if stored:
        sql.supersede.run(connection, [{"b_id": delivery_id, "now": now} for delivery_id in stored])
        connection.execute(sql.drop_outbox, {"ids": stored})
    if released:
        sql.release.run(connection, [{"b_id": member.id} for member in released])


def lane_key(new: NewDelivery, message: NewMessage) -> str:
    """Destination and dossier: what order is kept within."""
    return f"{new.destination} {message.subject}"


def lock_lanes(connection: Connection, keys: set[str]) -> dict[str, Lane]:
    """Make and lock lanes in key order, with those of their deliveries that matter."""
    if not keys:
        return {}
    ordered = sorted(keys)
    sql.insert_lanes.run(
        connection,
        [{"key": key, "next_position": 1, "accepted_once": False, "step_statuses": ""} for key in ordered],
    )
    return read_lanes(connection, connection.execute(sql.lock_lanes_by_key, {"keys": ordered}))


def read_lanes(connection: Connection, rows: Any) -> dict[str, Lane]:
    """Lanes from locked rows, members included; the members are read after the lock is held."""
    lanes = [Lane.from_row(row) for row in rows]
    by_id = {lane.id: lane for lane in lanes}
    if by_id:
        for row in connection.execute(sql.lane_members, {"lanes": list(by_id)}):
            by_id[row.lane_id].members[row.id] = Member(
                row.id, S(row.state), row.position, row.route, row.snapshot, row.snapshot_status
            )
    return {lane.key: lane for lane in lanes}


def _due_at(now: datetime, lane: Lane | None) -> datetime:
    return max(now, lane.clear_at) if lane and lane.clear_at else now


def _delivery_row(message: NewMessage, new: NewDelivery, lane: Lane | None, arrival: Arrival | None) -> dict[str, Any]:
    state = S.DELIVERED if new.stored_only else arrival.state if arrival else S.PENDING
    snapshot = new.snapshot
    return {
        "id": new.id,
        "message_id": message.id,
        "subject": message.subject,
        "destination": new.destination,
        "operation": new.operation,
        "route": new.route,
        "mapping": new.mapping,
        "lane_id": lane.id if lane else None,
        "position": arrival.position if arrival else None,
        "in_lane": arrival.in_lane if arrival else False,
        "state": state,
        "attempts": 0,
        "tries": 0,
        "error_tries": 0,
        "snapshot": snapshot is not None,
        "snapshot_status": snapshot.status if snapshot else None,
        "snapshot_sequence": snapshot.sequence if snapshot else None,
        "snapshot_time": snapshot.time if snapshot else None,
        "delivered_at": message.accepted_at if new.stored_only else None,
        "created_at": message.accepted_at,
        "changed_at": message.accepted_at,
        "replay_of": None,
    }


def pending_of(rows: Any, now: datetime) -> list[Pending]:
    """Pending values of promoted rows: due now, or when the lane is clear again."""
    return [
        Pending(DeliveryId(row.id), row.destination, max(now, row.clear_at) if row.clear_at else now) for row in rows
    ]
