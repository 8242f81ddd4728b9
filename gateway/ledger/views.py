"""What people and programs read from the ledger, as JSON-able values; never a body, never personal data.

Lists are in `gateway.ledger.pages`.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from gateway.ledger import shapes
from gateway.ledger.clock import ledger_now
from gateway.ledger.many import among, is_in
from gateway.ledger.shapes import iso
from gateway.ledger.steering import known
from gateway.ledger.tables import delivery, message, outbox, tally
from gateway.message import OPEN, TRANSITIONS, DeliveryState
from gateway.security.seal import KeyRing, Sealed

S = DeliveryState
_MOMENTS = ("oldest_open_at", "last_success_at", "last_failure_at")
_FAILURES = (S.REFUSED, S.DEAD, S.WAITING, S.UNCERTAIN, S.PENDING)
"""States that a failed attempt leads to."""

_open_count = (
    select(delivery.c.destination, delivery.c.state, func.count(), func.min(delivery.c.id))
    .where(is_in(delivery.c.state, *OPEN))
    .group_by(delivery.c.state, delivery.c.destination)
)
_held_lanes = select(func.count(func.distinct(delivery.c.lane_id))).where(
    is_in(delivery.c.state, S.HELD), delivery.c.destination == bindparam("b_destination")
)
"""Of one destination: there the index has the lanes in order; over all of them they would have to be sorted."""
_dead_count = (
    select(delivery.c.destination, func.count())
    .where(is_in(delivery.c.state, S.DEAD), delivery.c.replaced_by.is_(None))
    .group_by(delivery.c.destination)
)


def message_view(connection: Connection, message_id: str) -> dict[str, Any] | None:
    """One message as `GET /v1/messages/{id}` shows it."""
    rows = connection.execute(shapes.message_columns().where(message.c.id == message_id)).all()
    return shapes.messages(connection, rows, with_attempts=True)[0] if rows else None


def delivery_view(connection: Connection, delivery_id: str) -> dict[str, Any] | None:
    """One delivery as lists show it."""
    row = connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one_or_none()
    return shapes.deliveries(connection, [row])[0] if row else None


def message_body(connection: Connection, ring: KeyRing, message_id: str) -> bytes | None:
    """The bytes as received, unsealed."""
    columns = select(message.c.key_id, message.c.wrapped_key, message.c.body).where(message.c.id == message_id)
    row = connection.execute(columns).one_or_none()
    return ring.open(Sealed(row.key_id, row.wrapped_key, row.body), message_id) if row else None


def dossier_view(connection: Connection, code: str) -> dict[str, Any] | None:
    """The passport: every message about one dossier in order of acceptance, and what each system last confirmed."""
    rows = connection.execute(shapes.message_columns().where(message.c.subject == code).order_by(message.c.seq)).all()
    imported = known.confirmed(connection, code)
    if not rows and not imported:
        return None
    confirmed = connection.execute(
        select(delivery.c.destination, delivery.c.operation, func.max(delivery.c.delivered_at).label("at"))
        .where(
            delivery.c.message_id.in_(select(message.c.id).where(message.c.subject == code)),
            delivery.c.state == S.DELIVERED,
        )
        .group_by(delivery.c.destination, delivery.c.operation)
    )
    return {
        "code": code,
        "messages": shapes.messages(connection, rows, with_attempts=True),
        "last_confirmed": [
            *imported,
            *({"destination": r.destination, "operation": r.operation, "at": iso(r.at)} for r in confirmed),
        ],
    }


def board(connection: Connection) -> list[dict[str, Any]]:
    """Per destination: counts by state, oldest open, last success and last failure.

    Read every few seconds, so it looks at what is open or dead, and at counters for what has ended; never at the rest.
    """
    rows: dict[str, dict[str, Any]] = defaultdict(
        lambda: {"states": {}, "lanes_held": 0, **dict.fromkeys(_MOMENTS)},
    )
    for one in connection.execute(select(tally)):
        row = rows[one.destination]
        if not TRANSITIONS[S(one.state)]:  # final, so how many came is how many are there
            row["states"][one.state] = one.count
        if one.state == S.DELIVERED:
            row["last_success_at"] = iso(one.last_at)
        elif one.state in _FAILURES:
            row["last_failure_at"] = max(filter(None, (row["last_failure_at"], iso(one.last_at))))
    for destination, count in connection.execute(_dead_count):
        rows[destination]["states"][S.DEAD.value] = count
    oldest: dict[str, str] = {}
    for destination, state, count, first in connection.execute(_open_count).all():
        rows[destination]["states"][state] = count
        oldest[destination] = min(first, oldest.get(destination, first))
        if state == S.HELD:
            lanes = connection.execute(_held_lanes, {"b_destination": destination}).scalar_one()
            rows[destination]["lanes_held"] = lanes
    created = select(delivery.c.destination, delivery.c.created_at).where(among(delivery.c.id, "ids"))
    for destination, at in connection.execute(created, {"ids": list(oldest.values())}):
        rows[destination]["oldest_open_at"] = iso(at)
    return [{"destination": name, **rows[name]} for name in sorted(rows)]


def dead_groups(connection: Connection) -> list[dict[str, Any]]:
    """Dead deliveries that nobody replaced, grouped by cause."""
    cause = (delivery.c.destination, delivery.c.operation, delivery.c.error_class, delivery.c.error_code,
             delivery.c.error_field)  # fmt: skip
    query = (
        select(
            *cause,
            func.count().label("count"),
            func.min(delivery.c.error_vi).label("vi"),
            func.min(delivery.c.error_en).label("en"),
            func.min(delivery.c.changed_at).label("first"),
            func.max(delivery.c.changed_at).label("last"),
        )
        .where(is_in(delivery.c.state, S.DEAD), delivery.c.replaced_by.is_(None))
        .group_by(*cause)
        .order_by(func.count().desc())
    )
    return [
        {
            "destination": r.destination,
            "operation": r.operation,
            "class": r.error_class,
            "code": r.error_code,
            "field": r.error_field,
            "count": r.count,
            "vi": r.vi,
            "en": r.en,
            "first_seen_at": iso(r.first),
            "last_seen_at": iso(r.last),
        }
        for r in connection.execute(query)
    ]


def outbox_depth(connection: Connection, destination: str | None, now: datetime) -> int:
    """Deliveries that are due, not begun and not held back."""
    due = outbox.c.due_at <= ledger_now(), outbox.c.held_for.is_(None)
    query = select(func.count()).select_from(outbox).where(*due)
    if destination is not None:
        query = query.where(outbox.c.destination == destination)
    return int(connection.execute(query, {"now": now}).scalar_one())
