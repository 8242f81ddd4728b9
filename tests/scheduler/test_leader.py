"""Of several processes one does what is done by the clock, and another takes over when it stops or stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from gateway.ledger.ledger import SqlLedger
from gateway.scheduler.leader import Leader
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.delivery.way_out import eventually
from tests.passing import let_pass


@pytest.fixture
async def ledger(postgres_url: str) -> AsyncIterator[SqlLedger]:
    ledger = SqlLedger(postgres_url, RING, LedgerSettings())
    yield ledger
    await ledger.close()


class Candidate:
    """A process that would lead."""

    def __init__(self, ledger: Any, name: str, seconds: float) -> None:
        self.leads = False
        self.stopped = asyncio.Event()
        self.leader = Leader(ledger, "scheduler", name, self._work, seconds)

    async def _work(self) -> None:
        self.leads = True
        try:
            await asyncio.Event().wait()
        finally:
            self.leads = False
            self.stopped.set()


@asynccontextmanager
async def standing(ledger: Any, name: str, seconds: float = 0.3) -> AsyncIterator[Candidate]:
    candidate = Candidate(ledger, name, seconds)
    task = asyncio.create_task(candidate.leader.run())
    try:
        yield candidate
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def leads(candidate: Candidate) -> None:
    async def it_does() -> bool:
        return candidate.leads

    await eventually(it_does)


async def test_one_leads_and_the_next_takes_over_when_it_leaves(ledger: SqlLedger) -> None:
    async with standing(ledger, "second") as second:
        await leads(second)
        async with standing(ledger, "first") as first:
            await asyncio.sleep(0.5)  # several chances to take what is held
            assert (first.leads, second.leads) == (False, True)
    async with standing(ledger, "third") as third:
        await leads(third)


async def test_one_whose_lease_another_took_works_no_more(ledger: SqlLedger) -> None:
    async with standing(ledger, "frozen", 0.6) as frozen:
        await leads(frozen)
        await let_pass(ledger, timedelta(hours=1))
        assert await ledger.hold_lease("scheduler", "another", 60)

        async def gave_up() -> bool:
            return not frozen.leads

        await eventually(gave_up)


async def test_whoever_leaves_gives_the_lease_back_at_once(ledger: SqlLedger) -> None:
    async with standing(ledger, "first", 60) as first:
        await leads(first)
    assert await ledger.hold_lease("scheduler", "next", 1)


class Hanging:
    """A ledger that from now on takes a renewal and never answers, as over a connection that went silent."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger = ledger
        self.hangs = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def hold_lease(self, name: str, holder: str, seconds: float) -> bool:
        if self.hangs:
            await asyncio.Event().wait()
        return await self._ledger.hold_lease(name, holder, seconds)


async def test_one_whose_renewal_hangs_works_no_longer_than_its_lease(ledger: SqlLedger) -> None:
    hanging = Hanging(ledger)
    async with standing(hanging, "silent") as silent:
        await leads(silent)
        hanging.hangs = True
        async with asyncio.timeout(30):
            await silent.stopped.wait()
        hanging.hangs = False
