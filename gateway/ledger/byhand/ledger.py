"""The ledger's methods for what is done by hand."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from gateway.ledger import stored
from gateway.ledger.byhand import operate
from gateway.ledger.clock import now as _now
from gateway.ledger.fresh import FreshWork
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry, NewMessage, StoredMessage
from gateway.ledger.tables import delivery, message
from gateway.message import DeliveryId, DeliveryState
from gateway.security.seal import KeyRing


class ByHandPart(LedgerPart):
    """Part of `SqlLedger`; see `gateway.ledger.byhand.port` for what each method promises."""

    _ring: KeyRing
    _fresh: FreshWork

    async def supersede(
        self, delivery_id: DeliveryId, entry: AuditEntry, by: DeliveryId | None = None
    ) -> DeliveryState:
        self._fresh.forget(delivery_id)
        return await self._operate(
            entry, lambda c, pending: operate.supersede(c, delivery_id, entry, _now(), pending, by)
        )

    async def skip(self, delivery_id: DeliveryId, entry: AuditEntry) -> DeliveryState:
        return await self._operate(entry, lambda c, pending: operate.skip(c, delivery_id, entry, _now(), pending))

    async def hurry(self, delivery_id: DeliveryId, entry: AuditEntry) -> None:
        await self._operate(entry, lambda c, pending: operate.hurry(c, delivery_id, entry, _now(), pending))

    async def edit(self, delivery_id: DeliveryId, message: NewMessage, entry: AuditEntry) -> None:
        await self._operate(entry, lambda c, pending: operate.edit(c, delivery_id, message, entry, _now(), pending))

    async def message_of(self, delivery_id: DeliveryId) -> StoredMessage | None:
        query = (
            select(*stored.COLUMNS)
            .join(delivery, delivery.c.message_id == message.c.id)
            .where(delivery.c.id == bindparam("b_id"))
        )
        row = await self._read(lambda c: c.execute(query, {"b_id": delivery_id}).one_or_none())
        return stored.as_stored(self._ring, row) if row is not None else None
