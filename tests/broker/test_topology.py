"""What is declared on RabbitMQ, and what is said when something else stands there."""

from __future__ import annotations

import asyncio

import aiormq
import pytest
from yarl import URL

from gateway.broker.rabbitmq import RabbitBroker
from gateway.broker.topology import DELIVERY_LIMIT, deliveries, delivery_queue
from gateway.delivery.dead_letters import watch_dead_letters
from gateway.errors import ConfigurationError
from gateway.telemetry.metrics import Metrics
from tests.broker.rig import Rig, channel, eventually
from tests.chaos.proxy import proxied_url
from tests.contract.broker_contract import CLIENT, PORTAL, ids, taken


def test_delivery_queues_have_the_names_people_are_told() -> None:
    topology = deliveries({"national_portal": 2, "onestop/motcua": 1})
    assert [queue.name for queue in topology.queues] == [
        "lienthong.deliveries.dead.v1",
        "lienthong.deliveries.national_portal.0.v1",
        "lienthong.deliveries.national_portal.1.v1",
        "lienthong.deliveries.onestop/motcua.0.v1",
    ]
    assert [(one.exchange, one.key) for one in topology.bindings[1:]] == [
        ("lienthong.deliveries", "national_portal.0"),
        ("lienthong.deliveries", "national_portal.1"),
        ("lienthong.deliveries", "onestop/motcua.0"),
    ]


def test_every_queue_says_how_often_a_message_may_come_back() -> None:
    """RabbitMQ 4 throws away after 20 times what says nothing."""
    for queue in deliveries({"payment": 1}).queues:
        assert queue.arguments["x-delivery-limit"] == DELIVERY_LIMIT


async def test_declaring_again_changes_nothing(rig: Rig) -> None:
    async with rig.broker() as broker:
        await broker.publish(CLIENT, ids("a"))
        async with rig.broker():
            assert await broker.waiting(CLIENT) == 1


async def test_a_queue_with_other_properties_is_named_with_a_way_out_in_both_languages(rig: Rig) -> None:
    name = delivery_queue(PORTAL, 1, rig.prefix)
    async with channel(rig.url) as making:
        await making.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"})
    with pytest.raises(ConfigurationError) as raised:
        async with rig.broker():
            pass
    [mistake] = raised.value.mistakes
    assert name in mistake and "hãy xoá nó" in mistake and "delete it" in mistake


@pytest.mark.parametrize(
    ("change", "words"), [({"password": "wrong"}, "mật khẩu"), ({"path": "/nowhere"}, "vhost")], ids=["login", "vhost"]
)
async def test_an_account_that_is_turned_away_is_a_mistake_of_the_configuration(
    rig: Rig, change: dict[str, str], words: str
) -> None:
    url = URL(rig.url)
    url = url.with_path(change["path"]) if "path" in change else url.with_password(change["password"])
    with pytest.raises(ConfigurationError, match=words):
        await RabbitBroker(str(url), {}).open()


async def test_a_pack_that_came_back_too_often_ends_in_the_queue_that_is_counted(rig: Rig) -> None:
    async with rig.broker() as broker, channel(rig.url) as own:
        await broker.publish(PORTAL, ids("a"))
        handed = 0

        async def give_back(message: aiormq.abc.DeliveredMessage) -> None:
            nonlocal handed
            handed += 1
            await message.channel.basic_nack(message.delivery_tag or 0, requeue=True, wait=False)

        await own.basic_consume(delivery_queue(PORTAL, 0, rig.prefix), give_back)

        metrics = Metrics("test")
        watching = asyncio.create_task(watch_dead_letters(broker, metrics, 0.01))

        async def is_told() -> bool:
            return b"lienthong_broker_dead_letters 1.0" in metrics.render()

        await eventually(is_told)
        watching.cancel()
        assert handed >= DELIVERY_LIMIT


async def test_a_pack_that_is_none_is_handed_out_like_any_other(rig: Rig) -> None:
    """Somebody wrote into our queue: its ids find nothing, and it is acknowledged."""
    async with rig.broker() as broker, channel(rig.url) as own:
        await own.basic_publish(b"\xff\x00 x", routing_key=delivery_queue(PORTAL, 0, rig.prefix))
        [pack] = await taken(broker, 1)
        assert len(pack.ids) == 2
        await asyncio.sleep(0)
        assert await broker.ready() is None


async def test_dropping_does_not_wait_for_a_broker_that_is_silent(rig: Rig) -> None:
    async with proxied_url(rig.url) as (proxy, url):
        broker = RabbitBroker(url, {}, prefix=rig.prefix)
        await broker.open()
        proxy.swallow()
        async with asyncio.timeout(8):
            await broker.drop()
