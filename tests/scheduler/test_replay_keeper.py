"""Replay jobs carried on by the clock: to their end, in order, and whatever process dies between two calls."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.replays.port import Chosen, NewReplay
from gateway.message import Decision, Delivered
from gateway.scheduler.replays import ReplayKeeper
from gateway.scheduler.staircase import AT_ONCE
from gateway.settings import LedgerSettings
from tests.builders import RING, a_begin, a_delivery, a_message, a_settlement, dead

JOB = "019a0000-0000-7000-8000-00000000000a"
ALL = Chosen(destination="national_portal")


class KilledError(Exception):
    """The process that made this call is no more."""


class Mortal:
    """A ledger whose caller dies at one call, before or after it was committed."""

    def __init__(self, ledger: Ledger, at: int, *, committed: bool) -> None:
        self._ledger, self._at, self._committed = ledger, at, committed
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            if self.calls == self._at and not self._committed:
                raise KilledError
            answer = await getattr(self._ledger, name)(*arguments, **named)
            if self.calls == self._at:
                raise KilledError
            return answer

        return call


@asynccontextmanager
async def a_ledger(folder: Path) -> AsyncIterator[SqlLedger]:
    url = sqlite_url(folder / "ledger.db")
    await migrate(url)
    ledger = SqlLedger(url, RING, LedgerSettings())
    yield ledger
    await ledger.close()


async def a_job(ledger: Ledger, lanes: int, each: int = 1) -> list[str]:
    """A job over so many dossiers, each with so many that died one after the other; the list in order."""
    made = []
    for number in range(lanes):
        for _ in range(each):
            delivery = a_delivery()
            await ledger.accept([a_message(delivery, subject=f"000.00.16.H46-250612-{number:04}")])
            assert await ledger.begin_attempt(a_begin(delivery.id))
            await ledger.settle(a_settlement(delivery.id, dead(), after_dead="continue"))
            made.append(delivery.id)
    digest = (await ledger.plan_replay(ALL)).digest
    entry = AuditEntry("admin", "replay.create", JOB, "thử")
    await ledger.create_replay(NewReplay(JOB, ALL, digest, False, 0.2, 0), entry)
    return made


async def work_off(ledger: Ledger, decide: Callable[[str], Decision]) -> list[str]:
    """Try all that is due, as workers would; what was tried, in that order."""
    tried: list[str] = []
    while True:
        due, _ = await ledger.take_due("national_portal", 500)
        if not due:
            return tried
        for one in due:
            assert await ledger.begin_attempt(a_begin(one.id))
            await ledger.settle(a_settlement(one.id, decide(one.id)))
            tried.append(one.id)


def passing(_: str) -> Decision:
    return Delivered()


async def carry_on(ledger: Ledger, decide: Callable[[str], Decision] = passing) -> dict[str, Any]:
    """Looks and deliveries in turn, until the job does nothing any more."""
    keeper = ReplayKeeper(ledger)
    for _ in range(60):
        await keeper.look(datetime.now(UTC))
        await work_off(ledger, decide)
        job = await ledger.replay_job(JOB)
        assert job
        if job["state"] != "running":
            return job
    raise AssertionError(job)


async def test_it_climbs_to_its_end(tmp_path: Path) -> None:
    async with a_ledger(tmp_path) as ledger:
        await a_job(ledger, 40)
        job = await carry_on(ledger)
        assert (job["state"], [step["size"] for step in job["steps"]]) == ("finished", [1, 5, 20, 14])
        assert not await ReplayKeeper(ledger).look(datetime.now(UTC))


async def test_never_more_than_the_step_is_under_way_nor_than_the_bound(tmp_path: Path) -> None:
    async with a_ledger(tmp_path) as ledger:
        await a_job(ledger, AT_ONCE + 200)
        keeper = ReplayKeeper(ledger)
        open_at_once = []
        for _ in range(9):
            await keeper.look(datetime.now(UTC))
            open_at_once.append((await ledger.balance())["open"])
            await work_off(ledger, passing)
        assert open_at_once[:4] == [1, 5, 20, 100]
        assert max(open_at_once) == AT_ONCE


async def test_each_dossier_is_replayed_in_the_order_of_acceptance(tmp_path: Path) -> None:
    async with a_ledger(tmp_path) as ledger:
        made = await a_job(ledger, 3, each=4)
        tried: list[str] = []

        def noting(delivery_id: str) -> Decision:
            tried.append(delivery_id)
            return Delivered()

        job = await carry_on(ledger, noting)
        assert job["counts"]["passed"] == 12
        items = (await ledger.replay_items(JOB, None, None, 200))["items"]
        place = {item["delivery"]: tried.index(item["new"]) for item in items}
        for lane in range(3):
            places = [place[one] for one in made[4 * lane : 4 * lane + 4]]
            assert places == sorted(places)


async def test_it_stops_by_itself_and_what_was_not_sent_is_as_it_was(tmp_path: Path) -> None:
    async with a_ledger(tmp_path) as ledger:
        await a_job(ledger, 40)
        count = Counter[str]()

        def from_the_tenth_on(_: str) -> Decision:
            count["tried"] += 1
            return dead("HTTP_400") if count["tried"] > 9 else Delivered()

        job = await carry_on(ledger, from_the_tenth_on)
        assert job["state"] == "stopped"
        assert job["verdict"] == {"why": "failures", "failed": 17, "of": 20, "limit": 0.2, "code": "HTTP_400"}
        assert job["counts"]["planned"] == 14
        assert (await ledger.balance())["dead"] == 17 + 14


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after the commit"])
async def test_a_process_that_dies_at_any_call_leaves_a_job_that_another_carries_on(
    tmp_path: Path, *, committed: bool
) -> None:
    """Between replaying one and noting it too: no call does the one without the other."""
    at = 0
    died = True
    while died:
        at += 1
        folder = tmp_path / str(at)
        folder.mkdir()
        async with a_ledger(folder) as ledger:
            made = await a_job(ledger, 4, each=2)
            mortal: Any = Mortal(ledger, at, committed=committed)
            died = await _dies(ReplayKeeper(mortal), ledger)
            job = await carry_on(ledger)
            assert job["counts"]["passed"] == job["total"] == len(made), at
            audit = (await ledger.audit_page(None, 200))["items"]
            replays = Counter(one["target"] for one in audit if one["action"] == "delivery.replay")
            assert replays == dict.fromkeys(made, 1), at
            assert sum(one["action"] == "replay.finish" for one in audit) == 1
            assert (await ledger.balance())["balance"] == 0
    assert at > 15


async def _dies(keeper: ReplayKeeper, ledger: Ledger) -> bool:
    """Whether it died before the job was done."""
    try:
        while await keeper.look(datetime.now(UTC)):
            await work_off(ledger, passing)
    except KilledError:
        return True
    return False


async def test_two_that_both_think_they_lead_do_it_once(tmp_path: Path) -> None:
    async with a_ledger(tmp_path) as ledger:
        made = await a_job(ledger, 8)
        one, other = ReplayKeeper(ledger), ReplayKeeper(ledger)
        for _ in range(6):
            await asyncio.gather(*(keeper.look(datetime.now(UTC)) for keeper in (one, other)))
            await work_off(ledger, passing)
        job = await ledger.replay_job(JOB)
        assert job and (job["state"], job["counts"]["passed"]) == ("finished", len(made))
        page = await ledger.deliveries_page({}, None, 200)
        assert len(page["items"]) == 2 * len(made)
