"""What national systems tell us by calling: compared with what we know, recorded, and answered in one word.

The call was verified by its adapter; here it meets the ledger. What is not believed is audited and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from adapters.contract import Heard, Outcome, Reply
from gateway.acceptance.payments import REQUESTED, Payments, Told
from gateway.acceptance.replies import Replies, Thread, completed
from gateway.acceptance.routing import Router
from gateway.errors import ConflictError, LedgerUnavailable
from gateway.ledger.port import AuditEntry, Ledger
from gateway.message import TYPE_PREFIX
from gateway.telemetry.spans import around
from mappings import Mapping as DocumentMapping
from mappings import MappingError

log = structlog.get_logger(__name__)

_PAYABLE = "payment/payment.payable.v1"
_PAYABLE_FIELDS = ("dossier_code", "amount", "description", "procedure", "agency", "payer", "beneficiary", "fees")
_CONCLUDED = {
    "recorded": Outcome.RECORDED,
    "duplicate": Outcome.DUPLICATE,
    "unknown": Outcome.UNKNOWN,
    "mismatch": Outcome.MISMATCH,
}

Heeded = tuple[Outcome, Mapping[str, Any] | None]
"""What became of a call, and the record its answer carries."""


class Hearing:
    """Hears verified calls."""

    def __init__(
        self,
        ledger: Ledger,
        replies: Replies,
        router: Router,
        payments: Payments,
        mapping: Callable[[str], DocumentMapping],
    ) -> None:
        """`mapping` gives the one in force by its name."""
        self._ledger = ledger
        self._replies = replies
        self._router = router
        self._payments = payments
        self._mapping = mapping

    async def hear(self, system: str, heard: Heard, at: datetime) -> Heeded:
        """Act on a call; `FAILED` when it cannot be stored or read now, so the system will call again."""
        try:
            match heard.kind:
                case "payment_settled":
                    return await self._payment(system, heard, at), None
                case "payable_asked":
                    return await self._payable(heard)
                case "dossier_filed":
                    return await self._filed(system, heard, at), None
        except LedgerUnavailable as exc:
            log.warning("callback.ledger_unavailable", system=system, operation=heard.operation, error=str(exc))
        except MappingError as exc:
            log.warning("callback.unreadable", system=system, operation=heard.operation, code=exc.code)
            await self._note(system, heard.operation, f"callback.{exc.code.lower()}", {"field": exc.foreign})
        return Outcome.FAILED, None

    async def _payment(self, system: str, heard: Heard, at: datetime) -> Outcome:
        document = self._read(heard.reply)
        told = Told(system, heard.reference, document, "notification", heard.subject)
        outcome = _CONCLUDED[await self._payments.settle(told, at)]
        if outcome is Outcome.UNKNOWN:
            await self._note(system, heard.operation, "payment.unknown", {"reference": heard.reference})
        return outcome

    async def _payable(self, heard: Heard) -> Heeded:
        due = await self._payments.payable(heard.subject)
        if due is not None:
            payment = {name: due[1][name] for name in _PAYABLE_FIELDS if name in due[1]}
            record = self._mapping(_PAYABLE).forward({"state": "due", "payment": payment}).document
            return Outcome.DUE, record
        known = await self._ledger.latest_message(heard.subject, TYPE_PREFIX + REQUESTED) or (
            await self._ledger.latest_message(heard.subject, TYPE_PREFIX + "dossier.recorded.v1")
        )
        return (Outcome.NOTHING_DUE if known else Outcome.UNKNOWN), None

    async def _filed(self, system: str, heard: Heard, at: datetime) -> Outcome:
        document = completed(heard.reply.type, self._read(heard.reply), {}, at)
        agency = document.get("agency")
        code = str(agency.get("code", "")) if isinstance(agency, dict) else ""
        message = self._replies.message(
            Thread(client="", traceparent=around()),
            at,
            heard.reply.type,
            heard.subject,
            heard.event_id,
            document,
            self._router.to_listeners(code),
            source=f"urn:lienthong:{system}",
        )
        try:
            [recorded] = await self._ledger.accept([message])
        except ConflictError:
            return Outcome.DUPLICATE
        if recorded.duplicate:
            return Outcome.DUPLICATE
        log.info(
            "message.accepted",
            message_id=message.id,
            correlation_id=message.correlation_id,
            client=system,
            type=message.type,
            subject=message.subject,
        )
        return Outcome.RECORDED

    def _read(self, reply: Reply) -> dict[str, Any]:
        mapping = self._mapping(reply.mapping)
        record = mapping.read(reply.record) if isinstance(reply.record, bytes) else dict(reply.record)
        return mapping.backward(record).document

    async def _note(self, system: str, operation: str, action: str, details: Mapping[str, Any]) -> None:
        await self._ledger.record_audit(AuditEntry(system, action, operation, "", ok=False, details=details))
