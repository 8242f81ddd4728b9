"""A one-stop system that speaks AMQP: what it publishes reaches the portal, through a whole gateway on real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiormq import spec
from aiormq.abc import AbstractChannel

from adapters.national_portal.simulator import build
from gateway.bootstrap.gateway import run_gateway
from gateway.broker.topology import events_exchange, intake_exchange, rejected_queue
from gateway.settings import Settings
from tests.broker.rig import channel
from tests.chaos.proxy import proxied_url
from tests.e2e.rig import CODE, KEY, Rig, eventually, progressed, recorded
from tests.intake.test_xml_documents import document
from tests.production.rig import at_portal, production_settings


class Sender:
    """Publishes as a one-stop system does."""

    def __init__(self, rig: Rig, own: AbstractChannel) -> None:
        self.rig = rig
        self.own = own
        self.prefix = rig.gateway.settings.amqp.prefix

    async def publish(self, body: bytes, content_type: str = "application/cloudevents+json", **headers: str) -> None:
        properties = spec.Basic.Properties(
            content_type=content_type,
            delivery_mode=2,
            user_id="guest",
            headers={f"cloudEvents:{name}": value for name, value in headers.items()},
        )
        exchange = intake_exchange(self.prefix)
        await self.own.basic_publish(body, exchange=exchange, routing_key="any", properties=properties, mandatory=True)

    async def reached_the_portal(self, count: int, seconds: float = 15) -> dict[str, Any]:
        """The balance once the portal has seen so many effects and nothing is open."""

        async def there() -> bool:
            return len(self.rig.effects) >= count

        await eventually(there, seconds)
        return await self.rig.settled()

    async def rejected(self) -> list[tuple[str, str]]:
        """Pointers and codes of the next message that was laid aside."""
        message = await self.own.basic_get(rejected_queue(self.prefix), no_ack=True)
        headers: Any = message.header.properties.headers
        return [(one["pointer"], one["code"]) for one in orjson.loads(headers["errors"])]


@asynccontextmanager
async def a_sender(
    folder: Path, database_url: str, amqp_url: str, *, also: int = 0, workers: int = 0, wire_tap: bool = False
) -> AsyncIterator[Sender]:
    """A gateway with somebody who publishes to it; `also`: so many more that wait for their turn."""
    portal = build()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(portal.running())
        settings = named(production_settings(folder, url, database_url, amqp_url, workers=workers), wire_tap)
        gateways = [await stack.enter_async_context(run_gateway(settings)) for _ in range(also + 1)]
        http = await stack.enter_async_context(aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}))
        yield Sender(Rig(gateways[0], portal, http), await stack.enter_async_context(channel(amqp_url)))


def named(settings: Settings, wire_tap: bool) -> Settings:
    """The tests' only account is the client's."""
    [client] = settings.clients
    changed = {
        "clients": (client.model_copy(update={"amqp_user": "guest"}),),
        "amqp": settings.amqp.model_copy(update={"wire_tap": wire_tap}),
    }
    return settings.model_copy(update=changed)


async def test_dossiers_in_json_and_xml_reach_the_portal_in_order(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    other = "000.00.16.H46-250612-0002"
    async with a_sender(tmp_path, database_url, rabbitmq_server) as sender:
        await sender.publish(orjson.dumps(recorded(1)))
        await sender.publish(orjson.dumps(progressed(2, "processing")))
        await sender.publish(document(3, MaHoSo=other), "application/xml", source="urn:quangbinh:motcua")
        balance = await sender.reached_the_portal(3)
        assert at_portal(balance) == (3, 3, 0)
        assert [kind for kind, key, _ in sender.rig.effects if key == CODE] == ["create", "progress"]
        assert ("create", other) in [(kind, key) for kind, key, _ in sender.rig.effects]


async def test_what_is_refused_is_laid_aside_and_the_books_know_nothing_of_it(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with a_sender(tmp_path, database_url, rabbitmq_server, workers=1) as sender:
        await sender.publish(orjson.dumps(recorded(1, channel="pigeon")))
        await sender.publish(orjson.dumps(recorded(2)))
        assert at_portal(await sender.reached_the_portal(1)) == (1, 1, 0)
        assert await sender.rejected() == [("/data/channel", "SCHEMA_ENUM")]


async def test_while_the_database_is_away_messages_stay_in_rabbitmq_and_arrive_afterwards_in_order(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with (
        proxied_url(database_url) as (proxy, url),
        a_sender(tmp_path, url, rabbitmq_server) as sender,
    ):
        await sender.publish(orjson.dumps(recorded(1)))
        await sender.reached_the_portal(1)
        await proxy.refuse()
        proxy.cut()
        for number in range(2, 12):
            await sender.publish(orjson.dumps(progressed(number, "processing")))
        await unavailable(sender)
        await proxy.heal()
        balance = await sender.reached_the_portal(11, 60)
        assert at_portal(balance) == (11, 11, 0)
        page = await sender.rig.get("/v1/messages?type=vn.lienthong.dossier.progressed.v1")
        accepted = sorted(page["items"], key=lambda one: str(one["id"]))
        assert [one["source_id"] for one in accepted] == [f"{CODE}/{number}" for number in range(2, 12)]


async def unavailable(sender: Sender) -> None:
    """Until the gateway itself says that it cannot store."""

    async def it_is() -> bool:
        async with sender.rig.http.get(f"{sender.rig.gateway.address}/readyz") as answer:
            return answer.status == 503

    await eventually(it_is, 30)


async def test_of_several_gateways_one_takes_what_is_published_and_nothing_is_stored_twice(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with a_sender(tmp_path, database_url, rabbitmq_server, also=1) as sender:
        await asyncio.gather(
            *(sender.publish(orjson.dumps(recorded(1, code=f"000.00.16.H46-250612-{n:04}"))) for n in range(1, 31))
        )
        assert at_portal(await sender.reached_the_portal(30)) == (30, 30, 0)


async def test_a_listener_at_the_wire_tap_follows_a_dossier_from_acceptance_to_delivery(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with a_sender(tmp_path, database_url, rabbitmq_server, workers=1, wire_tap=True) as sender:
        queue = (await sender.own.queue_declare(exclusive=True)).queue or ""
        await sender.own.queue_bind(queue, events_exchange(sender.prefix), "#")
        await sender.publish(orjson.dumps(recorded(1)))
        await sender.reached_the_portal(1)
        await sender.rig.send(progressed(2, "processing"))
        await sender.reached_the_portal(2)
        heard: set[tuple[str, str]] = set()
        wanted = {
            ("message.accepted", "vn.lienthong.dossier.recorded.v1"),
            ("delivery.delivered", "vn.lienthong.dossier.recorded.v1"),
            ("message.accepted", "vn.lienthong.dossier.synchronised.v1"),
            ("message.accepted", "vn.lienthong.dossier.progressed.v1"),
            ("delivery.delivered", "vn.lienthong.dossier.progressed.v1"),
        }

        async def all_heard() -> bool:
            message = await sender.own.basic_get(queue, no_ack=True)
            if message.body:
                heard.add((str(message.routing_key), str(orjson.loads(message.body)["data"]["type"])))
            return wanted <= heard

        await eventually(all_heard)
