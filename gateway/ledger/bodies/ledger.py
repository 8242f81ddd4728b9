"""The ledger's method about content; see `gateway.ledger.bodies.port` for what it promises."""

from __future__ import annotations

from gateway.ledger.bodies import read
from gateway.ledger.bodies.port import Content
from gateway.ledger.part import LedgerPart


class BodyPart(LedgerPart):
    """Part of `SqlLedger`."""

    async def content_of(self, message_id: str) -> Content | None:
        return await self._read(lambda c: read.content_of(c, self._ring, message_id))
