"""Every statement about doubts; no logic."""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.doubts.tables import doubt
from gateway.ledger.many import Many, among, columns, is_in, stands
from gateway.ledger.tables import attempt, delivery, message
from gateway.message import DeliveryState

S = DeliveryState


def _asked(dialect: str) -> object:
    made = sqlite.insert(doubt) if dialect == "sqlite" else postgresql.insert(doubt)
    known = ("attempt", "asked", "asked_at", "answer", "next_at")
    return made.on_conflict_do_update(
        index_elements=["delivery_id"], set_={name: made.excluded[name] for name in known}
    )


note_asked = Many(_asked, columns(doubt))  # type: ignore[arg-type]

still_uncertain = select(delivery.c.id).where(
    delivery.c.id == bindparam("b_id"),
    delivery.c.attempts == bindparam("b_fence"),
    is_in(delivery.c.state, S.UNCERTAIN),
)

_known = (
    select(
        delivery.c.id,
        delivery.c.attempts,
        delivery.c.destination,
        delivery.c.operation,
        delivery.c.route,
        delivery.c.changed_at,
        delivery.c.message_id,
        message.c.correlation_id,
        attempt.c["keys"].label("keys_"),
        doubt.c.asked,
    )
    .join(message, message.c.id == delivery.c.message_id)
    .join(attempt, (attempt.c.delivery_id == delivery.c.id) & (attempt.c.number == delivery.c.attempts))
    .outerjoin(doubt, (doubt.c.delivery_id == delivery.c.id) & (doubt.c.attempt == delivery.c.attempts))
)
unproven = (
    _known.where(
        is_in(delivery.c.state, S.UNCERTAIN),
        delivery.c.id > bindparam("b_after"),
        or_(doubt.c.delivery_id.is_(None), doubt.c.next_at <= bindparam("b_due_by")),
    )
    .order_by(delivery.c.id)
    .limit(bindparam("b_limit"))
)
"""What may have happened and is not left to a person, with the keys it can be asked for by, page by page."""

one_uncertain = _known.where(delivery.c.id == bindparam("b_id"), stands(delivery.c.state, S.UNCERTAIN))

doubts_of = select(doubt).where(among(doubt.c.delivery_id, "ids"))
