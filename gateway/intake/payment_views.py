"""Payments over HTTP: lists, one payment, and its receipt; clients see their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import hdrs, web

from gateway.acceptance.canonical import tidy_code
from gateway.acceptance.codes import moment
from gateway.intake.gate import caller_of
from gateway.intake.purpose import purpose_of
from gateway.intake.views import DEFAULT_LIMIT, MOST_ITEMS, bad_query, json_response, known_query, not_found
from gateway.ledger.payments.port import Payment
from gateway.ledger.port import AuditEntry, Ledger
from gateway.message import Client

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

FILTERS = ("subject", "state", "refund", "since", "until")
_STATES = ("open", "paid", "failed", "expired", "void")
_DESTINATION = "payment"


class PaymentViews:
    """Answers every route under `/v1/payments`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {"listPayments": self._list, "getPayment": self._one, "getReceipt": self._receipt}

    async def _list(self, request: web.Request) -> web.Response:
        client = caller_of(request)
        filters = known_query(request, (*FILTERS, "cursor", "limit"))
        cursor, limit = filters.pop("cursor", None), filters.pop("limit", str(DEFAULT_LIMIT))
        _refuse_wrong(filters, cursor, limit)
        if "subject" in filters:
            filters["subject"] = tidy_code(filters["subject"])
        own = filters if client.sees_all else {**filters, "client": client.name}
        return json_response(await self._ledger.payments_page(own, cursor, int(limit)))

    async def _one(self, request: web.Request) -> web.Response:
        _, payment = await self._found(request)
        page = await self._ledger.payments_page(
            {"destination": payment.destination, "reference": payment.reference}, None, 1
        )
        return json_response(page["items"][0])

    async def _receipt(self, request: web.Request) -> web.Response:
        """The PDF; who looked is audited, for it names the payer. A system has no purpose of its own to tell."""
        client, payment = await self._found(request)
        query = known_query(request, ("purpose",))
        purpose = purpose_of(query) if client.sees_all or "purpose" in query else ""
        pdf = await self._ledger.receipt_of(payment)
        if pdf is None:
            raise not_found()
        await self._ledger.record_audit(
            AuditEntry(
                client.name,
                "payment.receipt_read",
                f"{payment.destination} {payment.reference}",
                purpose,
                about=(payment.message_id,),
            )
        )
        name = f'attachment; filename="{payment.reference}.pdf"'
        headers = {hdrs.CONTENT_DISPOSITION: name, hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(body=pdf, content_type="application/pdf", headers=headers)

    async def _found(self, request: web.Request) -> tuple[Client, Payment]:
        client = caller_of(request)
        payment = await self._ledger.payment(_DESTINATION, request.match_info["reference"])
        if payment is None or not (client.sees_all or client.name == payment.client):
            raise not_found()
        return client, payment


def _refuse_wrong(filters: dict[str, Any], cursor: str | None, limit: str) -> None:
    """Raises `IntakeError` 422 for a parameter that does not say anything."""
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MOST_ITEMS):
        raise bad_query("limit", f"số từ 1 đến {MOST_ITEMS}", f"a number from 1 to {MOST_ITEMS}")
    if filters.get("state", "open") not in _STATES:
        raise bad_query("state", f"một trong: {', '.join(_STATES)}", f"one of: {', '.join(_STATES)}")
    if filters.get("refund", "true") != "true":
        raise bad_query("refund", "true", "true")
    if cursor is not None and moment.parse(cursor.partition("|")[0]) is None:
        raise bad_query("cursor", "giá trị next của trang trước", "the `next` of the page before")
    for name in ("since", "until"):
        if name in filters and moment.parse(filters[name]) is None:
            raise bad_query(name, "thời điểm như 2025-03-10T00:00:00+07:00", "a moment like 2025-03-10T00:00:00+07:00")
