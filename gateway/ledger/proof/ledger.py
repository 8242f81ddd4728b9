"""The ledger's methods about proof; see `gateway.ledger.proof.port` for what each promises."""

from __future__ import annotations

from datetime import datetime

from gateway.ledger import clock
from gateway.ledger.part import LedgerPart
from gateway.ledger.proof import inspect, read, retiring
from gateway.ledger.proof import statements as sql
from gateway.ledger.proof.append import append
from gateway.ledger.proof.port import Evidence, Growth
from gateway.security.notes import PublicKey, Signer


class ProofPart(LedgerPart):
    """Part of `SqlLedger`."""

    async def chain(self, signer: Signer, limit: int) -> int:
        return await self._write(lambda c, _: append(c, signer, limit, clock.now()))

    async def newest_checkpoint(self) -> str | None:
        row = await self._read(lambda c: c.execute(sql.newest_checkpoint).one_or_none())
        return row.note if row else None

    async def receipts(self, key: str) -> Evidence | None:
        return await self._read(lambda c: read.receipts(c, key))

    async def audit_evidence(self, since: datetime | None, until: datetime | None, limit: int) -> Evidence | None:
        return await self._report(lambda c: read.audit_evidence(c, since, until, limit), whole=True)

    async def growth(self, old: int) -> Growth | None:
        return await self._read(lambda c: read.growth(c, old))

    async def retire(self, before: datetime, limit: int) -> tuple[int, bool]:
        return await self._write(lambda c, _: retiring.retire(c, before, limit, clock.now()))

    async def bound_flaws(self) -> list[str]:
        return await self._report(inspect.bound_flaws, whole=True)

    async def tile_flaws(self, first: int, count: int) -> tuple[list[str], bool]:
        return await self._report(lambda c: inspect.tile_flaws(c, first, count), whole=True)

    async def day_flaws(self, key: PublicKey) -> list[str]:
        return await self._report(lambda c: inspect.day_flaws(c, key), whole=True)

    async def audit_flaws(self, limit: int) -> list[str]:
        return await self._report(lambda c: inspect.audit_flaws(c, limit), whole=True)
