"""The ledger's methods about doubts."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.ledger.clock import now as _now
from gateway.ledger.doubts import keep
from gateway.ledger.doubts.port import Asked
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry, Settlement, Unproven
from gateway.message import DeliveryId


class DoubtPart(LedgerPart):
    """Part of `SqlLedger`; see `gateway.ledger.doubts.port` for what each method promises."""

    async def unproven(self, limit: int, after: str = "", due_by: datetime | None = None) -> list[Unproven]:
        by = due_by or datetime.now(UTC)
        return await self._read(lambda c: keep.unproven(c, limit, after, by))

    async def uncertain(self, delivery_id: DeliveryId) -> Unproven | None:
        return await self._read(lambda c: keep.uncertain(c, delivery_id))

    async def note_asked(self, asked: Asked) -> None:
        await self._write(lambda c, _: keep.note_asked(c, asked))

    async def decide(self, settlement: Settlement, entry: AuditEntry) -> None:
        await self._operate(entry, lambda c, pending: keep.decide(c, settlement, entry, _now(), pending))
