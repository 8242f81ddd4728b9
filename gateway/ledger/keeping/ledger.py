"""The ledger's methods about keys and shredding; see `gateway.ledger.keeping.port` for what each promises."""

from __future__ import annotations

from datetime import datetime

from gateway.ledger import clock
from gateway.ledger.keeping import removal, work
from gateway.ledger.keeping import statements as sql
from gateway.ledger.keeping.port import Rewrapping
from gateway.ledger.part import LedgerPart
from gateway.ledger.sought.work import needs_search_key
from gateway.security.seek import is_search_key


class KeepingPart(LedgerPart):
    """Part of `SqlLedger`."""

    async def rewrap(self, limit: int) -> bool:
        return await self._write(lambda c, _: work.rewrap(c, self._ring, limit, clock.now()))

    async def rewrappings(self) -> list[Rewrapping]:
        rows = await self._read(lambda c: c.execute(sql.rewrappings).all())
        return [Rewrapping(row.key_id, row.begun_at, row.wrapped, row.ended_at, row.unopened) for row in rows]

    async def key_is_needed(self, key_id: str) -> bool:
        if is_search_key(key_id):
            return await self._report(lambda c: needs_search_key(c, key_id))
        return await self._report(lambda c: c.execute(sql.needs_key, {"b_key": key_id}).first() is not None)

    async def shred(self, before: datetime, limit: int, *, up_to: int | None = None) -> tuple[int, bool]:
        return await self._write(lambda c, _: work.shred(c, before, limit, up_to))

    async def remove(self, before: datetime, limit: int) -> tuple[int, bool]:
        return await self._write(lambda c, _: removal.remove(c, before, limit))
