"""The ledger's methods about indicators; see `gateway.ledger.indicators.port` for what each promises."""

from __future__ import annotations

from sqlalchemy import Connection

from gateway.ledger import clock, trail
from gateway.ledger.indicators import count, read
from gateway.ledger.indicators import statements as sql
from gateway.ledger.indicators.horizon import Horizon
from gateway.ledger.indicators.port import Counted, CountingState, Figures, Portion, Wanted
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry, Pending
from gateway.security.seal import KeyRing


class IndicatorPart(LedgerPart):
    """Part of `SqlLedger`."""

    _ring: KeyRing
    _horizon: Horizon

    async def counting_state(self) -> CountingState:
        return await self._read(count.state)

    async def messages_to_count(self, limit: int) -> Portion | None:
        return await self._read(lambda c: count.portion(c, self._ring, self._horizon.look(c), limit))

    async def note_facts(self, counted: Counted, destination: str) -> bool:
        return await self._write(lambda c, _: count.note(c, counted, destination, clock.now()))

    async def settle_facts(self, destination: str, after: str, limit: int) -> str | None:
        ended, following = await self._read(lambda c: count.find_ended(c, destination, after, limit))
        if ended:
            await self._write(lambda c, _: count.look_again(c, ended, destination))
        return following

    async def settled_count(self, destination: str) -> int:
        asked = {"b_destination": destination}
        return int(await self._read(lambda c: c.execute(sql.settled_count, asked).scalar_one()))

    async def recount(self, entry: AuditEntry) -> None:
        def work(connection: Connection, _: list[Pending]) -> None:
            count.begin_anew(connection)
            trail.write_audit(connection, entry, clock.now())

        await self._write(work)

    async def recount_day(self) -> bool:
        # Asked every other second, and hardly ever to be done: who writes would wait for it.
        return await self._read(count.is_recounting) and await self._write(lambda c, _: count.recount_day(c))

    async def indicator_agencies(self, first: str, last: str) -> list[str]:
        return await self._report(lambda c: read.agencies(c, first, last))

    async def indicator_figures(self, wanted: Wanted) -> Figures:
        return await self._report(lambda c: read.figures(c, wanted))
