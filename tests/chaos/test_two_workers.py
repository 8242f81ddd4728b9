"""Two worker processes: the one that works off a queue is killed or frozen, and the other goes on with it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest

from tests.chaos.books import appoint_notary, books_of
from tests.chaos.campaign import not_ended
from tests.chaos.judge import Evidence, judge
from tests.chaos.nemesis import Done
from tests.chaos.programs import Program
from tests.chaos.senders import Senders, pay_for_ever, pay_the_rest
from tests.chaos.settings import LEASE
from tests.chaos.site import Site, production
from tests.e2e.rig import eventually

pytestmark = pytest.mark.timeout(400)

KILLED_GOES_ON, FROZEN_GOES_ON = 5.0, 20.0
"""Seconds within which lanes that were not in flight go on."""
_WORKERS = ("worker-1", "worker-2")


@dataclass
class Watch:
    """An installation under steady load, and what was done to it."""

    site: Site
    senders: Senders
    sending: asyncio.Task[None]
    faults: list[Done] = field(default_factory=list)

    async def active(self) -> Program:
        """The worker that makes the attempts."""
        before = {name: await attempts(self.site, name) for name in _WORKERS}

        async def one_moves() -> bool:
            return any([await attempts(self.site, name) > before[name] for name in _WORKERS])

        await eventually(one_moves, 60)
        name = max([(await attempts(self.site, name) - before[name], name) for name in _WORKERS])[1]
        return self.site.roles[name]

    async def in_flight(self) -> set[str]:
        """Dossiers with a call under way."""
        rows = await self.site.rows("SELECT subject FROM delivery WHERE state = 'delivering'")
        return {str(subject) for (subject,) in rows}

    async def goes_on(self, at: float, in_flight: set[str], within: float) -> None:
        """Every dossier that was owed something at `at` and had no call under way gets an effect in time."""
        await asyncio.sleep(1)
        owed = {
            key.rpartition("/")[0]
            for key, answered in self.senders.log.answered_at.items()
            if at - 1 <= answered <= at + 1 and key not in self.senders.log.payments
        } - in_flight
        assert owed, "the load was too light to show anything"

        async def all_went_on() -> bool:
            return owed <= {one.key for one in self.site.portal.effects() if _seconds(one.received_at) > at}

        await eventually(all_went_on, max(0.1, at + within * _slowness() - time.time()))

    async def ends_well(self) -> None:
        """Nothing is lost, reordered or doubled when all has ended."""
        self.senders.enough.set()
        async with asyncio.timeout(90):
            await self.sending
            while await not_ended(self.site, self.senders):
                await pay_the_rest(self.site)
                await asyncio.sleep(0.3)
        evidence = Evidence(
            self.senders.log,
            self.site.portal.effects(),
            self.site.payment.effects(),
            await books_of(self.site),
            self.faults,
        )
        assert judge(evidence) == []
        assert sum(effect.kind == "init" for effect in evidence.payment) > 0


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watch]:
    async with production(folder) as site:
        await appoint_notary(site)
        senders = Senders(site, 7, at_once=30, rate=40)
        sending, paying = asyncio.create_task(senders.run()), asyncio.create_task(pay_for_ever(site, 7))
        try:
            yield Watch(site, senders, sending)
        finally:
            for task in (sending, paying):
                task.cancel()
            await asyncio.gather(sending, paying, return_exceptions=True)


async def attempts(site: Site, name: str) -> float:
    """How many attempts one process has made, by its metrics."""
    address = site.roles[name].environment["LIENTHONG_HTTP__PORT"]
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{address}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("lienthong_attempts_total{"))


async def test_when_the_active_worker_is_killed_the_other_goes_on_within_five_seconds(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        active = await watch.active()
        await watch.site.payment.upset("latency", 20, seconds=1.0, on="INIT")
        at = time.time()
        await active.kill()
        watch.faults.append(Done("kill -9 worker", "", at, at + LEASE))
        await watch.goes_on(at, await watch.in_flight(), KILLED_GOES_ON)
        await watch.ends_well()


async def test_when_the_active_worker_freezes_the_other_goes_on_and_nothing_is_doubled_when_it_wakes(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as watch:
        active = await watch.active()
        await watch.site.payment.upset("latency", 20, seconds=1.0, on="INIT")
        at = time.time()
        active.freeze()
        try:
            await watch.goes_on(at, await watch.in_flight(), FROZEN_GOES_ON)
            await asyncio.sleep(max(0.0, at + LEASE + 20 - time.time()))  # in-flight lanes follow after their lease
            assert not {subject for subject in await watch.in_flight() if await _held_since(watch.site, subject, at)}
        finally:
            active.thaw()
        watch.faults.append(Done("worker frozen", "", at, time.time()))
        await asyncio.sleep(2)
        await watch.ends_well()


async def _held_since(site: Site, subject: str, at: float) -> bool:
    rows = await site.rows(
        f"SELECT 1 FROM delivery WHERE subject = '{subject}' AND state = 'delivering' AND changed_at < '{_moment(at)}'"
    )
    return bool(rows)


def _slowness() -> float:
    """How much longer everything takes where more processes want to run than there are cores for."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime(seconds))
