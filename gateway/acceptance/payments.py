"""What the gateway believes of payments, and whom it tells: one conclusion per payment, whoever speaks of it first.

The notification, our own question, and the reconciliation file all lead here; the ledger decides under its lock what
is news (`Ledger.conclude_payment`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gateway.acceptance.replies import SOURCE, Replies, completed, payment_thread
from gateway.ledger.payments.port import Concluded, Conclusion, Payment
from gateway.ledger.port import Ledger, NewMessage, StoredMessage
from gateway.message import TYPE_PREFIX, MessageId
from gateway.settings import PaymentSettings

SETTLED = "payment.settled.v1"
REQUESTED = "payment.requested.v1"
RECEIPT_REQUESTED = "payment.receipt_requested.v1"
RECEIPT_ISSUED = "payment.receipt_issued.v1"
ToldBy = Literal["notification", "query", "reconciliation"]
ReadData = Callable[[bytes, str], dict[str, Any]]
"""The bytes of a message and their form -> its canonical document."""


@dataclass(frozen=True, slots=True)
class Told:
    """A payment's end as somebody told it; `document` is what they said in canonical form, as far as it goes."""

    destination: str
    reference: str
    document: Mapping[str, Any]
    by: ToldBy
    subject: str = ""
    """The dossier they name: how a payment that began on the portal is recognised."""


def watch_id(destination: str, reference: str) -> str:
    """The sender's id of the message that asks about a payment: there is one per payment."""
    return f"{destination}/{reference}/watch"


class Payments:
    """Concludes payments and makes what must be said of them."""

    def __init__(self, ledger: Ledger, replies: Replies, settings: PaymentSettings, read_data: ReadData) -> None:
        self._ledger = ledger
        self._replies = replies
        self._settings = settings
        self._read_data = read_data

    async def settle(self, told: Told, at: datetime) -> Concluded:
        """Believe an outcome, once; tell the client and ask for the receipt. Raises `LedgerUnavailable`.

        Raises `MappingError` where the document breaks its schema.
        """
        known = await self._ledger.payment(told.destination, told.reference)
        payment = known or await self._begun_elsewhere(told, at)
        if payment is None:
            return "unknown"
        document = told.document
        outcome: Literal["paid", "failed"] = "paid" if document.get("outcome") == "paid" else "failed"
        messages = tuple(self._messages(payment, document, outcome, at))
        # What will not be believed, or cannot be told, leaves no payment behind.
        if known is None and document.get("amount") == payment.amount:
            await self._ledger.record_payment(payment)
        return await self._ledger.conclude_payment(
            Conclusion(
                destination=told.destination,
                reference=told.reference,
                outcome=outcome,
                at=at,
                told_by=told.by,
                amount=document.get("amount"),
                currency=str(document.get("currency", "")),
                transaction=str(document.get("transaction", "")),
                messages=messages,
                watch=(SOURCE, watch_id(told.destination, told.reference)),
            )
        )

    async def expire(self, destination: str, reference: str, at: datetime) -> Concluded:
        """Nobody paid it while it was watched. A later payment is believed all the same."""
        return await self._ledger.conclude_payment(Conclusion(destination, reference, "expired", at, "query"))

    async def already_paid(self, subject: str) -> Payment | None:
        """A paid attempt of this dossier."""
        return next((one for one in await self._ledger.payments_of(subject) if one.state == "paid"), None)

    async def payable(self, subject: str) -> tuple[StoredMessage, dict[str, Any]] | None:
        """What is due for a dossier: its newest payment request, unless that dossier was paid."""
        requested = await self._ledger.latest_message(subject, TYPE_PREFIX + REQUESTED)
        if requested is None or await self.already_paid(subject) is not None:
            return None
        return requested, self._read_data(requested.open_body(), requested.body_form)

    async def _begun_elsewhere(self, told: Told, at: datetime) -> Payment | None:
        """A payment that began on the portal, after we said what is due: recognised by its dossier."""
        requested = await self._ledger.latest_message(told.subject, TYPE_PREFIX + REQUESTED) if told.subject else None
        if requested is None:
            return None
        asked = self._read_data(requested.open_body(), requested.body_form)
        return Payment(
            destination=told.destination,
            reference=told.reference,
            subject=told.subject,
            delivery_id=None,
            message_id=MessageId(requested.id),
            client=requested.client,
            correlation_id=requested.correlation_id,
            transaction_time="",
            amount=int(asked["amount"]),
            currency="VND",
            again=bool(asked.get("again")),
            opened_at=at,
            state="open",
            page_known=True,
            watched=True,
            told_not_opened=False,
            refund=False,
            transaction=None,
            concluded_at=None,
        )

    def _messages(self, payment: Payment, document: Mapping[str, Any], outcome: str, at: datetime) -> list[NewMessage]:
        thread = payment_thread(payment)
        key = f"{payment.destination}/{payment.reference}"
        question = {"dossier_code": payment.subject, "reference": payment.reference}
        known = {"amount": payment.amount, "currency": payment.currency} | dict(document) | question
        settled = completed(SETTLED, known, question, at)
        said = [self._replies.to_client(thread, at, SETTLED, payment.subject, f"{key}/{outcome}", settled)]
        # A payment that began on the portal has no time of ours to ask for its receipt with.
        if outcome == "paid" and self._settings.receipts and payment.transaction_time:
            said.append(
                self._replies.request(thread, at, RECEIPT_REQUESTED, payment.subject, f"{key}/receipt", question)
            )
        return said
