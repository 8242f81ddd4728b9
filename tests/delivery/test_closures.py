"""What one process finds closed, the others know; what they tell ends by itself when nobody says it any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from gateway.delivery.breaker import Breaker
from gateway.delivery.closures import Closures
from gateway.ledger.ledger import SqlLedger
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.delivery.way_out import eventually
from tests.fakes.destination import a_destination
from tests.passing import let_pass

PORTAL = "national_portal"


@pytest.fixture
async def ledgers(postgres_url: str) -> AsyncIterator[list[SqlLedger]]:
    """Two processes' ledgers."""
    opened = [SqlLedger(postgres_url, RING, LedgerSettings()) for _ in range(2)]
    yield opened
    for one in opened:
        await one.close()


@asynccontextmanager
async def sharing(ledger: SqlLedger, breaker: Breaker | None = None) -> AsyncIterator[Closures]:
    closures = Closures(ledger, (), {PORTAL: breaker} if breaker else {})
    task = asyncio.create_task(closures.share())
    try:
        yield closures
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def is_closed(closures: Closures, wanted: bool) -> None:
    async def so() -> bool:
        return (closures.closed(PORTAL) > 0) is wanted

    await eventually(so)


async def test_a_breaker_that_opens_in_one_process_closes_the_destination_for_all_and_opens_it_again(
    ledgers: list[SqlLedger],
) -> None:
    breaker = Breaker(1, 30)
    async with sharing(ledgers[0], breaker) as own, sharing(ledgers[1]) as other:
        assert (own.closed(PORTAL), other.closed(PORTAL)) == (0, 0)
        breaker.trip("HTTP_503")
        await is_closed(other, True)
        assert own.elsewhere(PORTAL) == 0  # what it said itself binds its own breaker only
        breaker.close()
        await is_closed(other, False)


async def test_the_word_of_a_process_that_died_runs_out(ledgers: list[SqlLedger]) -> None:
    breaker = Breaker(1, 30)
    breaker.trip("HTTP_503")
    async with sharing(ledgers[1]) as other:
        async with sharing(ledgers[0], breaker):
            await is_closed(other, True)
        await let_pass(ledgers[1], timedelta(minutes=1))
        await is_closed(other, False)


def test_a_destination_that_is_held_takes_nothing() -> None:
    closures = Closures(None, {PORTAL: a_destination(mode="hold")}, {})  # type: ignore[arg-type]
    assert closures.closed(PORTAL) > 0
