"""Every statement of the removal of rows, in its order; no logic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, literal_column, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.balance import unbalanced
from gateway.ledger.doubts.tables import doubt
from gateway.ledger.indicators.tables import indicator_fact
from gateway.ledger.keeping.tables import removed
from gateway.ledger.many import Many, among, columns, is_in
from gateway.ledger.payments.tables import payment
from gateway.ledger.replays.tables import replay_item
from gateway.ledger.tables import attempt, checkpoint, delivery, message
from gateway.message import OPEN, DeliveryState
from gateway.security.seal import SHREDDED

_newest = select(func.max(message.c.seq).label("seq")).scalar_subquery()
_its = delivery.c.message_id == message.c.id
_open = and_(is_in(delivery.c.state, DeliveryState.DEAD, *OPEN), delivery.c.replaced_by.is_(None))
_unfinished = exists().where(_its, or_(_open, delivery.c.in_lane))
"""A refused one may hold its lane, and what waits behind it is let go by that row alone."""
_on_a_list = exists().where(
    _its,
    replay_item.c.delivery_id == delivery.c.id,
    or_(*(replay_item.c.state == literal_column(f"'{state}'") for state in ("planned", "sent"))),
)
_being_paid = exists().where(
    payment.c.subject == message.c.subject,
    payment.c.message_id == message.c.id,
    payment.c.state == literal_column("'open'"),
)
_to_be_counted = exists().where(
    indicator_fact.c.subject == message.c.subject,
    indicator_fact.c.message_id == message.c.id,
    indicator_fact.c.settled.is_(False),
)

overdue = (
    select(message.c.id, message.c.type, message.c.destinations, message.c.accepted_at)
    .where(
        message.c.key_id == literal_column(f"'{SHREDDED}'"),
        message.c.accepted_at < bindparam("b_before"),
        message.c.seq != _newest,
        ~_unfinished,
        ~_on_a_list,
        ~_being_paid,
        ~_to_be_counted,
        ~unbalanced(None),
    )
    .order_by(message.c.accepted_at)
    .limit(bindparam("b_limit"))
    .with_for_update(of=message, skip_locked=True)
)
"""Another process at the same work takes others. Those that something holds are few, and looked at again each time."""

deliveries_of = select(
    delivery.c.id, delivery.c.message_id, delivery.c.destination, delivery.c.state, delivery.c.replaced_by
).where(among(delivery.c.message_id, "ids"))


def _added(dialect: str) -> Any:
    made = (sqlite if dialect == "sqlite" else postgresql).insert(removed)
    return made.on_conflict_do_update(
        index_elements=["day", "destination", "type", "state"], set_={"count": removed.c.count + made.excluded.count}
    )


count = Many(_added, columns(removed))
of_deliveries = (
    delete(delivery).where(among(delivery.c.id, "ids")),
    *(delete(table).where(among(table.c.delivery_id, "ids")) for table in (attempt, checkpoint, doubt)),
)
"""Deliveries first: an attempt goes with its delivery only (trigger)."""
drop_messages = delete(message).where(among(message.c.id, "ids"))
