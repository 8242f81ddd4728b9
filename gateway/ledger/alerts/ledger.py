"""The ledger's methods for the watch: reads first, so that a look that finds nothing new writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.ledger.alerts import lists, memory
from gateway.ledger.alerts import statements as sql
from gateway.ledger.alerts.observe import compare, observe
from gateway.ledger.alerts.port import AlertChange, BacklogSample, Notice, Observed, SourceHeard, Told, Unclear
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import Pending


class AlertPart(LedgerPart):
    """Part of `SqlLedger`; see `gateway.ledger.alerts.port` for what each method promises."""

    async def observe(self, observed: Observed) -> list[AlertChange]:
        rows = await self._read(lambda c: c.execute(sql.open_alerts).all())
        return await self._write(lambda c, _: observe(c, observed)) if compare(rows, observed) else []

    async def alerts_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: lists.page(c, filters, cursor, limit))

    async def take_notices(self, channel: str, limit: int, now: datetime, hold: timedelta) -> list[Notice]:
        asked = {"b_channel": channel, "b_now": now}
        if await self._read(lambda c: c.execute(sql.any_due, asked).first()) is None:
            return []
        return await self._write(lambda c, _: _take(c, asked | {"b_limit": limit}, now + hold))

    async def settle_notice(self, notice: Notice, told: Told) -> None:
        state = "sent" if not told.error else "due" if told.again_at else "given_up"
        values = {
            "b_id": notice.alert_id, "b_event": notice.event, "b_channel": notice.channel, "n_state": state,
            "n_due": told.again_at or told.at, "n_sent": told.at if state == "sent" else None,
            "n_error": told.error or None,
        }  # fmt: skip

        def work(connection: Connection, _: list[Pending]) -> None:
            connection.execute(sql.settle_notice, values)

        await self._write(work)

    async def watch_marks(self) -> dict[str, datetime]:
        return await self._read(lambda c: {row.name: row.at for row in c.execute(sql.marks)})

    async def note_marks(self, put: Mapping[str, datetime], drop: Collection[str] = ()) -> None:
        if put or drop:
            await self._write(lambda c, _: memory.note_marks(c, put, drop))

    async def hear_sources(self, now: datetime) -> None:
        rows = await self._report(lambda c: memory.who_spoke(c, now))
        await self._write(lambda c, _: memory.note_heard(c, rows, now))

    async def sources_heard(self, since: datetime) -> list[SourceHeard]:
        rows = await self._read(lambda c: c.execute(sql.heard, {"b_since": since}).all())
        return [SourceHeard(row.source, row.client, row.last_at) for row in rows]

    async def unclear(self) -> list[Unclear]:
        rows = await self._read(lambda c: c.execute(sql.unclear).all())
        return [Unclear(row.destination, row.number, row.since) for row in rows]

    async def sample_backlog(self, now: datetime, keep: timedelta) -> None:
        found = await self._read(memory.backlog_now)
        if found:
            await self._write(lambda c, _: memory.note_backlog(c, found, now, keep))

    async def backlog_samples(self, since: datetime) -> list[BacklogSample]:
        rows = await self._read(lambda c: c.execute(sql.samples, {"b_since": since}).all())
        return [BacklogSample(row.destination, row.at, row.open, row.ended) for row in rows]


def _take(connection: Connection, asked: Mapping[str, Any], due: datetime) -> list[Notice]:
    taken = []
    for row in connection.execute(sql.due_notices, asked).all():
        this = {"b_id": row.id, "b_event": row.event, "b_channel": row.channel}
        connection.execute(sql.take_notice, this | {"n_due": due})
        taken.append(
            Notice(
                row.id, row.event, row.channel, row.tries + 1, row.created_at, row.kind, row.key, row.destination,
                row.opened_at, row.closed_at, row.vi, row.en, row.details or {},
            )
        )  # fmt: skip
    return taken
