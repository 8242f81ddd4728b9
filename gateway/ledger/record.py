"""Recording messages: one transaction writes the message, its deliveries and what is due (P1).

Runs inside a transaction given by the caller; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import ConflictError, IntakeError, Problem
from gateway.ledger import clock
from gateway.ledger import statements as sql
from gateway.ledger.hot import on_postgresql
from gateway.ledger.lanes import Arrival, Lane
from gateway.ledger.many import together
from gateway.ledger.places import Draft, drafted, places_of
from gateway.ledger.port import HANDOVER, Fresh, NewDelivery, NewMessage, Pending, Recorded, lane_hash
from gateway.ledger.sought.rows import sought_rows
from gateway.ledger.sought.statements import insert_sought
from gateway.ledger.tally import Move, count, counted
from gateway.message import DeliveryState, MessageId

S = DeliveryState
Group = Sequence[NewMessage]
Key = tuple[str, str]
"""(source, sender's id): what makes a message the same message."""


class SelfConflictError(ConflictError):
    """Two messages of one group have the same source and id and other content; neither was there before."""

    def __init__(self, index: int, first: int) -> None:
        text = (
            f"Cùng source và id với phần tử {first} của lô này nhưng nội dung khác; hãy dùng id mới cho nội dung mới. "
            f"/ The same source and id as element {first} of this batch, but other content; use a new id for it."
        )
        problem = Problem(f"/{index}", "ID_CONFLICT", text)
        IntakeError.__init__(self, 409, "Conflict", text, (problem,), reason="conflict")
        self.message_id = ""


class GroupConflictError(Exception):
    """Some groups of the batch hold a conflict, which only shows after inserting: record the others without them."""

    def __init__(self, guilty: Sequence[Group]) -> None:
        super().__init__(f"{len(guilty)} group(s) in conflict")
        self.guilty = guilty
        """The very groups that were handed in."""


def record(
    connection: Connection,
    groups: Sequence[Group],
    pending: list[Pending],
    now: datetime | None = None,
    moves: Sequence[Move] = (),
) -> list[list[Recorded]]:
    """Record groups of messages, each group all or none; one answer per group. `now`: see `gateway.ledger.clock`.

    `moves`: what the caller moved itself, to be counted along with what is recorded (each counter is written once).
    Messages go in sorted by (source, id), so concurrent transactions meet in one order; places in the lanes are given
    in order of arrival. Appends to `pending` what became due. Raises `ConflictError` for a single group and
    `GroupConflictError` for several; the transaction must then be rolled back.
    """
    firsts: dict[Key, NewMessage] = {}
    for group in groups:
        for message in group:
            firsts.setdefault((message.source, message.source_id), message)
    now = now or clock.now()
    draft = drafted(connection, firsts.values(), now)
    known, numbers = _insert_new(connection, firsts, draft) if firsts else ({}, {})
    answers: list[list[Recorded]] = []
    guilty: list[Group] = []
    for group in groups:
        try:
            answers.append(_answer(group, firsts, known))
        except ConflictError:
            if len(groups) == 1:
                raise
            guilty.append(group)
    if guilty:
        raise GroupConflictError(guilty)
    new = [message for key, message in firsts.items() if key not in known]
    _record_deliveries(connection, new, numbers, draft, pending, now, moves)
    return answers


def _insert_new(
    connection: Connection, firsts: dict[Key, NewMessage], draft: Draft | None = None
) -> tuple[dict[Key, tuple[str, bytes]], dict[str, int]]:
    """Insert what is new; gives back id and content hash of what was there before, and the numbers of what is new.

    `draft`: lanes that are taken by the same statement.
    """
    rows = [message_row(firsts[key]) for key in sorted(firsts)]
    inserted = _insert(connection, rows, draft)
    if len(inserted) == len(rows):
        return {}, inserted
    old = {key for key, message in firsts.items() if message.id not in inserted}
    found = sql.find_by_source.run(connection, {"ids": [source_id for _, source_id in old]})
    known = {
        (row.source, row.source_id): (row.id, row.content_hash) for row in found if (row.source, row.source_id) in old
    }
    return known, inserted


def _insert(connection: Connection, rows: Sequence[dict[str, Any]], draft: Draft | None) -> dict[str, int]:
    """Ids and numbers of the messages that went in."""
    if draft is not None:
        told = [tuple(one) for one in sql.insert_messages_and_lanes.run(connection, rows, draft.lane_rows())]
        draft.take(lane for message_id, _, *lane in told if message_id is None)
        return {message_id: seq for message_id, seq, *_ in told if message_id is not None}
    told = sql.insert_messages.run(connection, rows)
    if not on_postgresql(connection):
        told = list(sql.recorded_ids.run(connection, {"ids": [row["id"] for row in rows]}))
    return dict(map(tuple, told))


def write_message(connection: Connection, message: NewMessage) -> None:
    """One message that is new for certain, and what it is found by; its deliveries are the caller's to write."""
    _, numbers = _insert_new(connection, {(message.source, message.source_id): message})
    insert_sought.run(connection, sought_rows([(numbers[message.id], message.sought)]))


def _answer(group: Group, firsts: dict[Key, NewMessage], known: dict[Key, tuple[str, bytes]]) -> list[Recorded]:
    recorded = []
    for index, message in enumerate(group):
        key = (message.source, message.source_id)
        first = firsts[key]
        message_id, content_hash = known.get(key, (first.id, first.content_hash))
        if content_hash != message.content_hash:
            if key not in known and first in group[:index]:
                raise SelfConflictError(index, group.index(first))
            raise ConflictError(f"/{index}" if len(group) > 1 else "", message_id)
        recorded.append(Recorded(MessageId(message_id), duplicate=key in known or first is not message))
    return recorded


def message_row(message: NewMessage) -> dict[str, Any]:
    """For `statements.insert_messages`."""
    if message.accepted_at.tzinfo is None or (message.time is not None and message.time.tzinfo is None):
        raise ValueError("a naive datetime reached the ledger; moments are aware and UTC")
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
        "destinations": " ".join(sorted(new.destination for new in message.deliveries)),
        "sought": message.sought,
    }


def _record_deliveries(
    connection: Connection,
    messages: Sequence[NewMessage],
    numbers: dict[str, int],
    draft: Draft | None,
    pending: list[Pending],
    now: datetime,
    more: Sequence[Move],
) -> None:
    """Give every delivery its place and state, under the locks of all lanes touched. `numbers`: of the messages."""
    if not messages:
        count(connection, more)
        return
    places, changed = draft.places(connection, messages) if draft else places_of(connection, messages, now)
    rows: dict[str, dict[str, Any]] = {}
    due: dict[str, Pending] = {}
    superseded: list[str] = []
    released: list[str] = []
    moves = list(more)
    for message in messages:
        for new in message.deliveries:
            lane, arrival = places.get(new.id, (None, None))
            row = rows[new.id] = _delivery_row(message, new, lane, arrival)
            if row["state"] == S.PENDING:
                fresh = Fresh(message, new, *(lane.contact if lane else (False, False)))
                due_in = lane.quiet_for if lane else 0.0
                due[new.id] = Pending(new.id, new.destination, due_in, lane_hash(message.subject), fresh=fresh)
            elif row["state"] != S.HELD:
                moves.append((new.destination, row["state"], message.accepted_at))
            if arrival is None:
                continue
            released += [member.id for member in arrival.released]
            for member in arrival.superseded:
                moves.append((new.destination, S.SUPERSEDED, message.accepted_at))
                if member.id in rows:  # it came in this very batch
                    rows[member.id].update(state=S.SUPERSEDED, in_lane=False)
                    due.pop(member.id, None)
                else:
                    superseded.append(member.id)
    _make_room(connection, superseded, released, messages[0].accepted_at)
    pending.extend(due.values())
    together(
        connection,
        (sql.insert_deliveries, list(rows.values())),
        (sql.insert_outbox, outbox_rows(connection, list(due.values()), now)),
        (sql.update_lane, [lane.as_parameters() for lane in changed]),
        (sql.count, counted(moves)),
        (insert_sought, sought_rows((numbers[message.id], message.sought) for message in messages if message.sought)),
    )


def _make_room(connection: Connection, superseded: list[str], released: list[str], at: datetime) -> None:
    """Let go what gave way; before anything takes its place, for a lane never has two that are active."""
    if superseded:
        sql.supersede.run(connection, [{"b_id": delivery_id, "now": at} for delivery_id in superseded])
        sql.drop_outbox.run(connection, [{"b_id": delivery_id} for delivery_id in superseded])
    sql.release.run(connection, [{"b_id": delivery_id} for delivery_id in released])


def into_outbox(connection: Connection, due: Sequence[Pending], pending: list[Pending], now: datetime) -> None:
    """Note deliveries for whoever publishes them, in the ledger and in `pending`."""
    sql.insert_outbox.run(connection, outbox_rows(connection, due, now))
    pending.extend(due)


def outbox_rows(connection: Connection, due: Sequence[Pending], now: datetime) -> list[dict[str, Any]]:
    """For `statements.insert_outbox`."""
    handover = handed_over(connection)
    return [
        {
            "delivery_id": one.id,
            "destination": one.destination,
            "lane_hash": one.lane_hash,
            "n_due_in": one.due_in,
            "n_offered_for": None if one.due_in else handover,
            "now": now,
        }
        for one in due
    ]


def handed_over(connection: Connection) -> float | None:
    """For how long what a commit makes due is offered by its own process: where there are others."""
    return HANDOVER if on_postgresql(connection) else None


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
