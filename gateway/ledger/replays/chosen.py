"""From a filter to dead deliveries: what a list would be, and the digest by which it is known again.

All through the index of what is dead; ids are hashed page by page, so a list is never held in memory.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from gateway.ledger.groups.keep import in_group
from gateway.ledger.many import among, is_in
from gateway.ledger.replays.port import NO_FIELD, Chosen, ListPlan, Share
from gateway.ledger.replays.statements import is_open
from gateway.ledger.replays.tables import replay_item
from gateway.ledger.shapes import iso
from gateway.ledger.tables import delivery, message
from gateway.message import DeliveryState
from mappings.convert import VIETNAM

S = DeliveryState
_PAGE = 5000


def plan(connection: Connection, chosen: Chosen) -> ListPlan:
    """What the list would be now."""
    wanted, values = conditions(connection, chosen), parameters(chosen)
    shares = connection.execute(
        select(
            delivery.c.destination,
            func.count().label("times"),
            func.count().filter(needless()).label("needless"),
            func.min(delivery.c.created_at).label("oldest"),
            func.max(delivery.c.created_at).label("newest"),
        )
        .where(*wanted)
        .group_by(delivery.c.destination)
        .order_by(delivery.c.destination),
        values,
    ).all()
    dossiers = connection.execute(select(func.count(func.distinct(delivery.c.subject))).where(*wanted), values)
    ids = select(delivery.c.id).where(*wanted)
    return ListPlan(
        count=sum(one.times for one in shares),
        needless=sum(one.needless for one in shares),
        dossiers=int(dossiers.scalar_one()),
        oldest_at=iso(min((one.oldest for one in shares), default=None)),
        newest_at=iso(max((one.newest for one in shares), default=None)),
        by=tuple(Share(one.destination, one.times, one.needless) for one in shares),
        digest=digest(connection, ids, delivery.c.id, values),
        overlaps=overlap(connection, chosen),
    )


def digest(connection: Connection, ids: Select[Any], column: ColumnElement[str], values: dict[str, Any]) -> str:
    """SHA-256 over the ids that a statement finds, in the order of ids."""
    hashed = hashlib.sha256()
    last = ""
    while True:
        page = connection.execute(ids.where(column > last).order_by(column).limit(_PAGE), values).scalars().all()
        for one in page:
            hashed.update(one.encode() + b"\n")
        if len(page) < _PAGE:
            return hashed.hexdigest()
        last = page[-1]


def overlap(connection: Connection, chosen: Chosen) -> str | None:
    """A job that is not done with some of these."""
    busy = (
        select(replay_item.c.job_id)
        .join(delivery, delivery.c.id == replay_item.c.delivery_id)
        .where(is_open(), *conditions(connection, chosen))
        .limit(1)
    )
    return connection.execute(busy, parameters(chosen)).scalar()


def conditions(connection: Connection, chosen: Chosen) -> list[ColumnElement[bool]]:
    """Dead, replaced by nothing, and as the filter says."""
    found: list[ColumnElement[bool]] = [is_in(delivery.c.state, S.DEAD), delivery.c.replaced_by.is_(None)]
    columns = {
        "destination": delivery.c.destination,
        "operation": delivery.c.operation,
        "error_class": delivery.c.error_class,
        "code": delivery.c.error_code,
        "field": delivery.c.error_field,
        "subject": delivery.c.subject,
    }
    if chosen.field == NO_FIELD:
        found.append(columns.pop("field").is_(None))
    found += [column == getattr(chosen, name) for name, column in columns.items() if getattr(chosen, name)]
    if chosen.type:
        told = select(message.c.id).where(message.c.id == delivery.c.message_id, message.c.type == chosen.type)
        found.append(told.exists())
    if chosen.since:
        found.append(delivery.c.created_at >= _moment(chosen.since))
    if chosen.until:
        found.append(delivery.c.created_at < _moment(chosen.until))
    if chosen.group:
        found += in_group(connection, chosen.group)
    if chosen.failed_of:
        again = (replay_item.c.job_id == chosen.failed_of) & (replay_item.c.state == "failed")
        found.append(delivery.c.id.in_(select(replay_item.c.new_id).where(again)))
    if chosen.ids:
        found.append(among(delivery.c.id, "ids"))
    return found


def parameters(chosen: Chosen) -> dict[str, Any]:
    """What the conditions want beside themselves."""
    return {"ids": list(chosen.ids)} if chosen.ids else {}


def needless() -> ColumnElement[bool]:
    """A later snapshot of the same dossier was sent, or is about to be (as `statements.newer_snapshot`, for many)."""
    newer, its, mine = delivery.alias("newer"), message.alias("its"), message.alias("mine")
    number = select(mine.c.seq).where(mine.c.id == delivery.c.message_id).correlate(delivery).scalar_subquery()
    later = (
        select(newer.c.id)
        .join(its, its.c.id == newer.c.message_id)
        .where(
            its.c.subject == delivery.c.subject,
            its.c.seq > number,
            newer.c.destination == delivery.c.destination,
            newer.c.route == delivery.c.route,
            newer.c.replaced_by.is_(None),
            is_in(newer.c.state, S.PENDING, S.DELIVERING, S.WAITING, S.UNCERTAIN, S.DELIVERED),
        )
        .correlate(delivery)
    )
    return and_(delivery.c.snapshot, delivery.c.lane_id.is_not(None), later.exists())


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
