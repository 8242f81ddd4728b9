"""What one process finds closed, the others know; what they tell ends by itself when nobody says it any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from gateway.delivery.breaker import Breaker
from gateway.delivery.closures import Closures
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import AuditEntry
from gateway.ledger.steering.port import NewWindow
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.delivery.way_out import eventually
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


def an_entry(action: str) -> AuditEntry:
    return AuditEntry("admin", action, PORTAL, "Cổng DVCQG báo nâng cấp")


async def test_a_destination_that_is_held_takes_nothing(ledger: SqlLedger) -> None:
    closures = Closures(ledger, {PORTAL}, {})
    assert closures.closed(PORTAL) > 0
    assert closures.standing(PORTAL)[0] == "hold"
    assert closures.closed("payment") == 0


async def test_a_pause_is_heard_by_other_processes_and_known_from_the_start(ledgers: list[SqlLedger]) -> None:
    async with sharing(ledgers[1]) as other:
        await ledgers[0].pause(PORTAL, an_entry("destination.pause"))
        await is_closed(other, True)
        late = Closures(ledgers[1], (), {})
        await late.begin()
        assert late.standing(PORTAL)[0] == other.standing(PORTAL)[0] == "paused"
        await ledgers[0].resume(PORTAL, an_entry("destination.resume"))
        await is_closed(other, False)


async def test_a_pause_stands_before_an_open_breaker_and_neither_hides_the_other_for_good(ledger: SqlLedger) -> None:
    breaker = Breaker(1, 30)
    async with sharing(ledger, breaker) as own:
        breaker.trip("HTTP_503", "Cổng không trả lời.", "No answer.")
        await ledger.pause(PORTAL, an_entry("destination.pause"))

        async def stands(standing: str) -> None:
            async def so() -> bool:
                return own.standing(PORTAL)[0] == standing

            await eventually(so)

        await stands("paused")
        await ledger.resume(PORTAL, an_entry("destination.resume"))
        await stands("breaker_open")
        told = (await ledger.steering())[PORTAL].closed
        assert told and (told.by, told.vi) == ("breaker", "Cổng không trả lời.")
        breaker.close()
        await stands("running")


async def test_a_wish_of_the_target_is_told_as_such(ledgers: list[SqlLedger]) -> None:
    breaker = Breaker(3, 30)
    async with sharing(ledgers[0], breaker) as own, sharing(ledgers[1]) as other:
        breaker.wait_at_least(60, "HTTP_429", "Cổng bảo chờ.", "Asked to wait.")
        await is_closed(other, True)
        assert own.standing(PORTAL)[0] == other.standing(PORTAL)[0] == "told_to_wait"


async def test_announced_maintenance_opens_by_itself_although_the_ledger_is_not_asked(ledger: SqlLedger) -> None:
    closures = Closures(ledger, (), {})
    now = datetime.now(UTC)
    new = NewWindow("w", PORTAL, None, now + timedelta(hours=2))
    await ledger.add_maintenance(new, an_entry("maintenance.add"))
    await closures.begin()
    assert closures.standing(PORTAL) == ("maintenance", pytest.approx(7200, abs=30))
    closures._read_at -= 7300  # two hours later, and nobody has read since
    assert closures.standing(PORTAL) == ("running", 0.0)
