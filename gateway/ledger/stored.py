"""Messages as they were received, for whoever tries a mapping on them; bodies stay sealed until asked for.

Runs inside a transaction given by the caller. Pages are keyset-paged and look at a bounded number of rows each.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select

from gateway.ledger.many import is_in
from gateway.ledger.port import DeadMessage, StoredMessage, StoredPage
from gateway.ledger.tables import delivery, message
from gateway.message import DeliveryId, DeliveryState, MessageId
from gateway.security.seal import KeyRing, Sealed

WALK = 20_000
"""Rows that one page may look at: the type of a message is in no index."""

COLUMNS = (
    message.c.seq, message.c.id, message.c.subject, message.c.accepted_at, message.c.body, message.c.body_form,
    message.c.key_id, message.c.wrapped_key, message.c.type, message.c.client, message.c.source,
    message.c.correlation_id, message.c.time, message.c.sequence,
)  # fmt: skip


def messages_of_type(connection: Connection, ring: KeyRing, type_: str, before: int | None, limit: int) -> StoredPage:
    """Messages of a type, newest first, from a place on; the page may be short and still name a next one."""
    top = before - 1 if before is not None else connection.execute(select(func.max(message.c.seq))).scalar() or 0
    floor = max(1, top - WALK + 1)
    rows = connection.execute(
        select(*COLUMNS)
        .where(message.c.seq.between(floor, top), message.c.type == type_)
        .order_by(message.c.seq.desc())
        .limit(limit)
    ).all()
    reached = rows[-1].seq if rows and len(rows) == limit else floor
    return StoredPage([as_stored(ring, row) for row in rows], reached if reached > 1 else None)


def dead_messages(
    connection: Connection, ring: KeyRing, code: str, after: DeliveryId | None, limit: int
) -> list[DeadMessage]:
    """Deliveries dead of one cause that nobody replaced, with their messages, oldest first, from a place on."""
    query = (
        select(*COLUMNS, delivery.c.id.label("delivery_id"), delivery.c.mapping, delivery.c.pinned_version)
        .join(message, message.c.id == delivery.c.message_id)
        .where(is_in(delivery.c.state, DeliveryState.DEAD), delivery.c.replaced_by.is_(None))
        .where(delivery.c.error_code == code, delivery.c.id > (after or ""))
        .order_by(delivery.c.id)
        .limit(limit)
    )
    return [
        DeadMessage(DeliveryId(row.delivery_id), row.mapping, row.pinned_version, as_stored(ring, row))
        for row in connection.execute(query)
    ]


def as_stored(ring: KeyRing, row: Any) -> StoredMessage:
    """A row of `COLUMNS` as a message whose body opens when asked for."""
    return StoredMessage(
        id=MessageId(row.id),
        subject=row.subject,
        accepted_at=row.accepted_at,
        body_form=row.body_form,
        open_body=partial(ring.open, Sealed(row.key_id, row.wrapped_key, row.body), row.id),
        type=row.type,
        client=row.client,
        source=row.source,
        correlation_id=row.correlation_id,
        time=row.time,
        sequence=row.sequence,
    )
