"""The log's entry about one attempt that got an answer: what went where and when, and digests of both sides' bytes."""

from __future__ import annotations

from datetime import datetime

from gateway.delivery.prepare import Ready
from gateway.ledger.shapes import iso
from gateway.message import Decision, Fault, Work
from gateway.security.receipts import leaf_of


def receipt(
    work: Work, ready: Ready, decision: Decision, answer_digest: bytes, started_at: datetime, answered_at: datetime
) -> bytes:
    """As it will be hashed. Holds no content and no personal data; digests are salted (`KeyRing.digest`)."""
    delivery = work.delivery
    fault: Fault | None = getattr(decision, "fault", None)
    return leaf_of(
        {
            "kind": "receipt",
            "message": delivery.message_id,
            "source": work.source,
            "source_id": work.source_id,
            "type": work.type,
            "subject": work.subject,
            "accepted_at": iso(work.accepted_at),
            "delivery": delivery.id,
            "destination": delivery.destination,
            "operation": delivery.operation,
            "attempt": delivery.attempts + 1,
            "mapping_version": ready.version,
            "started_at": iso(started_at),
            "answered_at": iso(answered_at),
            "outcome": type(decision).__name__.lower(),
            "code": fault.code if fault else None,
            "request_digest": ready.digest.hex() if ready.digest else None,
            "answer_digest": answer_digest.hex(),
        }
    )
