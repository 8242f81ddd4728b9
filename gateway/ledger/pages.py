"""Lists of messages, deliveries and audit entries, newest first, keyset-paged.

What an index knows (a dossier, an id, open and dead states) is found by it. For everything else a page walks over a
bounded number of rows, however large the ledger is: it may come out short, even empty, and still name a next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, union_all

from gateway.ledger import shapes
from gateway.ledger.balance import accepted_on, day_bounds, unbalanced
from gateway.ledger.groups.keep import in_group
from gateway.ledger.many import among, is_in
from gateway.ledger.shapes import iso
from gateway.ledger.tables import audit, delivery, message
from gateway.message import OPEN, DeliveryState
from mappings.convert import VIETNAM

S = DeliveryState
Filters = Mapping[str, str]

MESSAGE_WALK = 20_000
DELIVERY_WALK = 200_000
"""Rows that one page may look at, some 30 ms of a disk's cache: messages carry their bodies, deliveries are small."""
_SKEW = timedelta(minutes=1)
"""Rows are numbered in the order of their commits, which is that of their moments but for less than this."""

_WAITS = (S.DEAD, S.UNCERTAIN)
_ON_THE_WAY = tuple(sorted(OPEN - {S.UNCERTAIN}))
_KNOWN_BY_INDEX: Mapping[str, tuple[DeliveryState, ...]] = {
    **{state.value: (state,) for state in (*OPEN, S.DEAD)},
    "attention": _WAITS,
    "accepted": _ON_THE_WAY,
    "open": tuple(sorted(OPEN)),
}


def messages_page(connection: Connection, filters: Filters, cursor: str | None, limit: int) -> dict[str, Any]:
    """Messages. Filters: type, subject, source, client, state, destination, since, until, q, origin, day, unbalanced.

    `unbalanced`: those that owe more or fewer deliveries (to the destination, if one is named) than there are.
    """
    if "day" in filters:
        start, end = day_bounds(filters["day"])
        filters = {**filters, "since": start.isoformat(), "until": end.isoformat()}
    query = shapes.message_columns().where(*_message_filters(filters)).order_by(message.c.seq.desc()).limit(limit + 1)
    states = _KNOWN_BY_INDEX.get(filters.get("state", ""))
    if cursor is not None:
        query = query.where(message.c.seq < int(cursor))
    if "subject" in filters or "q" in filters:
        return _messages(connection, query, limit, None)
    if states is not None:
        own = select(delivery.c.message_id).where(*_of_destination(filters))
        standing = union_all(*(own.where(_stands((state,))) for state in states))
        return _messages(connection, query.where(message.c.id.in_(standing)), limit, None)
    top, bottom = _span(connection, filters, cursor)
    floor = max(bottom, top - MESSAGE_WALK + 1)
    return _messages(
        connection,
        query.where(message.c.seq.between(floor, top)),
        limit,
        str(floor) if floor > bottom else None,
    )


def deliveries_page(connection: Connection, filters: Filters, cursor: str | None, limit: int) -> dict[str, Any]:
    """Deliveries. Filters: destination, state, subject, message, client, code, group, since, until, type, day, more.

    `day`: of messages accepted on that day; `counted`: those that the balance counts, which nothing replaced; `group`:
    what stands in a failure group, by its fingerprint; `failed`: at least one attempt did not succeed.
    """
    apart = _found_apart(filters)
    key = delivery.c.id if apart is None else apart
    ids = select(key).order_by(key.desc()).limit(limit + 1)
    if apart is None:
        ids = ids.where(*_delivery_filters(filters))
    if "group" in filters:
        ids = ids.where(*in_group(connection, filters["group"]))
    if cursor is not None:
        ids = ids.where(key < cursor)
    floor = None
    indexed = any(name in filters for name in ("subject", "message", "group"))
    if not (apart is not None or indexed or filters.get("state") in _KNOWN_BY_INDEX):
        floor = _floor(connection, cursor)
        if floor is not None:
            ids = ids.where(delivery.c.id >= floor)
    found = list(connection.execute(ids).scalars())
    page = found[:limit]
    rows = connection.execute(
        select(delivery).where(among(delivery.c.id, "ids")).order_by(delivery.c.id.desc()), {"ids": page}
    ).all()
    return {
        "items": shapes.deliveries(connection, rows),
        "next": page[-1] if len(found) > limit else floor,
    }


def audit_page(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """Audit entries."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(audit.c.seq < int(cursor))
    rows = connection.execute(query).all()
    items = [audit_item(row) for row in rows[:limit]]
    return {"items": items, "next": str(rows[limit - 1].seq) if len(rows) > limit else None}


def audit_item(row: Any) -> dict[str, Any]:
    """One audit entry as lists show it."""
    return {"at": iso(row.at), "actor": row.actor, "action": row.action, "target": row.target, "ok": row.ok,
            "reason": row.reason, "details": row.details}  # fmt: skip


def _messages(connection: Connection, query: Select[Any], limit: int, go_on: str | None) -> dict[str, Any]:
    rows = connection.execute(query).all()
    return {
        "items": shapes.messages(connection, rows[:limit], with_attempts=False),
        "next": str(rows[limit - 1].seq) if len(rows) > limit else go_on,
    }


def _message_filters(filters: Filters) -> list[ColumnElement[bool]]:
    found = [message.c[name] == filters[name] for name in ("type", "subject", "source", "client") if name in filters]
    found += _within(message.c.accepted_at, filters)
    if "q" in filters:
        word = filters["q"].strip()
        found.append(or_(message.c.subject == word, message.c.id == word, message.c.source_id == word))
    if filters.get("origin") == "senders":
        found.append(message.c.causation_id.is_(None))
    state = filters.get("state")
    if "unbalanced" in filters:
        found.append(unbalanced(filters.get("destination")))
    elif state is not None or "destination" in filters:
        found += _standing(state, _of_destination(filters))
    return found


def _standing(state: str | None, of_destination: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """What the deliveries of a message must look like for the message to be in a state (its own, or one of theirs)."""
    own = select(delivery.c.message_id).where(delivery.c.message_id == message.c.id, *of_destination)
    if state is None:
        return [own.exists()]
    waits, on_the_way = own.where(_stands(_WAITS)).exists(), own.where(_stands(_ON_THE_WAY)).exists()
    match state:
        case "attention":
            return [waits]
        case "accepted":
            return [on_the_way, ~waits]
        case "completed":
            return [own.exists(), ~on_the_way, ~waits]
    return [own.where(delivery.c.state == state, delivery.c.replaced_by.is_(None)).exists()]


def _stands(states: tuple[DeliveryState, ...]) -> ColumnElement[bool]:
    """Newest deliveries in one of these open or dead states, said so that the partial indexes are recognised."""
    dead = and_(is_in(delivery.c.state, S.DEAD), delivery.c.replaced_by.is_(None))
    living = [state for state in states if state is not S.DEAD]
    if not living:
        return dead
    alive: ColumnElement[bool] = is_in(delivery.c.state, *living)
    return or_(alive, dead) if S.DEAD in states else alive


def _delivery_filters(filters: Filters) -> list[ColumnElement[bool]]:
    found = _of_destination(filters) + _within(delivery.c.created_at, filters)
    if "message" in filters:
        found.append(delivery.c.message_id == filters["message"])
    if "code" in filters:
        found.append(delivery.c.error_code == filters["code"])
    if "failed" in filters:
        found.append(or_(delivery.c.attempts > 1, delivery.c.error_code.is_not(None)))
    if "subject" in filters:
        found.append(delivery.c.message_id.in_(select(message.c.id).where(message.c.subject == filters["subject"])))
    if "counted" in filters:
        found.append(delivery.c.replaced_by.is_(None))
    of_message = [message.c[name] == filters[name] for name in ("client", "type") if name in filters]
    if of_message and "day" not in filters:
        found.append(select(message.c.id).where(message.c.id == delivery.c.message_id, *of_message).exists())
    elif "day" in filters:
        found += of_message
    if "state" in filters:
        states = _KNOWN_BY_INDEX.get(filters["state"])
        found.append(delivery.c.state == filters["state"] if states is None else _stands(states))
    return found


def _found_apart(filters: Filters) -> Any:
    """Ids of the deliveries of a day's messages, or of all that is open: found first, never by walking the deliveries.

    None where the deliveries may be walked.
    """
    if "day" in filters:
        found: Any = select(delivery.c.id).join_from(message, delivery, delivery.c.message_id == message.c.id)
        found = found.where(accepted_on(filters["day"]), *_delivery_filters(filters))
    elif filters.get("state") == "open":
        each = ({**filters, "state": state.value} for state in sorted(OPEN))
        found = union_all(*(select(delivery.c.id).where(*_delivery_filters(one)) for one in each))
    else:
        return None
    return found.cte("found").prefix_with("MATERIALIZED").c.id


def _of_destination(filters: Filters) -> list[ColumnElement[bool]]:
    return [delivery.c.destination == filters["destination"]] if "destination" in filters else []


def _within(column: Any, filters: Filters) -> list[ColumnElement[bool]]:
    found = [column >= _moment(filters["since"])] if "since" in filters else []
    return found + ([column < _moment(filters["until"])] if "until" in filters else [])


def _span(connection: Connection, filters: Filters, cursor: str | None) -> tuple[int, int]:
    """The numbers of the newest and the oldest message that may be meant."""
    newest = select(message.c.seq).order_by(message.c.seq.desc()).limit(1)
    oldest = select(message.c.seq).order_by(message.c.seq).limit(1)
    at = message.c.accepted_at
    if "until" in filters:
        newest = select(message.c.seq).where(at < _moment(filters["until"]) + _SKEW).order_by(at.desc()).limit(1)
    if "since" in filters:
        oldest = select(message.c.seq).where(at >= _moment(filters["since"]) - _SKEW).order_by(at).limit(1)
    top, bottom = connection.execute(newest).scalar(), connection.execute(oldest).scalar()
    if top is None or bottom is None:
        return 0, 1
    return (min(top, int(cursor) - 1) if cursor is not None else top), bottom


def _floor(connection: Connection, cursor: str | None) -> str | None:
    """The id of the last delivery that a page may look at; None when fewer are left."""
    walk = select(delivery.c.id).order_by(delivery.c.id.desc()).offset(DELIVERY_WALK).limit(1)
    if cursor is not None:
        walk = walk.where(delivery.c.id < cursor)
    return connection.execute(walk).scalar()


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
