"""One transaction for everything that waits: outcomes, answered parts, begun attempts and new messages, in this order.

A commit is the dearest thing a small message needs (a synced write, a hop to the writer's thread, three times over when
each kind has its own); together they need one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.ledger import attempt_statements as attempt_sql
from gateway.ledger import clock
from gateway.ledger.port import Begin, NewMessage, Pending, Settlement
from gateway.ledger.record import GroupConflictError, record
from gateway.ledger.settle import begin, settle
from gateway.message import DeliveryId


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An answered part of a document."""

    delivery_id: DeliveryId
    part: str
    attempt: int
    answered_at: datetime
    answer_digest: bytes


Write = Sequence[NewMessage] | Begin | Settlement | Checkpoint


def weight(write: Write) -> int:
    return 1 if isinstance(write, Begin | Settlement | Checkpoint) else len(write)


def is_one_statement(write: Write) -> bool:
    """Whether it takes one statement on PostgreSQL, together with any number of its kind (see `apply`)."""
    return isinstance(write, Begin) and write.payment is None


def is_guilty(write: Write, conflict: Exception) -> bool:
    """Whether these messages are what the conflict is about (a lone group's own, or named by a batch's)."""
    if isinstance(write, Begin | Settlement | Checkpoint):
        return False
    return not isinstance(conflict, GroupConflictError) or id(write) in map(id, conflict.guilty)


def apply(connection: Connection, writes: Sequence[Write], pending: list[Pending]) -> list[Any]:
    """Carry out all; one answer per write."""
    now = clock.now()
    settlements = [write for write in writes if isinstance(write, Settlement)]
    checkpoints = [write for write in writes if isinstance(write, Checkpoint)]
    begins = [write for write in writes if isinstance(write, Begin)]
    groups = [write for write in writes if not isinstance(write, Begin | Settlement | Checkpoint)]
    settled = iter(settle(connection, settlements, pending, now) if settlements else ())
    attempt_sql.insert_checkpoints.run(connection, [_checkpoint_row(one) for one in checkpoints])
    begun = iter(begin(connection, begins, now) if begins else ())
    recorded = iter(record(connection, groups, pending, now) if groups else ())
    answers: list[Any] = []
    for write in writes:
        match write:
            case Settlement():
                answers.append(next(settled))
            case Begin():
                answers.append(next(begun))
            case Checkpoint():
                answers.append(None)
            case _:
                answers.append(next(recorded))
    return answers


def _checkpoint_row(one: Checkpoint) -> dict[str, Any]:
    return {
        "delivery_id": one.delivery_id,
        "part": one.part,
        "attempt": one.attempt,
        "answered_at": one.answered_at,
        "answer_digest": one.answer_digest,
    }
