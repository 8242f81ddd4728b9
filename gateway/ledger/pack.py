"""Reading a pack of deliveries with their messages in one statement (two more for those tried before).

Bodies stay sealed until asked for, so one that does not open fails its own delivery only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from gateway.ledger import attempt_statements as attempt_sql
from gateway.message import Delivery, DeliveryId, MessageId, Work
from gateway.security.seal import KeyRing, Sealed


def read_pack(connection: Connection, ring: KeyRing, ids: Sequence[DeliveryId]) -> list[Work]:
    """The named deliveries that are still pending."""
    rows = attempt_sql.read_pack.run(connection, {"ids": list(ids)})
    tried = [row.id for row in rows if row.attempts]
    done, unclear = _earlier_attempts(connection, tried) if tried else ({}, {})
    works = []
    for row in rows:
        parts = done.get(row.id, {})
        delivery = Delivery(
            id=row.id,
            message_id=MessageId(row.message_id),
            destination=row.destination,
            operation=row.operation,
            route=row.route,
            attempts=row.attempts,
            tries=row.tries,
            error_code=row.error_code,
            error_tries=row.error_tries,
            done=frozenset(parts),
            # Only the first unanswered part may repeat, and only if nothing was answered since the unclear attempt.
            may_repeat=row.id in unclear and unclear[row.id] >= max(parts.values(), default=0),
            known_taken=bool(row.accepted_once),
            first_contact=bool(row.first_contact),
            pinned_version=row.pinned_version,
        )
        works.append(
            Work(
                delivery=delivery,
                type=row.type,
                subject=row.subject,
                source=row.source,
                source_id=row.source_id,
                client=row.client,
                correlation_id=row.correlation_id,
                accepted_at=row.accepted_at,
                envelope=ring.envelope(Sealed(row.key_id, row.wrapped_key, row.body), row.message_id),
                body_form=row.body_form,
                causation_id=row.causation_id,
                traceparent=row.traceparent,
            )
        )
    return works


def _earlier_attempts(connection: Connection, ids: list[str]) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    done: dict[str, dict[str, int]] = defaultdict(dict)
    for delivery_id, part, attempt in connection.execute(attempt_sql.answered_parts, {"ids": ids}):
        done[delivery_id][part] = attempt
    unclear = {row[0]: row[1] for row in connection.execute(attempt_sql.last_unclear_attempt, {"ids": ids})}
    return done, unclear
