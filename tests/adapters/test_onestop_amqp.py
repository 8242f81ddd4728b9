"""Events published to a client's queue on a real RabbitMQ: confirmed and in a queue, or not taken."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aio_pika
import orjson
import pytest
from aio_pika.abc import AbstractChannel, AbstractQueue
from yarl import URL

from adapters.contract import (
    Adapter,
    DeliveryError,
    PermanentError,
    Receipt,
    TransientError,
    UncertainError,
    follow_trace,
)
from adapters.onestop import SPEC
from adapters.onestop.rabbit import EXCHANGE
from tests.adapters.onestop_rig import a_document, an_event, outbound
from tests.adapters.portal_rig import closed_port


@dataclass
class Broker:
    """A RabbitMQ seen from the client's side, and a client name nobody else uses."""

    url: str
    client: str
    channel: AbstractChannel

    async def queue(self, key: str | None = None, **arguments: Any) -> AbstractQueue:
        """A queue of the client's own making, bound by `key`."""
        exchange = await self.channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await self.channel.declare_queue(exclusive=True, arguments=arguments)
        await queue.bind(exchange, key or f"{self.client}.#")
        return queue

    async def own_queue(self) -> AbstractQueue:
        """The queue the gateway declared for the client."""
        return await self.channel.declare_queue(f"{EXCHANGE}.{self.client}", passive=True)

    @asynccontextmanager
    async def adapter(self, **settings: Any) -> AsyncIterator[Adapter]:
        section = {"mode": "amqp", "client": self.client, "broker_url": self.url, **settings}
        async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
            yield adapter


@pytest.fixture
async def broker(rabbitmq_server: str) -> AsyncIterator[Broker]:
    connection = await aio_pika.connect(rabbitmq_server)
    async with connection:
        yield (one := Broker(rabbitmq_server, f"mc-{uuid.uuid4().hex[:12]}", await connection.channel()))
        cleaning = await connection.channel()
        await cleaning.queue_delete(f"{EXCHANGE}.{one.client}")


async def send(adapter: Adapter, event: dict[str, Any] | None = None, **changes: Any) -> Receipt | DeliveryError:
    try:
        return await adapter.deliver(outbound(event, "amqp", **changes))
    except DeliveryError as error:
        return error


async def fetched(queue: AbstractQueue) -> aio_pika.abc.AbstractIncomingMessage:
    message = await queue.get(timeout=10)
    await message.ack()
    return message


async def test_a_client_finds_the_event_in_its_queue(broker: Broker) -> None:
    queue = await broker.queue()
    async with broker.adapter() as adapter:
        assert isinstance(await send(adapter), Receipt)
    message = await fetched(queue)
    event = orjson.loads(message.body)
    assert event == {
        "specversion": "1.0",
        **an_event(),
        "datacontenttype": "application/json",
        "data": a_document(),
    }
    assert message.routing_key == f"{broker.client}.{an_event()['type']}"
    assert (message.content_type, message.message_id) == ("application/cloudevents+json", an_event()["id"])
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT


async def test_the_trace_goes_along_as_a_header_where_there_is_one(broker: Broker) -> None:
    queue, trace = await broker.queue(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with broker.adapter() as adapter:
        await send(adapter)
        follow_trace(trace)
        await send(adapter)
        follow_trace(None)
    assert [(await fetched(queue)).headers for _ in range(2)] == [{}, {"traceparent": trace}]


async def test_a_client_gets_only_its_own_events(broker: Broker) -> None:
    own, other = await broker.queue(), await broker.queue("nobody-else.#")
    async with broker.adapter() as adapter:
        await send(adapter)
    await fetched(own)
    assert await other.get(fail=False) is None


async def test_an_event_no_queue_takes_is_tried_again_and_the_advice_names_the_queue(broker: Broker) -> None:
    async with broker.adapter() as adapter:
        error = await send(adapter)
        assert isinstance(error, TransientError)
        assert (error.code, error.scope) == ("UNROUTABLE", "message")
        assert "queue.declare" in error.vi and "Declare the client's queue" in error.en
        queue = await broker.queue()
        assert isinstance(await send(adapter), Receipt)
        await fetched(queue)


async def test_the_clients_queue_is_declared_on_request_and_outlives_the_gateway(broker: Broker) -> None:
    async with broker.adapter(queue={"declare": True, "ttl": "1h", "max_length": 10}) as adapter:
        assert isinstance(await send(adapter), Receipt)
    assert (await fetched(await broker.own_queue())).message_id == an_event()["id"]


async def test_a_probe_declares_and_publishes_nothing(broker: Broker) -> None:
    async with broker.adapter(queue={"declare": True}) as adapter:
        await adapter.probe()
    assert (await broker.own_queue()).declaration_result.message_count == 0


async def test_an_event_older_than_the_limit_is_dropped_from_the_queue(broker: Broker) -> None:
    async with broker.adapter(queue={"declare": True, "ttl": "1ms"}) as adapter:
        assert isinstance(await send(adapter), Receipt)
    async with asyncio.timeout(20):
        while (await broker.own_queue()).declaration_result.message_count:
            await asyncio.sleep(0.02)
    assert await (await broker.own_queue()).get(fail=False) is None


async def test_a_full_queue_turns_events_away_and_loses_none(broker: Broker) -> None:
    """A quorum queue may take a few above its limit before it says no; what it confirmed, it has."""
    confirmed: list[str] = []
    async with broker.adapter(queue={"declare": True, "max_length": 3}) as adapter:
        for number in range(1, 200):
            result = await send(adapter, an_event(number))
            if not isinstance(result, Receipt):
                break
            confirmed.append(an_event(number)["id"])
        assert isinstance(result, TransientError)
        assert result.code == "QUEUE_FULL"
        queue = await broker.own_queue()
        assert [(await fetched(queue)).message_id for _ in confirmed] == confirmed
        async with asyncio.timeout(20):
            while isinstance(await send(adapter), TransientError):
                await asyncio.sleep(0.02)


async def test_a_queue_with_other_limits_is_the_operators_to_settle(broker: Broker) -> None:
    async with broker.adapter(queue={"declare": True, "max_length": 10}) as adapter:
        await adapter.probe()
    async with broker.adapter(queue={"declare": True, "max_length": 20}) as adapter:
        error = await send(adapter)
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope) == ("BROKER_TOPOLOGY", "destination")
    async with broker.adapter(queue={"declare": True, "max_length": 10}) as adapter:
        assert isinstance(await send(adapter), Receipt)


async def test_many_events_at_once_are_each_confirmed(broker: Broker) -> None:
    queue = await broker.queue()
    async with broker.adapter() as adapter:
        results = await asyncio.gather(*(send(adapter, an_event(number)) for number in range(1, 101)))
    assert all(isinstance(result, Receipt) for result in results)
    ids = {(await fetched(queue)).message_id for _ in range(100)}
    assert ids == {an_event(number)["id"] for number in range(1, 101)}


async def test_events_sent_one_after_another_lie_in_order(broker: Broker) -> None:
    queue = await broker.queue()
    async with broker.adapter() as adapter:
        for number in range(1, 21):
            await send(adapter, an_event(number))
    assert [(await fetched(queue)).message_id for _ in range(20)] == [an_event(n)["id"] for n in range(1, 21)]


async def test_a_passed_deadline_publishes_nothing(broker: Broker) -> None:
    queue = await broker.queue()
    async with broker.adapter() as adapter:
        error = await send(adapter, deadline=asyncio.get_running_loop().time())
        assert isinstance(error, TransientError)
        assert error.code == "DEADLINE"
    assert await queue.get(fail=False) is None


async def test_a_broker_that_is_away_is_transient() -> None:
    away = closed_port().replace("http://", "amqp://")
    section = {"mode": "amqp", "client": "mc", "broker_url": away}
    async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
        with pytest.raises(TransientError, match="CONNECT"):
            await adapter.probe()
        error = await send(adapter)
        assert isinstance(error, TransientError)
        assert error.code == "CONNECT"


async def test_a_wrong_password_vhost_or_certificate_concerns_the_destination(broker: Broker) -> None:
    url = URL(broker.url)
    for wrong, code in (
        (url.with_password("sai-mat-khau"), "BROKER_LOGIN"),
        (url.with_path("/khong-co"), "BROKER_RIGHTS"),
        (url.with_scheme("amqps"), "TLS"),
    ):
        async with broker.adapter(broker_url=str(wrong)) as adapter:
            error = await send(adapter)
            assert isinstance(error, PermanentError)
            assert (error.code, error.scope) == (code, "destination")
            assert "sai-mat-khau" not in f"{error} {error.vi} {error.en}"


async def failed_probe(url: str) -> DeliveryError:
    section = {"mode": "amqp", "client": "mc", "broker_url": url, "connect_timeout": "300ms"}
    async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
        with pytest.raises(DeliveryError) as caught:
            await adapter.probe()
    return caught.value


async def test_a_name_that_cannot_be_resolved_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    error = await failed_probe("amqp://rabbit.example.invalid/")
    assert isinstance(error, TransientError)
    assert error.code == "DNS"


async def test_a_broker_that_says_nothing_is_given_up_before_anything_was_published() -> None:
    async def hush(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hush, "127.0.0.1", 0) as server:
        error = await failed_probe(f"amqp://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert isinstance(error, TransientError)
    assert error.code == "CONNECT_TIMEOUT"


async def test_what_is_no_broker_at_all_is_transient() -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
        error = await failed_probe(f"amqp://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert isinstance(error, TransientError)
    assert error.code == "CONNECT"


@dataclass
class Wire:
    """A line to the broker that can be made deaf, or cut, once an event is on it."""

    url: str
    deaf: asyncio.Event
    cut: asyncio.Event


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[Wire]:
    target, wire = URL(url), Wire("", asyncio.Event(), asyncio.Event())

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, outwards: bool) -> None:
        while piece := await reader.read(65536):
            if outwards and wire.cut.is_set():
                break
            if outwards or not wire.deaf.is_set():
                writer.write(piece)
                await writer.drain()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection(target.host, target.port)
        ways = [
            asyncio.create_task(pump(reader, here, outwards=True)),
            asyncio.create_task(pump(there, writer, outwards=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            here.close()
            writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        wire.url = str(target.with_host(host).with_port(port))
        yield wire


async def test_a_confirmation_that_does_not_come_is_uncertain(broker: Broker) -> None:
    await broker.queue()
    short = timedelta(milliseconds=500)
    async with wire_to(broker.url) as wire, broker.adapter(broker_url=wire.url, timeout=short) as adapter:
        await adapter.probe()
        wire.deaf.set()
        error = await send(adapter)
        assert isinstance(error, UncertainError)
        assert error.code == "TIMEOUT"
        wire.cut.set()


async def test_a_line_cut_while_publishing_is_uncertain_and_the_next_event_finds_a_new_one(broker: Broker) -> None:
    queue = await broker.queue()
    async with wire_to(broker.url) as wire, broker.adapter(broker_url=wire.url) as adapter:
        await adapter.probe()
        wire.cut.set()
        error = await send(adapter)
        assert isinstance(error, UncertainError)
        assert error.code == "DISCONNECTED"
        wire.cut.clear()
        assert isinstance(await send(adapter), Receipt)
        await fetched(queue)


async def test_a_cancelled_delivery_leaves_the_adapter_usable(broker: Broker) -> None:
    queue = await broker.queue()
    async with broker.adapter() as adapter:
        delivery = asyncio.create_task(send(adapter))
        await asyncio.sleep(0)
        delivery.cancel()
        with pytest.raises(asyncio.CancelledError):
            await delivery
        assert isinstance(await send(adapter, an_event(2)), Receipt)
        assert (await fetched(queue)).message_id in {an_event(1)["id"], an_event(2)["id"]}


async def test_an_event_meant_for_another_way_or_incomplete_is_never_published(broker: Broker) -> None:
    queue = await broker.queue()
    async with broker.adapter() as adapter:
        with pytest.raises(PermanentError, match="UNKNOWN_OPERATION"):
            await adapter.deliver(outbound())
        with pytest.raises(PermanentError, match="EVENT_INCOMPLETE"):
            await adapter.deliver(outbound(an_event(time=""), "amqp"))
    assert await queue.get(fail=False) is None
