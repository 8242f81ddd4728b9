"""What people and programs read from the ledger, as JSON-able values; never a body, never personal data.

Lists are keyset-paged by `seq`, newest first. Counts look only at open states or at one day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from gateway.ledger import shapes
from gateway.ledger.shapes import LOCAL, iso
from gateway.ledger.tables import audit, delivery, message, outbox
from gateway.message import OPEN, DeliveryState
from gateway.security.seal import KeyRing, Sealed

S = DeliveryState
_COUNTED = ("delivered", "refused", "dead", "superseded", "cancelled")


def message_view(connection: Connection, message_id: str) -> dict[str, Any] | None:
    """One message as `GET /v1/messages/{id}` shows it."""
    rows = connection.execute(shapes.message_columns().where(message.c.id == message_id)).all()
    return shapes.messages(connection, rows, with_attempts=True)[0] if rows else None


def message_body(connection: Connection, ring: KeyRing, message_id: str) -> bytes | None:
    """The bytes as received, unsealed."""
    columns = select(message.c.key_id, message.c.wrapped_key, message.c.body).where(message.c.id == message_id)
    row = connection.execute(columns).one_or_none()
    return ring.open(Sealed(row.key_id, row.wrapped_key, row.body), message_id) if row else None


def dossier_view(connection: Connection, code: str) -> dict[str, Any] | None:
    """The passport: every message about one dossier in order of acceptance, and what each system last confirmed."""
    rows = connection.execute(shapes.message_columns().where(message.c.subject == code).order_by(message.c.seq)).all()
    if not rows:
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
            {"destination": r.destination, "operation": r.operation, "at": iso(r.at)} for r in confirmed
        ],
    }


def messages_page(connection: Connection, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
    """Messages, newest first. Filters: type, subject, source, client, state, destination, since, until, q, origin."""
    query = shapes.message_columns().order_by(message.c.seq.desc()).limit(limit + 1)
    for name in ("type", "subject", "source", "client"):
        if filters.get(name):
            query = query.where(message.c[name] == filters[name])
    if filters.get("since"):
        query = query.where(message.c.accepted_at >= _moment(filters["since"]))
    if filters.get("until"):
        query = query.where(message.c.accepted_at < _moment(filters["until"]))
    if filters.get("q"):
        word = filters["q"].strip()
        query = query.where(or_(message.c.subject == word, message.c.id == word, message.c.source_id == word))
    if filters.get("origin") == "senders":
        query = query.where(message.c.causation_id.is_(None))
    wanted = {name: filters[name] for name in ("state", "destination") if filters.get(name)}
    if wanted:
        own = select(delivery.c.message_id).where(delivery.c.message_id == message.c.id)
        for name, value in wanted.items():
            own = own.where(delivery.c[name] == value)
        query = query.where(own.exists())
    if cursor is not None:
        query = query.where(message.c.seq < int(cursor))
    rows = connection.execute(query).all()
    return _page(rows, limit, "seq", shapes.messages(connection, rows[:limit], with_attempts=False))


def deliveries_page(
    connection: Connection, filters: Mapping[str, str], cursor: str | None, limit: int
) -> dict[str, Any]:
    """Deliveries, newest first. Filters: destination, state, subject, message, client, code (cause), since, until."""
    query = select(delivery).order_by(delivery.c.id.desc()).limit(limit + 1)
    for name, column in (
        ("destination", delivery.c.destination),
        ("state", delivery.c.state),
        ("message", delivery.c.message_id),
        ("code", delivery.c.error_code),
    ):
        if filters.get(name):
            query = query.where(column == filters[name])
    if filters.get("subject"):
        about = select(message.c.id).where(message.c.subject == filters["subject"])
        query = query.where(delivery.c.message_id.in_(about))
    if filters.get("client"):
        own = select(message.c.id).where(message.c.id == delivery.c.message_id, message.c.client == filters["client"])
        query = query.where(own.exists())
    if filters.get("state") == S.DEAD:
        query = query.where(delivery.c.replaced_by.is_(None))
    if filters.get("since"):
        query = query.where(delivery.c.created_at >= _moment(filters["since"]))
    if filters.get("until"):
        query = query.where(delivery.c.created_at < _moment(filters["until"]))
    if cursor is not None:
        query = query.where(delivery.c.id < cursor)
    rows = connection.execute(query).all()
    return _page(rows, limit, "id", [shapes.delivery_dict(row) for row in rows[:limit]])


def balance(connection: Connection, day: str | None) -> dict[str, Any]:
    """Obligations by destination and state, which must add up: accepted = ended + dead + open.

    `accepted` is counted from the messages' obligations (each counted once, however often replayed), the states from
    the newest delivery of each, so that a lost or doubled delivery shows as a balance that is not zero.
    """
    counted = select(delivery.c.destination, delivery.c.state, func.count()).where(delivery.c.replaced_by.is_(None))
    accepted = select(delivery.c.destination, func.count()).where(delivery.c.replay_of.is_(None))
    if day is not None:
        start, end = day_bounds(day)
        counted = counted.where(delivery.c.created_at >= start, delivery.c.created_at < end)
        accepted = accepted.where(delivery.c.created_at >= start, delivery.c.created_at < end)
    by: dict[str, dict[str, int]] = {}
    for destination, count in connection.execute(accepted.group_by(delivery.c.destination)):
        by[destination] = {"accepted": count, **dict.fromkeys(_COUNTED, 0), "open": 0}
    for destination, state, count in connection.execute(counted.group_by(delivery.c.destination, delivery.c.state)):
        line = by.setdefault(destination, {"accepted": 0, **dict.fromkeys(_COUNTED, 0), "open": 0})
        line["open" if S(state) in OPEN else state] += count
    for line in by.values():
        line["balance"] = line["accepted"] - line["open"] - sum(line[name] for name in _COUNTED)
    names = ("accepted", *_COUNTED, "open", "balance")
    totals = {name: sum(line[name] for line in by.values()) for name in names}
    return {"day": day, **totals, "by": [{"destination": name, **by[name]} for name in sorted(by)]}


def board(connection: Connection) -> list[dict[str, Any]]:
    """Per destination: counts by state, oldest open, last success and last failure."""
    rows: dict[str, dict[str, Any]] = {}
    query = select(
        delivery.c.destination, delivery.c.state, func.count(), func.min(delivery.c.created_at),
        func.max(delivery.c.changed_at),
    ).where(delivery.c.replaced_by.is_(None)).group_by(delivery.c.destination, delivery.c.state)  # fmt: skip
    for destination, state, count, oldest, latest in connection.execute(query):
        row = rows.setdefault(
            destination,
            {"destination": destination, "states": {}, "oldest_open_at": None, "last_success_at": None,
             "last_failure_at": None, "lanes_held": 0},
        )  # fmt: skip
        row["states"][state] = count
        if S(state) in OPEN:
            row["oldest_open_at"] = min(filter(None, (row["oldest_open_at"], iso(oldest))))
        if state == S.DELIVERED:
            row["last_success_at"] = iso(latest)
        if state in (S.DEAD, S.REFUSED, S.WAITING, S.UNCERTAIN):
            row["last_failure_at"] = max(filter(None, (row["last_failure_at"], iso(latest))))
    for destination, count in _held_lanes(connection).items():
        rows[destination]["lanes_held"] = count
    return [rows[name] for name in sorted(rows)]


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
        .where(delivery.c.state == S.DEAD, delivery.c.replaced_by.is_(None))
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


def audit_page(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """Audit entries, newest first."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(audit.c.seq < int(cursor))
    rows = connection.execute(query).all()
    items = [
        {"at": iso(r.at), "actor": r.actor, "action": r.action, "target": r.target, "ok": r.ok, "reason": r.reason,
         "details": r.details}
        for r in rows[:limit]
    ]  # fmt: skip
    return _page(rows, limit, "seq", items)


def outbox_depth(connection: Connection, destination: str | None, now: datetime) -> int:
    """Deliveries that are due and not begun."""
    query = select(func.count()).select_from(outbox).where(outbox.c.due_at <= now)
    if destination is not None:
        query = query.where(outbox.c.destination == destination)
    return int(connection.execute(query).scalar_one())


def _held_lanes(connection: Connection) -> dict[str, int]:
    """Lanes with something held, per destination."""
    query = (
        select(delivery.c.destination, func.count(func.distinct(delivery.c.lane_id)))
        .where(delivery.c.state == S.HELD)
        .group_by(delivery.c.destination)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def day_bounds(day: str) -> tuple[datetime, datetime]:
    """The moments at which a Vietnamese calendar day begins and ends."""
    start = datetime.combine(date.fromisoformat(day), time(), LOCAL)
    return start, start + timedelta(days=1)


def _page(rows: Any, limit: int, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"items": items, "next": str(getattr(rows[limit - 1], key)) if len(rows) > limit else None}


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)
