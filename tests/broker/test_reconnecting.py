"""Connections to RabbitMQ that break, by a reset, by silence, by a broker that is away: nothing hangs, all returns."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from gateway.broker.rabbitmq import RabbitBroker
from gateway.errors import BrokerUnavailable
from tests.broker.rig import Rig, eventually
from tests.chaos.proxy import Way, proxied_url
from tests.contract.broker_contract import PORTAL, ids, next_of, taken


async def is_ready(broker: RabbitBroker) -> bool:
    return await broker.ready() is None


async def publishes(broker: RabbitBroker, name: str) -> bool:
    try:
        await broker.publish(PORTAL, ids(name))
    except BrokerUnavailable:
        return False
    return True


async def test_the_same_consumer_goes_on_after_a_cut_and_unacknowledged_packs_come_again(rig: Rig) -> None:
    async with (
        proxied_url(rig.url) as (proxy, url),
        rig.broker(url) as broker,
        aclosing(broker.consume(PORTAL)) as consuming,
    ):
        await broker.publish(PORTAL, ids("a"))
        await broker.ack(await next_of(consuming))
        assert await broker.waiting(PORTAL) == 0  # asked on the same connection: the ack is there
        await broker.publish(PORTAL, ids("b"))
        second = await next_of(consuming)
        assert proxy.cut() == 2
        again = await next_of(consuming)
        assert again.ids == second.ids
        await broker.ack(second)  # by the connection that is gone: harmless
        await broker.ack(again)
        await eventually(lambda: publishes(broker, "c"))
        assert (await next_of(consuming)).ids == ("c",)


async def test_publishing_while_the_broker_is_away_fails_soon_and_works_again_by_itself(rig: Rig) -> None:
    async with proxied_url(rig.url) as (proxy, url), rig.broker(url) as broker:
        await proxy.refuse()
        proxy.cut()
        async with asyncio.timeout(10):
            await eventually(lambda: isnt(publishes(broker, "lost")))
            assert "RabbitMQ" in str(await broker.ready())
        with pytest.raises(BrokerUnavailable):
            await broker.waiting(PORTAL)
        await proxy.heal()
        await eventually(lambda: publishes(broker, "b"))
        await eventually(lambda: is_ready(broker))


async def isnt(condition: object) -> bool:
    return not await condition  # type: ignore[misc]


@pytest.mark.parametrize("way", [Way.DOWN, Way.UP], ids=["deaf", "mute"])
async def test_a_half_open_connection_is_noticed_and_replaced(rig: Rig, way: Way) -> None:
    async with (
        proxied_url(rig.url) as (proxy, url),
        rig.broker(url) as broker,
        aclosing(broker.consume(PORTAL)) as consuming,
    ):
        await broker.publish(PORTAL, ids("a"))
        await broker.ack(await next_of(consuming))
        proxy.swallow(way)
        async with asyncio.timeout(20):
            with pytest.raises(BrokerUnavailable):
                await broker.publish(PORTAL, ids("into the void"))
            await eventually(lambda: isnt(is_ready(broker)))
        await proxy.heal()
        await eventually(lambda: publishes(broker, "b"))
        async with asyncio.timeout(20):
            while (pack := await next_of(consuming)).ids != ("b",):
                await broker.ack(pack)


async def test_a_broker_that_is_away_at_the_start_is_waited_for(rig: Rig) -> None:
    async with proxied_url(rig.url) as (proxy, url):
        await proxy.refuse()
        async with rig.broker(url) as broker:
            assert "RabbitMQ" in str(await broker.ready())
            with pytest.raises(BrokerUnavailable):
                await broker.publish(PORTAL, ids("a"))
            waiting = asyncio.create_task(taken(broker, 1))
            await proxy.heal()
            await eventually(lambda: publishes(broker, "b"))
            [pack] = await waiting
            assert pack.ids == ("b",)


async def test_what_a_wiped_broker_lost_is_declared_again(rig: Rig) -> None:
    async with (
        proxied_url(rig.url) as (proxy, url),
        rig.broker(url) as broker,
        aclosing(broker.consume(PORTAL)) as consuming,
    ):
        await broker.publish(PORTAL, ids("a"))
        await broker.ack(await next_of(consuming))
        await proxy.refuse()
        proxy.cut()
        await rig.clean(rig.topology)
        await proxy.heal()
        await eventually(lambda: publishes(broker, "b"))
        assert (await next_of(consuming)).ids == ("b",)


async def test_a_queue_that_somebody_deleted_is_made_again(rig: Rig) -> None:
    async with rig.broker() as broker, aclosing(broker.consume(PORTAL)) as consuming:
        await broker.publish(PORTAL, ids("a"))
        await broker.ack(await next_of(consuming))
        await rig.clean(rig.topology)
        await broker.publish(PORTAL, ids("b"))
        assert (await next_of(consuming)).ids == ("b",)


async def test_a_frozen_consumer_loses_its_turn_to_another(rig: Rig) -> None:
    async with (
        proxied_url(rig.url) as (proxy, url),
        rig.broker(url) as frozen,
        rig.broker() as other,
        aclosing(frozen.consume(PORTAL)) as consuming,
    ):
        await frozen.publish(PORTAL, ids("a"))
        await next_of(consuming)
        proxy.swallow()
        assert [pack.ids for pack in await taken(other, 1, seconds=20)] == [("a",)]
