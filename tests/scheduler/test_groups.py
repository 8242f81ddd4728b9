"""The keeper closes what is over, and a ledger that is away for a moment does not end it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.port import AuditEntry
from gateway.scheduler.groups import GroupKeeper
from gateway.settings import LedgerSettings
from tests.builders import RING, a_begin, a_delivery, a_message, a_settlement, dead
from tests.e2e.rig import eventually


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    url = sqlite_url(tmp_path / "ledger.db")
    await migrate(url)
    ledger = SqlLedger(url, RING, LedgerSettings())
    yield ledger
    await ledger.close()


async def a_group_that_is_over(ledger: SqlLedger) -> None:
    delivery = a_delivery()
    await ledger.accept([a_message(delivery)])
    assert await ledger.begin_attempt(a_begin(delivery.id))
    assert await ledger.settle(a_settlement(delivery.id, dead()))
    await ledger.discard(delivery.id, AuditEntry("admin", "delivery.discard", delivery.id, "gửi nhầm"))


async def test_what_is_over_is_closed_after_its_quiet_time_and_not_before(ledger: SqlLedger) -> None:
    await a_group_that_is_over(ledger)
    assert await GroupKeeper(ledger).look() == 0
    assert await GroupKeeper(ledger, quiet=timedelta(0)).look() == 1
    assert await GroupKeeper(ledger, quiet=timedelta(0)).look() == 0


async def test_it_goes_on_when_the_ledger_was_away(ledger: SqlLedger) -> None:
    await a_group_that_is_over(ledger)

    class Away:
        """Not there the first time, and wrong the second."""

        def __init__(self) -> None:
            self.troubles: list[Exception] = [RuntimeError("odd"), LedgerUnavailable("away")]

        async def close_empty_groups(self, quiet: timedelta) -> Sequence[str]:
            if self.troubles:
                raise self.troubles.pop()
            return await ledger.close_empty_groups(quiet)

    away: Any = Away()
    keeping = asyncio.create_task(GroupKeeper(away, every=0.001, quiet=timedelta(0)).run())

    async def closed() -> bool:
        return bool(await ledger.failure_groups("closed"))

    try:
        await eventually(closed)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
