"""The relay publishes what is due, once, within its window, and again what got lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from gateway.broker.inprocess import InProcessBroker
from gateway.broker.port import Pack
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import Pending
from gateway.message import DeliveryId, Waiting
from gateway.relay import Relay
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement
from tests.delivery.way_out import eventually
from tests.fakes.destination import a_destination

PORTAL = "national_portal"


class Queue(InProcessBroker):
    """A broker whose packs nobody takes by themselves; `lose` forgets what was published."""

    def __init__(self) -> None:
        super().__init__()
        self.packs: list[Pack] = []

    async def publish(self, destination: str, ids: Sequence[DeliveryId], partition: int = 0) -> None:
        self.packs.append(Pack(destination, tuple(ids), partition))

    @property
    def ids(self) -> list[str]:
        return [one for pack in self.packs for one in pack.ids]


class Running:
    """A relay at work; stopped when left."""

    def __init__(
        self, ledger: Any, broker: Queue, *, destination: dict[str, Any] | None = None, pause: float = 0, **changes: Any
    ) -> None:
        self.pause = pause
        self.rounds = 0
        settings = a_destination(**(destination or {}))
        timing = {"sweep_every": 0.02} | changes
        self._relay = Relay(ledger, broker, {PORTAL: settings}, may_publish=self._may_publish, **timing)

    def _may_publish(self, _: str) -> float:
        self.rounds += 1
        return self.pause

    def tell(self, pending: Sequence[Pending]) -> None:
        """As the ledger does after a commit."""
        self._relay.offer(pending)

    async def some_rounds(self, more: int = 5) -> None:
        """Wait until the relay has looked around a few more times."""
        enough = self.rounds + more

        async def done() -> bool:
            return self.rounds >= enough

        await eventually(done)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._relay.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert not self._task.done()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def accept(ledger: SqlLedger, count: int) -> list[str]:
    """Record one delivery each for as many dossiers."""
    deliveries = [a_delivery() for _ in range(count)]
    await ledger.accept([a_message(one, subject=f"000.00.16.H46-250612-{n:04}") for n, one in enumerate(deliveries)])
    return [one.id for one in deliveries]


async def published(broker: Queue, count: int) -> None:
    async def enough() -> bool:
        return len(broker.ids) >= count

    await eventually(enough)


async def test_what_a_commit_made_pending_is_published_once(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker) as relay:
        ids = await accept(ledger, 5)
        await published(broker, 5)
        await relay.some_rounds()
    assert sorted(broker.ids) == sorted(ids)


async def test_a_commit_told_of_after_the_outbox_was_read_is_published_once(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker, destination={"concurrency": 1, "pack_size": 1}) as relay:
        ids = await accept(ledger, 6)
        await published(broker, 2)  # a window of 2
        relay.tell([Pending(one, PORTAL) for one in broker.ids])
        await relay.some_rounds()
    assert len(broker.ids) == len(set(broker.ids)) == 2 < len(ids)


async def test_what_was_due_before_the_start_is_found(ledger: SqlLedger) -> None:
    ids = await accept(ledger, 3)
    broker = Queue()
    async with Running(ledger, broker):
        await published(broker, 3)
    assert sorted(broker.ids) == sorted(ids)


async def test_no_more_than_a_window_is_published_and_the_rest_follows_the_acks(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker, destination={"concurrency": 1, "pack_size": 5}) as relay:  # a window of 10
        ids = await accept(ledger, 33)
        await published(broker, 10)
        await relay.some_rounds()
        assert len(broker.ids) == 10
        for number in range(100):
            if len(set(broker.ids)) == 33:
                break
            pack = broker.packs[number]
            for one in pack.ids:
                await ledger.begin_attempt(a_begin(one))
            before = len(broker.ids)
            await broker.ack(pack)
            await published(broker, min(33, before + 1))
    assert sorted(broker.ids) == sorted(ids)


async def test_the_window_of_a_slow_lane_is_what_its_rate_can_carry(ledger: SqlLedger) -> None:
    broker = Queue()
    slow = {"concurrency": 8, "pack_size": 50, "rate": 0.1}
    async with Running(ledger, broker, destination=slow, claim_timeout=60) as relay:
        await accept(ledger, 20)
        await published(broker, 6)
        await relay.some_rounds()
    assert len(broker.ids) == 6


async def test_an_id_that_nobody_claims_is_published_again_after_the_claim_timeout(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker, claim_timeout=0.1):
        [lost] = await accept(ledger, 1)
        await published(broker, 1)
        await published(broker, 2)
    assert set(broker.ids) == {lost}


async def test_a_window_full_of_lost_ids_does_not_stop_a_destination(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker, destination={"concurrency": 1, "pack_size": 2}, claim_timeout=0.1):
        ids = await accept(ledger, 9)  # the window holds 4
        await published(broker, 4)
        for one in broker.ids[:4]:  # claimed and settled by somebody, but never acknowledged
            assert await ledger.begin_attempt(a_begin(one))
            assert await ledger.settle(a_settlement(one))

        async def all_seen() -> bool:
            return set(broker.ids) == set(ids)

        rest = asyncio.create_task(eventually(all_seen))
        while not rest.done():
            for one in set(broker.ids[4:]):
                if await ledger.begin_attempt(a_begin(one)):
                    await ledger.settle(a_settlement(one))
            await asyncio.sleep(0.01)
        await rest


async def test_a_claimed_id_is_not_published_again_however_long_its_attempt_takes(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker, claim_timeout=0.05) as relay:
        [one] = await accept(ledger, 1)
        await published(broker, 1)
        assert await ledger.begin_attempt(a_begin(one))
        await relay.some_rounds(1)  # what was being read while it was claimed may still go out
        before = len(broker.ids)
        await relay.some_rounds(10)
    assert len(broker.ids) == before


async def test_a_retry_does_not_wait_for_the_rest_of_its_pack(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker):
        first, second = await accept(ledger, 2)
        await published(broker, 2)
        assert await ledger.begin_attempt(a_begin(first))
        await ledger.settle(a_settlement(first, Waiting(datetime.now(UTC) + timedelta(milliseconds=5), a_fault())))
        await published(broker, 3)  # the pack with `second` in it is still out
    assert broker.ids == [first, second, first]


async def test_nothing_is_published_while_a_destination_wants_nothing(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker, pause=30.0) as relay:
        ids = await accept(ledger, 3)
        await relay.some_rounds()
        assert broker.ids == []
        relay.pause = 0
        await published(broker, 3)
    assert sorted(broker.ids) == sorted(ids)


async def test_a_full_window_with_a_retry_due_costs_no_processor_time(ledger: SqlLedger) -> None:
    broker = Queue()
    async with Running(ledger, broker, destination={"concurrency": 1, "pack_size": 1}, sweep_every=0.05) as relay:
        first, *_ = await accept(ledger, 3)
        await published(broker, 2)  # the window is full
        assert await ledger.begin_attempt(a_begin(first))
        await ledger.settle(a_settlement(first, Waiting(datetime.now(UTC) + timedelta(milliseconds=5), a_fault())))
        await published(broker, 3)  # full again, with the retry due
        before = relay.rounds
        await asyncio.sleep(0.3)  # the one test that is about time
    assert relay.rounds - before < 30


class Stumbling:
    """A ledger of which some reads of the outbox fail with something nobody expected."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger = ledger
        self.failures = 2

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def take_due(self, *args: Any, **named: Any) -> Any:
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError
        return await self._ledger.take_due(*args, **named)


async def test_a_line_outlives_whatever_goes_wrong_in_it(ledger: SqlLedger) -> None:
    broker = Queue()
    ids = await accept(ledger, 2)
    async with Running(Stumbling(ledger), broker):
        await published(broker, 2)
    assert sorted(broker.ids) == sorted(ids)


class Refusing(Queue):
    """A broker that cannot be reached for a while."""

    refusals = 2

    async def publish(self, destination: str, ids: Sequence[DeliveryId], partition: int = 0) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError
        await super().publish(destination, ids, partition)


async def test_what_the_broker_did_not_take_is_published_later(ledger: SqlLedger) -> None:
    broker = Refusing()
    async with Running(ledger, broker):
        ids = await accept(ledger, 4)
        await published(broker, 4)
    assert sorted(broker.ids) == sorted(ids)
