"""Payments: known from before the first byte, concluded once whoever says so, every second one flagged for refund.

Runs inside a transaction given by the caller; nothing here commits. Attempts of one dossier are locked together, so of
two that are paid at the same moment one is the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.ledger import clock
from gateway.ledger import statements as ledger_sql
from gateway.ledger.many import among
from gateway.ledger.payments import statements as sql
from gateway.ledger.payments.port import Concluded, Conclusion, Payment
from gateway.ledger.port import AuditEntry, Begin, NewMessage, Pending, Settlement, lane_hash
from gateway.ledger.record import handed_over, record
from gateway.ledger.tables import delivery, message
from gateway.ledger.tally import count
from gateway.ledger.trail import write_audit
from gateway.message import Delivered, DeliveryId, DeliveryState, Uncertain

S = DeliveryState
_GATEWAY = "gateway"


def note_begun(connection: Connection, begins: Sequence[Begin]) -> None:
    """The payments that these attempts are about to open; in the transaction that begins them."""
    opening = {one.delivery_id: one for one in begins if one.payment is not None}
    if not opening:
        return
    query = sql.delivery_of_begin.join(message, message.c.id == delivery.c.message_id)
    query = query.add_columns(message.c.client, message.c.correlation_id)
    rows = connection.execute(query.where(among(delivery.c.id, "ids")), {"ids": list(opening)})
    sql.insert_payments.run(connection, [asdict(_begun(row, opening[row.id])) for row in rows])


def _begun(row: Any, begin: Begin) -> Payment:
    begun = begin.payment
    assert begun is not None  # noqa: S101 - the caller has chosen these
    return Payment(
        destination=row.destination,
        reference=begun.reference,
        subject=row.subject,
        delivery_id=row.id,
        message_id=row.message_id,
        client=row.client,
        correlation_id=row.correlation_id,
        transaction_time=begun.transaction_time,
        amount=begun.amount,
        currency=begun.currency,
        again=begun.again,
        opened_at=begin.started_at,
        state="open",
        page_known=False,
        watched=False,
        told_not_opened=False,
        refund=False,
        transaction=None,
        concluded_at=None,
    )


def as_known(connection: Connection, settlement: Settlement, destination: str) -> Settlement:
    """The outcome of an attempt to open a payment, seen with what is known of the payment by now.

    One that was concluded meanwhile was taken, whatever its own answer (lost, say), and its page is no news any more.
    One that provably was not taken is void.
    """
    if settlement.payment is None:
        return settlement
    key = {"b_destination": destination, "b_reference": settlement.payment}
    row = connection.execute(sql.lock, key).one_or_none()
    if row is None:
        return settlement
    if row.state in ("paid", "failed"):
        return settlement._replace(decision=Delivered(), replies=())
    if isinstance(settlement.decision, Delivered):
        connection.execute(sql.set_page_known, key)
    elif not isinstance(settlement.decision, Uncertain):
        connection.execute(sql.set_void, key)
    return settlement


def conclude(connection: Connection, told: Conclusion, pending: list[Pending]) -> Concluded:
    """See `Ledger.conclude_payment`."""
    key = {"b_destination": told.destination, "b_reference": told.reference}
    found = connection.execute(sql.find, key).one_or_none()
    if found is None:
        return "unknown"
    rows = connection.execute(sql.lock_subject, {"b_subject": found.subject}).all()
    row = next(one for one in rows if (one.destination, one.reference) == (told.destination, told.reference))
    if _differs(row, told):
        _audit(connection, "payment.mismatch", row, told, ok=False)
        return "mismatch"
    if row.state == "paid":
        return _after_paid(connection, row, told)
    if row.state == told.outcome:
        return "duplicate"
    refund = told.outcome == "paid" and not row.again and any(_paid_before(one, row) for one in rows)
    _write(connection, key, row, told, refund=refund)
    if told.outcome != "expired":
        _settle_opening(connection, row, told.at)
    record(connection, [[one] for one in told.messages], pending)
    _end_watch(connection, told, pending)
    if refund:
        _audit(connection, "payment.refund_needed", row, told)
    return "recorded"


def _differs(row: Any, told: Conclusion) -> bool:
    amount = told.amount is not None and told.amount != row.amount
    return amount or bool(told.currency and told.currency != row.currency)


def _paid_before(one: Any, row: Any) -> bool:
    return one.state == "paid" and (one.destination, one.reference) != (row.destination, row.reference)


def _after_paid(connection: Connection, row: Any, told: Conclusion) -> Concluded:
    """Paid stays paid. A failure after it, or another transaction under the same reference, is for a person to see."""
    if told.outcome == "failed":
        _audit(connection, "payment.failed_after_paid", row, told)
        return "recorded"
    if told.outcome == "paid" and told.transaction and row.transaction and told.transaction != row.transaction:
        key = {"b_destination": row.destination, "b_reference": row.reference}
        _write(connection, key, row, replace(told, transaction=row.transaction, at=row.concluded_at), refund=True)
        _audit(connection, "payment.refund_needed", row, told)
        return "recorded"
    return "duplicate"


def _write(connection: Connection, key: dict[str, Any], row: Any, told: Conclusion, *, refund: bool) -> None:
    values = {
        "n_state": told.outcome,
        "n_transaction": told.transaction or row.transaction,
        "n_at": told.at,
        "n_refund": refund or row.refund,
    }
    connection.execute(sql.conclude, key | values)


def _settle_opening(connection: Connection, row: Any, at: datetime) -> None:
    """An INIT that was uncertain is proven taken: the platform speaks of it."""
    if row.delivery_id is None:
        return
    uncertain = connection.execute(sql.lock_uncertain, {"b_id": row.delivery_id}).one_or_none()
    if uncertain is not None:
        settled = {"b_id": row.delivery_id, "n_state": S.DELIVERED, "n_in_lane": False, "n_delivered": at, "now": at}
        connection.execute(sql.settle_uncertain, settled)
        count(connection, [(uncertain.destination, S.DELIVERED, at)])


def _end_watch(connection: Connection, told: Conclusion, pending: list[Pending]) -> None:
    """Whoever would ask later asks now, hears the same, and is done."""
    if told.outcome == "expired":
        return
    source, source_id = told.watch
    for row in connection.execute(sql.waiting_watch, {"b_source": source, "b_source_id": source_id}).all():
        now = clock.now()
        due = {"b_id": row.id, "n_offered_for": handed_over(connection), "now": now}
        connection.execute(sql.due_now, due)
        connection.execute(ledger_sql.waiting_to_pending, {"ids": [row.id], "now": now})
        hashed = lane_hash(row.subject)
        pending.append(Pending(DeliveryId(row.id), row.destination, lane_hash=hashed, again=True))


def _audit(connection: Connection, action: str, row: Any, told: Conclusion, *, ok: bool = True) -> None:
    details = {"outcome": told.outcome, "told_by": told.told_by, "subject": row.subject}
    details |= {"transaction": told.transaction} if told.transaction else {}
    details |= {"amount": told.amount, "expected": row.amount} if not ok else {}
    reference = f"{row.destination} {row.reference}"
    write_audit(connection, AuditEntry(_GATEWAY, action, reference, "", ok=ok, details=details), told.at)


def watch(connection: Connection, destination: str, reference: str, asking: NewMessage, pending: list[Pending]) -> bool:
    """Record the message that asks about an open payment, once."""
    key = {"b_destination": destination, "b_reference": reference}
    if connection.execute(sql.set_watched, key).rowcount == 0:
        return False
    record(connection, [[asking]], pending)
    return True


def tell_not_opened(
    connection: Connection, destination: str, reference: str, telling: NewMessage, pending: list[Pending]
) -> bool:
    """Record the message that tells the sender that the page address was lost, once."""
    key = {"b_destination": destination, "b_reference": reference}
    if connection.execute(sql.set_told, key).rowcount == 0:
        return False
    record(connection, [[telling]], pending)
    return True


def note_elsewhere(connection: Connection, payment: Payment) -> bool:
    """A payment that began on the portal: known from now on; False when it was."""
    key = {"b_destination": payment.destination, "b_reference": payment.reference}
    if connection.execute(sql.find, key).one_or_none() is not None:
        return False
    sql.insert_if_new.run(connection, [asdict(payment)])
    return True


def read(rows: Iterable[Any]) -> list[Payment]:
    """Rows as values."""
    return [Payment(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented access to a row as mapping
