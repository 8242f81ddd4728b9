"""What the ledger promises about payments: known from before the first byte, concluded once whoever says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gateway.message import MessageId

if TYPE_CHECKING:
    from gateway.ledger.port import NewMessage


@dataclass(frozen=True, slots=True)
class PaymentBegun:
    """A payment that an attempt is about to open. Amount in whole currency units; `transaction_time` is a literal."""

    reference: str
    transaction_time: str
    amount: int
    currency: str
    again: bool = False
    """The sender wants it although the dossier was paid before."""


PaymentState = Literal["open", "paid", "failed", "expired", "void"]
PaymentOutcome = Literal["paid", "failed", "expired"]


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to open a payment, as the ledger knows it. Holds no personal data."""

    destination: str
    reference: str
    subject: str
    delivery_id: str | None
    message_id: MessageId
    client: str
    correlation_id: str
    transaction_time: str
    amount: int
    currency: str
    again: bool
    opened_at: datetime
    state: PaymentState
    page_known: bool
    watched: bool
    told_not_opened: bool
    refund: bool
    transaction: str | None
    concluded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a payment ended, and who said so. `amount` and `currency` are compared with what was asked for, where given.

    `messages` tell of it; they are recorded only if this changes what is known.
    """

    destination: str
    reference: str
    outcome: PaymentOutcome
    at: datetime
    told_by: Literal["notification", "query", "reconciliation"]
    amount: int | None = None
    currency: str = ""
    transaction: str = ""
    messages: tuple[NewMessage, ...] = ()
    watch: tuple[str, str] = ("", "")
    """(source, sender's id) of the message that asks about it: there is no more to wait for, so it asks at once."""


Concluded = Literal["recorded", "duplicate", "unknown", "mismatch"]


class PaymentLedger(Protocol):
    """Each method returns after its own commit."""

    async def payment(self, destination: str, reference: str) -> Payment | None:
        """One attempt to open a payment, by its reference."""

    async def payments_of(self, subject: str) -> list[Payment]:
        """Every attempt of one dossier, oldest first."""

    async def payments_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        """`{"items", "next"}`: payments, newest first.

        Filters: destination, reference, subject, client, state, refund, since, until.
        """

    async def receipt_of(self, payment: Payment) -> bytes | None:
        """The receipt of a payment, where a system gave one, unsealed. Raises `SealError` where one does not open."""

    async def unwatched_payments(self, before: datetime, limit: int) -> list[Payment]:
        """Open attempts begun before a moment that nobody asks about yet."""

    async def unopened_payments(self, before: datetime, limit: int) -> list[Payment]:
        """Open attempts begun before a moment whose page address never came, and whose sender has not heard so."""

    async def watch_payment(self, destination: str, reference: str, message: NewMessage) -> bool:
        """Record the message that asks about an open payment; False when somebody did, or it is not open any more."""

    async def tell_not_opened(self, destination: str, reference: str, message: NewMessage) -> bool:
        """Record the message that tells the sender; False when it was told, or is not needed any more."""

    async def record_payment(self, payment: Payment) -> bool:
        """Note a payment that began elsewhere (on the portal); False when the reference is known."""

    async def conclude_payment(self, conclusion: Conclusion) -> Concluded:
        """Believe how a payment ended, once. Whoever says it, and however often, it is one conclusion.

        A first one settles an INIT that was uncertain as taken, records the messages, and flags the payment for refund
        when its dossier was paid before. A failure after a payment changes nothing and is audited.
        """
