"""Relays of several processes on one PostgreSQL: each publishes what it committed, one that sweeps finds the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from gateway.broker.inprocess import InProcessBroker
from gateway.broker.port import Pack
from gateway.errors import BrokerUnavailable
from gateway.ledger.ledger import SqlLedger
from gateway.message import DeliveryId
from gateway.relay import Relay
from gateway.settings import LedgerSettings
from tests.builders import RING, a_delivery, a_message
from tests.delivery.way_out import eventually
from tests.fakes.destination import a_destination
from tests.passing import let_pass

PORTAL = "national_portal"


class Queue(InProcessBroker):
    """A broker whose packs wait until a test takes them; it can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.packs: list[Pack] = []
        self.waiting_now: list[Pack] = []
        self.away = False

    async def publish(self, destination: str, ids: Sequence[DeliveryId], partition: int = 0) -> None:
        if self.away:
            raise BrokerUnavailable("away")
        pack = Pack(destination, tuple(ids), partition)
        self.packs.append(pack)
        self.waiting_now.append(pack)

    async def waiting(self, destination: str, partition: int = 0) -> int:
        if self.away:
            raise BrokerUnavailable("away")
        return sum(pack.partition == partition for pack in self.waiting_now)

    @property
    def ids(self) -> list[str]:
        return [one for pack in self.packs for one in pack.ids]


@asynccontextmanager
async def relaying(ledger: SqlLedger, broker: Queue, *, sweeps: bool, **destination: int) -> AsyncIterator[Relay]:
    settings = {PORTAL: a_destination(**destination)}
    relay = Relay(ledger, broker, settings, sweep_every=0.05, sweeps=sweeps, shared=True)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def ledgers(postgres_url: str) -> AsyncIterator[list[SqlLedger]]:
    """Two processes' ledgers."""
    opened = [SqlLedger(postgres_url, RING, LedgerSettings()) for _ in range(2)]
    yield opened
    for one in opened:
        await one.close()


async def accept(ledger: SqlLedger, count: int, first: int = 1) -> list[str]:
    """Record one delivery each for as many dossiers, numbered from `first`."""
    deliveries = [a_delivery() for _ in range(count)]
    numbered = enumerate(deliveries, first)
    await ledger.accept([a_message(one, subject=f"000.00.16.H46-250612-{n:04}") for n, one in numbered])
    return [one.id for one in deliveries]


async def published(broker: Queue, count: int) -> None:
    async def enough() -> bool:
        return len(broker.ids) >= count

    await eventually(enough)


async def test_each_process_publishes_what_it_committed_and_nobody_publishes_it_again(ledgers: list[SqlLedger]) -> None:
    broker = Queue()
    async with relaying(ledgers[0], broker, sweeps=False), relaying(ledgers[1], broker, sweeps=True):
        ids = await accept(ledgers[0], 5)
        await published(broker, 5)
        more = await accept(ledgers[1], 1, first=6)
        await published(broker, 6)  # the sweeping one has looked into the outbox meanwhile
    assert sorted(broker.ids) == sorted(ids + more)


async def test_what_a_process_committed_and_did_not_live_to_publish_is_found_by_one_that_sweeps(
    ledgers: list[SqlLedger],
) -> None:
    broker = Queue()
    ids = await accept(ledgers[0], 3)  # no relay hears of them
    async with relaying(ledgers[1], broker, sweeps=True):
        await let_pass(ledgers[1], timedelta(seconds=3))
        await published(broker, 3)
    assert sorted(broker.ids) == sorted(ids)


async def test_a_queue_that_nobody_works_off_gets_a_window_of_packs_and_no_more(ledgers: list[SqlLedger]) -> None:
    broker = Queue()
    async with relaying(ledgers[0], broker, sweeps=True, concurrency=1, pack_size=5):  # two packs
        ids = await accept(ledgers[0], 40)
        await published(broker, 10)
        assert len(broker.packs) == 2
        while len(set(broker.ids)) < 40:
            broker.waiting_now.clear()
            await let_pass(ledgers[0], timedelta(seconds=3))
            before = len(broker.packs)

            async def more(before: int = before) -> bool:
                return len(broker.packs) > before

            await eventually(more)
            assert len(broker.waiting_now) <= 2
    assert set(broker.ids) == set(ids)


async def test_what_a_broker_that_is_away_did_not_take_goes_out_when_it_is_back(ledgers: list[SqlLedger]) -> None:
    broker = Queue()
    broker.away = True
    async with relaying(ledgers[0], broker, sweeps=False):
        ids = await accept(ledgers[0], 4)
        assert broker.ids == []
        broker.away = False
        await published(broker, 4)
    assert sorted(broker.ids) == sorted(ids)


async def test_a_dossier_always_goes_to_the_same_partition(ledgers: list[SqlLedger]) -> None:
    broker = Queue()
    async with relaying(ledgers[0], broker, sweeps=False, partitions=3):
        first, second = await accept(ledgers[0], 12), await accept(ledgers[0], 12)
        await published(broker, 12)
        places = {one: pack.partition for pack in broker.packs for one in pack.ids}
    assert len(set(places.values())) > 1
    held = set(second) - set(places)  # the second of each dossier waits in its lane
    assert set(first) == set(places) and held == set(second)
