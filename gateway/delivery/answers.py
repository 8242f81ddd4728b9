"""What follows from an attempt: the answer as a message, what is learnt of a payment, what senders hear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from adapters.contract import Receipt, Reply
from gateway.acceptance.payments import RECEIPT_ISSUED, SETTLED, Payments, Told
from gateway.acceptance.replies import Replies
from gateway.ledger.port import NewMessage
from gateway.message import TYPE_PREFIX, Fault, Work
from mappings import Mapping as DocumentMapping

_DOSSIERS = TYPE_PREFIX + "dossier."
_UNANSWERED = frozenset({TYPE_PREFIX + "payment.watch_requested.v1", TYPE_PREFIX + "catalogue.refresh_requested.v1"})
"""What the gateway asks by itself: nobody is told that it was refused."""


class Answers:
    """Turns receipts and refusals into messages."""

    def __init__(
        self, replies: Replies, payments: Payments, mapping: Callable[[str], DocumentMapping], public_url: str
    ) -> None:
        """`mapping` gives the one in force by its name; `public_url` is where this gateway can be reached."""
        self._replies = replies
        self._payments = payments
        self._mapping = mapping
        self._public_url = public_url

    async def taken(
        self, work: Work, receipt: Receipt, question: Mapping[str, Any], at: datetime
    ) -> tuple[NewMessage, ...]:
        """What a system that took a document gave back, as messages to be recorded with the settlement.

        What it says of a payment is believed at once: that is one conclusion, however often it is said. Raises
        `MappingError` for an answer that cannot be read, `LedgerUnavailable`.
        """
        reply = receipt.reply
        if reply is None:
            if receipt.facts.get("outcome") == "expired":
                await self._payments.expire(work.delivery.destination, str(question.get("reference", "")), at)
            return ()
        document = self._read(reply)
        if reply.type == SETTLED:
            reference = str(document.get("reference") or question.get("reference", ""))
            await self._payments.settle(Told(work.delivery.destination, reference, document, "query"), at)
            return ()
        if reply.type == RECEIPT_ISSUED and receipt.answer.startswith(b"%PDF"):
            document["url"] = f"{self._public_url}/v1/payments/{question.get('reference', '')}/receipt"
        return (self._replies.mapped(work, at, reply.type, document, question),)

    def synchronised(
        self, work: Work, at: datetime, facts: Mapping[str, str], warnings: list[str]
    ) -> tuple[NewMessage, ...]:
        """The word that a dossier arrived; of other things their own answer tells."""
        if work.type.startswith(_DOSSIERS):
            return (self._replies.synchronised(work, at, facts, warnings),)
        return ()

    def refused(self, work: Work, at: datetime, fault: Fault) -> tuple[NewMessage, ...]:
        """The word that a system said no, and why."""
        return () if work.type in _UNANSWERED else (self._replies.refused(work, at, fault),)

    def _read(self, reply: Reply) -> dict[str, Any]:
        if not reply.mapping:
            return dict(reply.record) if not isinstance(reply.record, bytes) else {}
        mapping = self._mapping(reply.mapping)
        record = mapping.read(reply.record) if isinstance(reply.record, bytes) else dict(reply.record)
        return mapping.backward(record).document
