"""Proof over HTTP: receipts for whoever sent the message, checkpoints, and the audit trail for administrators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import hdrs, web

from gateway.acceptance.codes import moment
from gateway.intake import body
from gateway.intake.gate import caller_of
from gateway.intake.purpose import purpose_of
from gateway.intake.views import bad_query, json_response, known_query, not_found
from gateway.ledger.port import Ledger
from gateway.operations.proof import ProofOperations

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProofViews:
    """Answers the routes about receipts, checkpoints and the audit trail."""

    def __init__(self, ledger: Ledger, operations: ProofOperations) -> None:
        self._ledger = ledger
        self._operations = operations

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {
            "getReceipts": self._receipts,
            "getCheckpoint": self._checkpoint,
            "getGrowth": self._growth,
            "exportAudit": self._export,
        }

    async def _receipts(self, request: web.Request) -> web.Response:
        """Those of a delivery, or of a message. Whose they were goes with the message; that they are gone is told."""
        client = caller_of(request)
        key = request.match_info["id"]
        delivery = await self._ledger.delivery_view(key)
        message = await self._ledger.message_view(delivery["message_id"] if delivery else key)
        if message is not None and not (client.sees_all or message["client"] == client.name):
            raise not_found()
        file = await self._operations.receipt(key)
        if message is None and not client.sees_all:
            raise not_found()
        return _file(file, f"receipt-{key}.ndjson")

    async def _checkpoint(self, _: web.Request) -> web.Response:
        """The signed note, for whoever keeps them to hold us to what the log was."""
        note = await self._ledger.newest_checkpoint()
        if note is None:
            raise not_found()
        return web.Response(text=note, content_type="text/plain", charset="utf-8")

    async def _growth(self, request: web.Request) -> web.Response:
        """That nothing of what an older checkpoint says was rewritten."""
        old = known_query(request, ("from",)).get("from", "")
        if not (old.isascii() and old.isdigit() and len(old) < 16):
            raise bad_query("from", "số mục của điểm kiểm cũ", "the size of the older checkpoint")
        return json_response(await self._operations.growth(int(old)))

    async def _export(self, request: web.Request) -> web.Response:
        client = caller_of(request)
        query = known_query(request, ("since", "until", "purpose"))
        purpose = purpose_of(query)
        since, until = (_moment(query, name) for name in ("since", "until"))
        return _file(await self._operations.audit_export(since, until, client.name, purpose), "audit.ndjson")


def _moment(query: dict[str, str], name: str) -> datetime | None:
    if name not in query:
        return None
    found = moment.parse(query[name])
    if found is None:
        raise bad_query(name, "thời điểm như 2025-03-10T00:00:00+07:00", "a moment like 2025-03-10T00:00:00+07:00")
    return found


def _file(content: bytes, name: str) -> web.Response:
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"', hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=content, content_type=body.NDJSON, headers=headers)
