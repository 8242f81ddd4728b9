"""What every broker promises, as one test class; subclassed once per implementation, with a fixture `broker`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from gateway.broker.port import Broker, Pack
from gateway.message import DeliveryId

PORTAL = "national_portal"
PAYMENT = "payment"
CLIENT = "onestop/motcua"
"""A destination with a slash in its name."""
PARTITIONS = {PORTAL: 2, PAYMENT: 1, CLIENT: 1}
"""What the fixture's broker must know."""


def ids(*names: str) -> list[DeliveryId]:
    return [DeliveryId(name) for name in names]


async def taken(
    broker: Broker, count: int, destination: str = PORTAL, partition: int = 0, *, seconds: float = 10
) -> list[Pack]:
    """So many packs, by a consumer that goes away afterwards without acknowledging any."""
    packs: list[Pack] = []
    async with asyncio.timeout(seconds), aclosing(broker.consume(destination, partition)) as consuming:
        async for pack in consuming:
            packs.append(pack)
            if len(packs) == count:
                break
    return packs


async def next_of(consuming: AsyncIterator[Pack]) -> Pack:
    async with asyncio.timeout(10):
        return await anext(consuming)


class BrokerContract:
    """Packs go in on one side and come out on the other, until acknowledged."""

    async def test_packs_come_out_as_they_went_in(self, broker: Broker) -> None:
        await broker.publish(PORTAL, ids("a", "b"))
        await broker.publish(PORTAL, ids("c"))
        packs = await taken(broker, 2)
        assert sorted(pack.ids for pack in packs) == [("a", "b"), ("c",)]
        assert {pack.destination for pack in packs} == {PORTAL}

    async def test_a_consumer_that_was_there_first_gets_them_too(self, broker: Broker) -> None:
        waiting = asyncio.create_task(taken(broker, 1))
        await asyncio.sleep(0)
        await broker.publish(PORTAL, ids("a"))
        [pack] = await waiting
        assert pack.ids == ("a",)

    async def test_destinations_do_not_mix(self, broker: Broker) -> None:
        await broker.publish(PAYMENT, ids("p"))
        await broker.publish(CLIENT, ids("c"))
        await broker.publish(PORTAL, ids("a"))
        assert [pack.ids for pack in await taken(broker, 1)] == [("a",)]
        assert [pack.ids for pack in await taken(broker, 1, CLIENT)] == [("c",)]

    async def test_partitions_do_not_mix(self, broker: Broker) -> None:
        await broker.publish(PORTAL, ids("first"), 1)
        await broker.publish(PORTAL, ids("second"))
        [pack] = await taken(broker, 1, partition=0)
        assert (pack.ids, pack.partition) == (("second",), 0)
        [pack] = await taken(broker, 1, partition=1)
        assert (pack.ids, pack.partition) == (("first",), 1)

    async def test_an_ack_is_told_to_whoever_asked(self, broker: Broker) -> None:
        told: list[Pack] = []
        broker.on_ack(told.append)
        await broker.publish(PORTAL, ids("a"))
        async with aclosing(broker.consume(PORTAL)) as consuming:
            pack = await next_of(consuming)
            assert told == []
            await broker.ack(pack)
        assert told == [pack]

    async def test_what_waits_is_counted_until_it_is_taken(self, broker: Broker) -> None:
        assert await broker.waiting(PORTAL, 1) == 0
        await broker.publish(PORTAL, ids("a", "b"), 1)
        assert await broker.waiting(PORTAL, 1) == 1
        assert await broker.waiting(PORTAL, 0) == 0
        async with aclosing(broker.consume(PORTAL, 1)) as consuming:
            await broker.ack(await next_of(consuming))
            assert await broker.waiting(PORTAL, 1) == 0

    async def test_what_a_consumer_left_behind_comes_again_and_what_it_acknowledged_does_not(
        self, broker: Broker
    ) -> None:
        for name in ("a", "b", "c"):
            await broker.publish(PORTAL, ids(name))
        async with aclosing(broker.consume(PORTAL)) as consuming:
            packs = [await next_of(consuming), await next_of(consuming)]
            await broker.ack(packs[1])
        again = await taken(broker, 2)
        assert sorted(pack.ids for pack in again) == [("a",), ("c",)]

    async def test_an_ack_after_the_consumer_has_gone_is_harmless_and_told(self, broker: Broker) -> None:
        told: list[Pack] = []
        broker.on_ack(told.append)
        await broker.publish(PORTAL, ids("a"))
        [pack] = await taken(broker, 1)
        await broker.ack(pack)
        assert told == [pack]

    async def test_one_of_two_consumers_gets_everything_until_it_goes_away(self, broker: Broker) -> None:
        async with aclosing(broker.consume(PORTAL)) as first:
            await broker.publish(PORTAL, ids("a"))
            await broker.ack(await next_of(first))
            second = asyncio.create_task(taken(broker, 1))
            await broker.publish(PORTAL, ids("b"))
            pack = await next_of(first)
            assert pack.ids == ("b",)
            assert not second.done()
        [again] = await second
        assert again.ids == ("b",)

    async def test_closing_ends_every_consumer(self, broker: Broker) -> None:
        waiting = [asyncio.create_task(taken(broker, 1, name)) for name in (PORTAL, PAYMENT)]
        await asyncio.sleep(0)
        await broker.close()
        assert await asyncio.gather(*waiting) == [[], []]
        assert await taken(broker, 1) == []

    async def test_after_closing_what_is_in_hand_is_acknowledged_and_followed_up(self, broker: Broker) -> None:
        """A worker that drains settles what it holds, and publishes what that makes due."""
        told: list[Pack] = []
        broker.on_ack(told.append)
        await broker.publish(PORTAL, ids("a"))
        consuming = broker.consume(PORTAL)
        pack = await next_of(consuming)
        await broker.close()
        await broker.publish(PAYMENT, ids("next"))
        await broker.ack(pack)
        assert told == [pack]
        assert [one async for one in consuming] == []
        assert await broker.waiting(PORTAL) == 0
        assert await broker.waiting(PAYMENT) == 1

    async def test_a_broker_at_work_is_ready(self, broker: Broker) -> None:
        assert await broker.ready() is None
