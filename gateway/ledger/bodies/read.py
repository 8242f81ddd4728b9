"""Reading a message with its answers, in a transaction of the caller."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from gateway.ledger.bodies.port import Content, Tried
from gateway.ledger.tables import attempt, delivery, message
from gateway.security.seal import Envelope, KeyRing, Sealed

_MESSAGE = (
    message.c.id, message.c.type, message.c.subject, message.c.accepted_at, message.c.body_form, message.c.body,
    message.c.key_id, message.c.wrapped_key,
)  # fmt: skip
_ATTEMPT = (
    delivery.c.id, delivery.c.destination, delivery.c.operation, delivery.c.mapping, delivery.c.mapping_version,
    attempt.c.number, attempt.c.request_digest, attempt.c.answer, attempt.c.answer_key_id,
)  # fmt: skip


def content_of(connection: Connection, ring: KeyRing, message_id: str) -> Content | None:
    """See `gateway.ledger.bodies.port`."""
    row = connection.execute(select(*_MESSAGE).where(message.c.id == message_id)).one_or_none()
    if row is None:
        return None
    sealed = Sealed(row.key_id, row.wrapped_key, row.body)
    envelope = Envelope(ring, sealed, row.id)
    tries = connection.execute(
        select(*_ATTEMPT)
        .join(attempt, attempt.c.delivery_id == delivery.c.id)
        .where(delivery.c.message_id == message_id)
        .order_by(delivery.c.id, attempt.c.number)
    )
    replies = connection.execute(
        select(message.c.id).where(message.c.causation_id == message_id).order_by(message.c.seq)
    ).scalars()
    return Content(
        id=row.id,
        type=row.type,
        subject=row.subject,
        accepted_at=row.accepted_at,
        body_form=row.body_form,
        body=envelope.open(),
        salt=envelope.salt(),
        attempts=tuple(_tried(one, ring, sealed, row.id) for one in tries),
        replies=tuple(replies),
    )


def _tried(row: Any, ring: KeyRing, sealed: Sealed, message_id: str) -> Tried:
    answer = None
    if row.answer is not None:
        answer = ring.open_answer(sealed, message_id, (row.answer_key_id, row.answer), row.id)
    return Tried(
        row.id,
        row.destination,
        row.operation,
        row.mapping,
        row.mapping_version,
        row.number,
        row.request_digest,
        answer,
    )
