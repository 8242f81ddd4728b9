"""What people read of payments: lists, newest first, and the receipt a system gave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, or_, select

from gateway.ledger.payments import statements as sql
from gateway.ledger.payments.port import Payment
from gateway.ledger.payments.tables import payment
from gateway.ledger.shapes import iso
from gateway.message import TYPE_PREFIX
from gateway.security.key_file import SealError
from gateway.security.seal import KeyRing, Sealed

RECEIPT_REQUESTED = TYPE_PREFIX + "payment.receipt_requested.v1"
_SHOWN = (
    "destination", "reference", "subject", "client", "message_id", "amount", "currency", "state", "transaction",
    "refund", "page_known", "told_not_opened",
)  # fmt: skip


def page(connection: Connection, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
    """Payments, newest first. Filters: as `PaymentLedger.payments_page`."""
    query = select(payment).order_by(payment.c.opened_at.desc(), payment.c.reference.desc()).limit(limit + 1)
    for name in ("destination", "reference", "subject", "client", "state"):
        if name in filters:
            query = query.where(payment.c[name] == filters[name])
    if filters.get("refund") == "true":
        query = query.where(payment.c.refund)
    if "since" in filters:
        query = query.where(payment.c.opened_at >= _moment(filters["since"]))
    if "until" in filters:
        query = query.where(payment.c.opened_at < _moment(filters["until"]))
    if cursor is not None:
        at, _, reference = cursor.partition("|")
        opened = _moment(at)
        earlier = and_(payment.c.opened_at == opened, payment.c.reference < reference)
        query = query.where(or_(payment.c.opened_at < opened, earlier))
    rows = connection.execute(query).all()
    shown = rows[:limit]
    more = f"{_exactly(shown[-1].opened_at)}|{shown[-1].reference}" if len(rows) > limit else None
    return {"items": [as_dict(row) for row in shown], "next": more}


def as_dict(row: Any) -> dict[str, Any]:
    """One payment as lists show it."""
    moments = {"opened_at": iso(row.opened_at), "concluded_at": iso(row.concluded_at)}
    return {name: getattr(row, name) for name in _SHOWN} | moments


def receipt(connection: Connection, ring: KeyRing, paid: Payment) -> bytes | None:
    """The PDF a system answered with to a request for this payment's receipt.

    Raises `SealError` when none is found and one that does not open may have been it (`ShreddedError`: its time is
    over).
    """
    unopened: SealError | None = None
    for row in connection.execute(sql.receipts, {"b_subject": paid.subject, "b_type": RECEIPT_REQUESTED}):
        try:
            answer = _answer(ring, row, paid.reference)
        except SealError as exc:
            unopened = exc
            continue
        if answer.startswith(b"%PDF"):
            return answer
    if unopened is not None:
        raise unopened
    return None


def _answer(ring: KeyRing, row: Any, reference: str) -> bytes:
    """What was answered to this request; nothing if it was about another payment. Raises `SealError`."""
    sealed = Sealed(row.key_id, row.wrapped_key, row.body)
    asked = orjson.loads(ring.open(sealed, row.id))
    data = asked if row.body_form == "data" else asked.get("data", {})
    if data.get("reference") != reference:
        return b""
    return ring.open_answer(sealed, row.id, (row.answer_key_id, row.answer), row.delivery_id)


def _exactly(at: datetime) -> str:
    """To the microsecond: a rounded place would skip what stands between it and the true one."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
