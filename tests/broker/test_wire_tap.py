"""What happens is told on the exchange of events, and nobody ever waits for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import orjson
from aiormq.abc import AbstractChannel, DeliveredMessage

from gateway.broker.topology import events_exchange
from gateway.broker.wire_tap import WireTap
from gateway.telemetry.lifecycle import Happening
from tests.broker.rig import Rig, channel, eventually
from tests.chaos.proxy import proxied_url

DELIVERED = Happening("delivery", "delivered", "m-1", "vn.lienthong.x.v1", "dossier-1", "d-1", "payment", 2)


@asynccontextmanager
async def a_tap(rig: Rig, url: str = "", *, room: int = 100, dropped: Callable[[], None]) -> AsyncIterator[WireTap]:
    tap = WireTap(url or rig.url, prefix=rig.prefix, most_waiting=room, dropped=dropped)
    await tap.open()
    running = asyncio.create_task(tap.run())
    try:
        yield tap
    finally:
        running.cancel()
        await asyncio.wait([running])
        await tap.close()
        async with channel(rig.url) as cleaning:
            await cleaning.exchange_delete(events_exchange(rig.prefix))


async def listening(rig: Rig, own: AbstractChannel, key: str = "#") -> list[DeliveredMessage]:
    """What a queue of the listener's own gets from now on."""
    heard: list[DeliveredMessage] = []
    queue = (await own.queue_declare(exclusive=True)).queue or ""
    await own.queue_bind(queue, events_exchange(rig.prefix), key)

    async def hear(message: DeliveredMessage) -> None:
        heard.append(message)

    await own.basic_consume(queue, hear, no_ack=True)
    return heard


async def so_many(found: list[DeliveredMessage], count: int) -> bool:
    return len(found) >= count


async def test_a_listener_hears_ids_types_subjects_and_states(rig: Rig) -> None:
    async with a_tap(rig, dropped=list) as tap, channel(rig.url) as own:
        heard = await listening(rig, own, "delivery.delivered")
        tap.hear(Happening("message", "accepted", "m-1", "vn.lienthong.x.v1", "dossier-1"))
        tap.hear(DELIVERED)
        await eventually(lambda: so_many(heard, 1))
    [message] = heard
    event = orjson.loads(message.body)
    assert (event["type"], event["subject"]) == ("vn.lienthong.delivery.delivered.v1", "dossier-1")
    assert event["data"] == {
        "state": "delivered",
        "message_id": "m-1",
        "type": "vn.lienthong.x.v1",
        "delivery_id": "d-1",
        "destination": "payment",
        "attempt": 2,
    }


async def test_what_nobody_listens_to_is_gone_without_an_error(rig: Rig) -> None:
    async with a_tap(rig, dropped=list) as tap, channel(rig.url) as own:
        tap.hear(DELIVERED)
        heard = await listening(rig, own, "message.#")
        tap.hear(Happening("message", "accepted", "m-2", "t", "s"))
        await eventually(lambda: so_many(heard, 1))


async def test_while_the_broker_is_away_events_wait_as_far_as_there_is_room_and_the_rest_is_counted(rig: Rig) -> None:
    dropped: list[None] = []
    async with (
        proxied_url(rig.url) as (proxy, url),
        a_tap(rig, url, room=10, dropped=lambda: dropped.append(None)) as tap,
        channel(rig.url) as own,
    ):
        heard = await listening(rig, own)
        await proxy.refuse()
        proxy.cut()
        for number in range(25):
            tap.hear(DELIVERED._replace(attempt=number + 1))
        assert len(dropped) == 15
        await proxy.heal()
        await eventually(lambda: so_many(heard, 10))
        attempts = {orjson.loads(message.body)["data"]["attempt"] for message in heard}
        assert attempts == set(range(1, 11))
