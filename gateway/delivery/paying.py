"""What must be known of payments before an attempt that opens or documents one begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.contract import OpenPayment, RefusedError
from gateway.acceptance.payments import RECEIPT_REQUESTED, REQUESTED
from gateway.ledger.payments.port import PaymentBegun
from gateway.ledger.port import Ledger
from gateway.message import TYPE_PREFIX, Work


async def payment_context(ledger: Ledger, work: Work, data: Mapping[str, Any]) -> dict[str, str]:
    """What the adapter needs of an earlier attempt: the literal time it went out with.

    Raises `RefusedError` for a dossier that was paid, unless the request says that it is to be paid again; and for the
    receipt of a payment of another dossier, which the sender may have no right to speak for.
    """
    if work.type == TYPE_PREFIX + REQUESTED and not data.get("again"):
        paid = next((one for one in await ledger.payments_of(work.subject) if one.state == "paid"), None)
        if paid is not None:
            raise RefusedError(
                "ALREADY_PAID",
                vi=f"Hồ sơ này đã được thanh toán (mã tham chiếu {paid.reference}); nếu thật sự cần thu thêm, hãy gửi "
                "yêu cầu mới với again: true.",
                en=f"This dossier was paid (reference {paid.reference}); if more is really due, send a new request "
                "with again: true.",
            )
    if work.type == TYPE_PREFIX + RECEIPT_REQUESTED:
        known = await ledger.payment(work.delivery.destination, str(data.get("reference", "")))
        if known is not None and known.subject != work.subject:
            raise RefusedError(
                "PAYMENT_OF_ANOTHER",
                vi="Mã tham chiếu này thuộc lần thanh toán của hồ sơ khác; hãy gửi mã tham chiếu của chính hồ sơ này.",
                en="This reference is of a payment of another dossier; send the reference of this dossier's own.",
            )
        if known is not None and known.transaction_time:
            return {"transaction_time": known.transaction_time}
    return {}


def begun(payment: OpenPayment | None, data: Mapping[str, Any]) -> PaymentBegun | None:
    """The payment an attempt is about to open, as the ledger keeps it."""
    if payment is None:
        return None
    return PaymentBegun(
        payment.reference, payment.transaction_time, payment.amount, payment.currency, again=bool(data.get("again"))
    )
