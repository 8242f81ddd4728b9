"""What every broker promises, as one test class; subclassed once per implementation, with a fixture `broker`."""

from __future__ import annotations

import asyncio

from gateway.broker.port import Broker, Pack
from gateway.message import DeliveryId

PORTAL = "national_portal"


def ids(*names: str) -> list[DeliveryId]:
    return [DeliveryId(name) for name in names]


class BrokerContract:
    """Packs go in on one side and come out on the other, until acknowledged."""

    async def taken(self, broker: Broker, count: int, destination: str = PORTAL) -> list[Pack]:
        packs: list[Pack] = []
        async with asyncio.timeout(10):
            async for pack in broker.consume(destination):
                packs.append(pack)
                if len(packs) == count:
                    break
        return packs

    async def test_packs_come_out_as_they_went_in(self, broker: Broker) -> None:
        await broker.publish(PORTAL, ids("a", "b"))
        await broker.publish(PORTAL, ids("c"))
        packs = await self.taken(broker, 2)
        assert sorted(pack.ids for pack in packs) == [("a", "b"), ("c",)]
        assert {pack.destination for pack in packs} == {PORTAL}

    async def test_a_consumer_that_was_there_first_gets_them_too(self, broker: Broker) -> None:
        waiting = asyncio.create_task(self.taken(broker, 1))
        await asyncio.sleep(0)
        await broker.publish(PORTAL, ids("a"))
        [pack] = await waiting
        assert pack.ids == ("a",)

    async def test_destinations_do_not_mix(self, broker: Broker) -> None:
        await broker.publish("payment", ids("p"))
        await broker.publish(PORTAL, ids("a"))
        [pack] = await self.taken(broker, 1)
        assert pack.ids == ("a",)

    async def test_an_ack_is_told_to_whoever_asked(self, broker: Broker) -> None:
        told: list[Pack] = []
        broker.on_ack(told.append)
        await broker.publish(PORTAL, ids("a"))
        [pack] = await self.taken(broker, 1)
        assert told == []
        await broker.ack(pack)
        assert told == [pack]

    async def test_closing_ends_every_consumer(self, broker: Broker) -> None:
        waiting = [asyncio.create_task(self.taken(broker, 1, name)) for name in (PORTAL, "payment")]
        await asyncio.sleep(0)
        await broker.close()
        assert await asyncio.gather(*waiting) == [[], []]
        assert await self.taken(broker, 1) == []
