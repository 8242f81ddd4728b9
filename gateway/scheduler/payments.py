"""Payments that need something by the clock: each open one is asked about; whose page got lost, the sender hears so.

Both follow from the ledger's own rows, so a process killed at any moment leaves nothing unwatched.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

from gateway.acceptance.payments import watch_id
from gateway.acceptance.replies import Replies, moment, payment_thread
from gateway.errors import LedgerUnavailable
from gateway.ledger.payments.port import Payment
from gateway.ledger.port import Ledger, NewMessage
from gateway.settings import PaymentSettings

log = structlog.get_logger(__name__)

WATCH = "payment.watch_requested.v1"
NOT_OPENED = "payment.not_opened.v1"
_EVERY = 1.0
_AT_ONCE = 200


class PaymentKeeper:
    """Looks after open payments until cancelled."""

    def __init__(self, ledger: Ledger, replies: Replies, settings: PaymentSettings, every: float = _EVERY) -> None:
        """`every`: seconds between two looks."""
        self._ledger = ledger
        self._replies = replies
        self._settings = settings
        self._every = min(every, settings.watch_after.total_seconds() or every)

    async def run(self) -> None:
        """A look now and then; one that fails is made again."""
        while True:
            try:
                await self.look(datetime.now(UTC))
            except LedgerUnavailable as exc:
                log.warning("payments.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("payments.failed")
            await asyncio.sleep(self._every)

    async def look(self, now: datetime) -> None:
        """Everything due at `now`."""
        for payment in await self._ledger.unwatched_payments(now - self._settings.watch_after, _AT_ONCE):
            await self._ledger.watch_payment(payment.destination, payment.reference, self._asking(payment, now))
        for payment in await self._ledger.unopened_payments(now - self._settings.open_grace, _AT_ONCE):
            if await self._ledger.tell_not_opened(payment.destination, payment.reference, self._telling(payment, now)):
                log.info(
                    "payment.not_opened",
                    message_id=payment.message_id,
                    correlation_id=payment.correlation_id,
                    subject=payment.subject,
                    reference=payment.reference,
                )

    def _asking(self, payment: Payment, now: datetime) -> NewMessage:
        data = {
            "dossier_code": payment.subject,
            "reference": payment.reference,
            "transaction_time": payment.transaction_time,
        }
        key = watch_id(payment.destination, payment.reference)
        return self._replies.request(payment_thread(payment), now, WATCH, payment.subject, key, data)

    def _telling(self, payment: Payment, now: datetime) -> NewMessage:
        error = {
            "code": "PAGE_ADDRESS_LOST",
            "vi": "Không nhận được địa chỉ trang thanh toán. Hãy gửi yêu cầu mới (id mới) nếu cần; lần cũ vẫn được "
            "theo dõi, nếu người dân đã trả theo lần cũ thì trục sẽ báo.",
            "en": "The address of the payment page never came. Send a new request (with a new id) if needed; the old "
            "attempt stays watched, and if it is paid you will be told.",
        }
        data = {"dossier_code": payment.subject, "reference": payment.reference, "error": error, "at": moment(now)}
        key = f"{payment.destination}/{payment.reference}/not_opened"
        return self._replies.to_client(payment_thread(payment), now, NOT_OPENED, payment.subject, key, data)
