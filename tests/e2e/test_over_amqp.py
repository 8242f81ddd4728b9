"""A one-stop system that speaks AMQP: what it publishes reaches the portal, through a whole gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from aiormq import spec

from gateway.broker.topology import intake, intake_exchange, rejected_queue
from gateway.door.amqp import door_amqp
from gateway.intake.amqp import AmqpIntake
from gateway.operations.live import LiveCatalogue
from gateway.settings import AmqpSettings
from tests.broker.rig import Rig as Names
from tests.broker.rig import channel
from tests.e2e.rig import CODE, Rig, eventually, progressed, recorded, running
from tests.intake.test_xml_documents import document


class NeverFull:
    def full(self) -> bool:
        return False


class Sender:
    """Publishes as a one-stop system does."""

    def __init__(self, rig: Rig, names: Names, own: Any) -> None:
        self.rig = rig
        self.names = names
        self.own = own

    async def publish(self, body: bytes, content_type: str = "application/cloudevents+json", **headers: str) -> None:
        properties = spec.Basic.Properties(
            content_type=content_type,
            delivery_mode=2,
            user_id="guest",
            headers={f"cloudEvents:{k}": v for k, v in headers.items()},
        )
        exchange = intake_exchange(self.names.prefix)
        await self.own.basic_publish(body, exchange=exchange, routing_key="any", properties=properties, mandatory=True)

    async def reached_the_portal(self, count: int) -> dict[str, Any]:
        """The balance once the portal has seen so many effects and nothing is open."""

        async def there() -> bool:
            return len(self.rig.effects) >= count

        await eventually(there)
        return await self.rig.settled()


@asynccontextmanager
async def a_sender(folder: Path, url: str) -> AsyncIterator[Sender]:
    names = Names(url)
    async with running(folder) as rig, channel(url) as own:
        one = intake_of(rig, names)
        task = asyncio.create_task(one.run())
        await eventually(lambda: is_ready(one))
        try:
            yield Sender(rig, names, own)
        finally:
            await one.stop()
            async with asyncio.timeout(10):
                await task
            await names.clean(intake(names.prefix))


def intake_of(rig: Rig, names: Names) -> AmqpIntake:
    settings = rig.gateway.settings
    [client] = settings.clients
    changed = settings.model_copy(
        update={
            "amqp_url": names.url,
            "amqp": AmqpSettings(prefix=names.prefix),
            "clients": (client.model_copy(update={"amqp_user": "guest"}),),
        }
    )
    gateway = rig.gateway
    return door_amqp(
        settings=changed,
        ledger=gateway.ledger,
        ring=gateway.ring,
        metrics=gateway.metrics,
        backlog=NeverFull(),
        catalogue=LiveCatalogue(settings.data_dir / "mappings"),
    )


async def is_ready(one: AmqpIntake) -> bool:
    return await one.ready() is None


async def test_dossiers_in_json_and_xml_reach_the_portal_in_order(tmp_path: Path, rabbitmq_server: str) -> None:
    other = "000.00.16.H46-250612-0002"
    async with a_sender(tmp_path, rabbitmq_server) as sender:
        await sender.publish(orjson.dumps(recorded(1)))
        await sender.publish(orjson.dumps(progressed(2, "processing")))
        await sender.publish(document(3, MaHoSo=other), "application/xml", source="urn:quangbinh:motcua")
        balance = await sender.reached_the_portal(3)
        assert (balance["dead"], balance["refused"], balance["balance"]) == (0, 0, 0)
        assert [kind for kind, key, _ in sender.rig.effects if key == CODE] == ["create", "progress"]
        assert ("create", other) in [(kind, key) for kind, key, _ in sender.rig.effects]


async def test_what_is_refused_is_laid_aside_and_the_books_know_nothing_of_it(
    tmp_path: Path, rabbitmq_server: str
) -> None:
    async with a_sender(tmp_path, rabbitmq_server) as sender:
        await sender.publish(orjson.dumps(recorded(1, channel="pigeon")))
        await sender.publish(orjson.dumps(recorded(2)))
        await sender.reached_the_portal(1)
        found = await sender.rig.get("/v1/messages?type=vn.lienthong.dossier.recorded.v1")
        assert [one["source_id"] for one in found["items"]] == [f"{CODE}/2"]
        laid_aside = await sender.own.basic_get(rejected_queue(sender.names.prefix), no_ack=True)
        reasons = orjson.loads(laid_aside.header.properties.headers["errors"])
        assert [(one["pointer"], one["code"]) for one in reasons] == [("/data/channel", "SCHEMA_ENUM")]
