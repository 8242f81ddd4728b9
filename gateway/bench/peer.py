"""The reference peer: FastStream on the same RabbitMQ, as a good programmer would set it up, without any ledger.

Two processes: an aiohttp front that judges the same event by the same schemas and publishes it, persistent and
confirmed, to a quorum queue; one FastStream worker that makes the portal's document with our own compiled mapping,
calls the same sink, reads the answer, and acknowledges. It keeps no record, no order and no proof: its cost is that of
carrying alone.

Its settings are the fastest plain ones found: uvloop, bytes as they came (orjson reads them), no dependency injection
per message, no log per message, 64 messages at once.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import jsonschema_rs
import orjson
from aiohttp import web
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

from adapters.national_portal import wire
from gateway.acceptance import schemas
from gateway.bench.process import Facts, Starter, usage
from gateway.message import TYPE_PREFIX
from mappings import Catalogue

_QUEUE = RabbitQueue("bench.peer", queue_type=QueueType.QUORUM)
_AT_ONCE = 64
"""Messages in work at once: as many as the gateway may have calls under way here."""
_SERVICES = {"dossier.recorded.v1": "DongBoHoSoMC", "dossier.progressed.v1": "CapNhatTienDoHoSoMC"}
_HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "Charset": "utf-8"}


def _broker(amqp_url: str) -> RabbitBroker:
    channel = Channel(prefetch_count=_AT_ONCE)
    return RabbitBroker(amqp_url, default_channel=channel, logger=None, apply_types=False)


async def front(starter: Starter, config: Facts) -> None:
    """The role: take events over HTTP; 202 once the broker has one for certain."""
    broker = _broker(config["amqp"])
    await broker.connect()
    await broker.declare_queue(_QUEUE)
    judge_event = _judge(schemas.ENVELOPE)
    judges = {TYPE_PREFIX + name: _judge(name) for name in _SERVICES}

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        event = orjson.loads(body)
        if not (judge_event(event) and judges[event["type"]](event["data"])):
            return web.Response(status=422)
        await broker.publish(body, _QUEUE, persist=True, message_id=event["id"])
        return web.Response(status=202, body=b'{"state":"accepted"}', content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/messages", take)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    starter.tell(port=runner.addresses[0][1])
    try:
        while (order := await starter.hear()) is not None:
            starter.tell(**{order["do"]: usage()})
    finally:
        await runner.cleanup()
        await broker.stop()


def _judge(name: str) -> Any:
    schema = schemas.document(name)
    return jsonschema_rs.validator_for(schema, pattern_options=jsonschema_rs.RegexOptions()).is_valid


async def worker(starter: Starter, config: Facts) -> None:
    """The role: carry what is in the queue to the sink; each is acknowledged after its call was answered well."""
    catalogue = Catalogue.load()
    tables = {TYPE_PREFIX + name: catalogue.get(f"national_portal/{name}").forward for name in _SERVICES}
    services = {TYPE_PREFIX + name: service for name, service in _SERVICES.items()}
    address = f"http://127.0.0.1:{config['portal']}/mapi/g"
    broker = _broker(config["amqp"])
    connector = aiohttp.TCPConnector(limit=_AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, headers=_HEADERS) as http:

        @broker.subscriber(_QUEUE, no_reply=True)
        async def carry(event: dict[str, Any]) -> None:
            document = tables[event["type"]](event["data"]).document
            data = wire.encode_records(document.get("data", [document]), integers=True)
            call = wire.envelope("bench", "000.00.00.H46", services[event["type"]], {"data": data})
            async with http.post(address, data=call) as response:
                reply = wire.read_reply(await response.read())
            if not isinstance(reply, wire.Reply) or reply.code != 0:
                raise ValueError("not taken")

        await broker.start()
        starter.tell(working=True)
        while (order := await starter.hear()) is not None:
            starter.tell(**{order["do"]: usage()})
        await broker.stop()
