"""Several processes on one PostgreSQL: none takes what is another's, each hears of the others, one clock counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from gateway.ledger import clock
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import AuditEntry
from gateway.message import Waiting
from gateway.settings import LedgerSettings
from tests.builders import RING, a_begin, a_delivery, a_fault, a_message, a_settlement
from tests.contract.ledger_proof import SIGNER
from tests.passing import let_pass
from tests.services.databases import dsn, execute


@pytest.fixture
async def ledgers(postgres_url: str) -> AsyncIterator[list[SqlLedger]]:
    """Two processes' ledgers."""
    opened = [SqlLedger(postgres_url, RING, LedgerSettings()) for _ in range(2)]
    yield opened
    for one in opened:
        await one.close()


async def stored(ledger: SqlLedger, number: int) -> list[str]:
    deliveries = [a_delivery(lane=False) for _ in range(number)]
    await ledger.accept([a_message(one) for one in deliveries])
    return [one.id for one in deliveries]


async def taken(ledger: SqlLedger, limit: int = 100, offer_for: float = 60) -> list[str]:
    return [one.id for one in (await ledger.take_due("national_portal", limit, offer_for=offer_for))[0]]


async def test_what_was_just_committed_is_its_own_process_to_publish_and_then_anybodys(
    ledgers: list[SqlLedger],
) -> None:
    mine, other = ledgers
    ids = await stored(mine, 3)
    assert await taken(other) == []
    await let_pass(mine, timedelta(seconds=3))
    assert await taken(other) == ids


async def test_two_who_sweep_at_the_same_time_never_take_the_same(ledgers: list[SqlLedger]) -> None:
    ids = await stored(ledgers[0], 200)
    await let_pass(ledgers[0], timedelta(seconds=3))
    rounds = await asyncio.gather(*(taken(ledgers[number % 2], 20) for number in range(12)))
    found = [one for some in rounds for one in some]
    while some := await taken(ledgers[0], 20):  # those that met only rows that others were just taking
        found += some
    assert sorted(found) == sorted(ids)


async def test_what_is_offered_is_left_alone_and_comes_back_when_it_got_lost(ledgers: list[SqlLedger]) -> None:
    mine, other = ledgers
    ids = await stored(mine, 2)
    await let_pass(mine, timedelta(seconds=3))
    assert await taken(mine, offer_for=60) == ids
    assert await taken(other) == []
    await let_pass(mine, timedelta(seconds=61))
    assert await taken(other) == ids


async def test_what_is_withdrawn_may_be_offered_at_once(ledgers: list[SqlLedger]) -> None:
    mine, other = ledgers
    first, second = await stored(mine, 2)
    await mine.withdraw([second])
    assert await taken(other) == [second]
    await other.withdraw([first, second])
    assert await taken(mine) == [first, second]


async def test_a_retry_is_nobodys_until_it_is_due(ledgers: list[SqlLedger]) -> None:
    mine, other = ledgers
    [one] = await stored(mine, 1)
    assert await mine.begin_attempt(a_begin(one))
    await mine.settle(a_settlement(one, Waiting(datetime.now(UTC) + timedelta(minutes=5), a_fault())))
    due, next_in = await other.take_due("national_portal", 10, offer_for=60)
    assert (due, next_in) == ([], pytest.approx(300, abs=10))
    await let_pass(mine, timedelta(minutes=5))
    assert await taken(other) == [one]
    [work] = await mine.read_pack([one])
    assert work.delivery.tries == 1


async def test_an_attempt_begins_in_one_process_only(ledgers: list[SqlLedger]) -> None:
    [one] = await stored(ledgers[0], 1)
    begun = await asyncio.gather(*(ledgers[number % 2].begin_attempt(a_begin(one)) for number in range(10)))
    assert begun.count(True) == 1


async def test_starting_beside_others_abandons_nothing_of_theirs(ledgers: list[SqlLedger]) -> None:
    mine, other = ledgers
    [one] = await stored(mine, 1)
    assert await mine.begin_attempt(a_begin(one))
    assert await other.abandoned(at_start=True) == []


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)], ids=["ahead", "behind"])
async def test_a_process_whose_clock_has_jumped_changes_nothing(
    ledgers: list[SqlLedger], jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumped, right = ledgers
    first, second = await stored(right, 2)
    wrong = datetime.now(UTC) + jump
    monkeypatch.setattr(clock, "now", lambda: wrong)
    monkeypatch.setattr("gateway.ledger.ledger._now", lambda: wrong)
    late = [one.id for one in await _recorded(jumped, accepted_at=wrong)]
    assert await jumped.hold_lease("scheduler", "jumped", 60)
    assert not await right.hold_lease("scheduler", "right", 60)
    for one in (first, second):
        assert await jumped.begin_attempt(a_begin(one)._replace(started_at=wrong))
    assert await right.abandoned() == await jumped.abandoned() == []
    waiting = Waiting(wrong + timedelta(minutes=5), a_fault())
    assert await jumped.settle(a_settlement(first, waiting, at=wrong))
    due, next_in = await jumped.take_due("national_portal", 10, offer_for=1)
    assert (due, next_in) == ([], pytest.approx(300, abs=10))
    await let_pass(right, timedelta(seconds=61))
    assert [one.delivery_id for one in await jumped.abandoned()] == [second]
    assert await taken(right) == late
    assert await right.hold_lease("scheduler", "right", 60)


async def _recorded(ledger: SqlLedger, **changes: Any) -> list[Any]:
    delivery = a_delivery(lane=False)
    await ledger.accept([a_message(delivery, **changes)])
    return [delivery]


class Heard:
    """News as it comes in, to be waited for."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.news: list[tuple[str, str]] = []
        self._came = asyncio.Event()
        ledger.on_news(self)

    def __call__(self, kind: str, word: str) -> None:
        self.news.append((kind, word))
        self._came.set()

    async def until(self, number: int) -> list[tuple[str, str]]:
        async with asyncio.timeout(20):
            while len(self.news) < number:
                self._came.clear()
                await self._came.wait()
        return self.news


async def test_what_one_process_commits_the_others_hear_of_and_it_itself_once(ledgers: list[SqlLedger]) -> None:
    mine, other = ledgers
    await other.listening()
    heard, own = Heard(other), Heard(mine)
    replied: list[str] = []
    other.on_reply(replied.append)
    messages = [a_message(a_delivery(lane=False)) for _ in range(200)]
    await mine.accept(messages)
    await asyncio.gather(*(mine.begin_attempt(a_begin(one.deliveries[0].id)) for one in messages))
    await asyncio.gather(*(mine.settle(_answered(one)) for one in messages))
    await mine.tell_destination("payment", 60, "LOGIN")
    expected = [("replied", one.id) for one in messages] + [("destination", "payment")]
    assert sorted(await heard.until(201)) == sorted(expected)
    assert sorted(own.news) == sorted(expected)
    assert sorted(replied) == sorted(one.id for one in messages)


def _answered(message: Any) -> Any:
    stored_only = a_delivery(destination="onestop/onestop", lane=False, stored_only=True)
    reply = a_message(stored_only, causation_id=message.id)
    return a_settlement(message.deliveries[0].id, replies=(reply,))


async def test_whoever_lost_its_connection_for_news_listens_again(ledgers: list[SqlLedger], postgres_url: str) -> None:
    mine, other = ledgers
    await other.listening()
    heard = Heard(other)
    listening = "query LIKE 'LISTEN%' AND datname = current_database()"
    await execute(postgres_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {listening}")
    async with asyncio.timeout(30):
        while not heard.news:
            await mine.tell_destination("payment", 60, "LOGIN")
            await asyncio.wait([asyncio.create_task(heard.until(1))], timeout=0.1)
    assert heard.news[0] == ("destination", "payment")


async def test_two_that_remove_texts_of_the_log_while_a_third_chains_take_each_once(ledgers: list[SqlLedger]) -> None:
    first, second = ledgers
    for number in range(20):
        await first.record_audit(AuditEntry("admin", f"action-{number}", "x", "thử"))
    await first.chain(SIGNER, 100)
    later = datetime.now(UTC) + timedelta(days=2)
    turns = (first.retire(later, 10), second.retire(later, 10), first.chain(SIGNER, 100), second.chain(SIGNER, 100))
    one, other, *_ = await asyncio.gather(*turns)
    assert one[0] + other[0] == 20
    while await first.chain(SIGNER, 100):
        pass
    assert [*await first.audit_flaws(100), *(await first.tile_flaws(0, 1))[0], *await first.bound_flaws()] == []


async def test_an_attempt_begins_while_another_commit_waits_for_its_lane(
    ledgers: list[SqlLedger], postgres_url: str
) -> None:
    mine, _ = ledgers
    there = a_delivery()
    await mine.accept([a_message(there)])
    other = await asyncpg.connect(dsn(postgres_url))
    try:
        async with other.transaction(), asyncio.timeout(10):
            await other.execute("SELECT id FROM lane FOR UPDATE")
            waiting = asyncio.create_task(mine.accept([a_message(a_delivery())]))
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.002)
            assert await mine.begin_attempt(a_begin(there.id)) is True
            assert not waiting.done()
        await waiting
    finally:
        await other.close()
