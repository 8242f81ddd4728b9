"""The broker on RabbitMQ: quorum queues, publisher confirms, ids only.

Two connections: when RabbitMQ is short of memory or disk it stops reading from those that publish, and acks must not
wait behind that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from aiormq.abc import AbstractChannel, DeliveredMessage

from gateway.broker.connection import Link
from gateway.broker.port import Pack
from gateway.broker.publisher import Publisher
from gateway.broker.speaking import speaking
from gateway.broker.subscription import Subscription
from gateway.broker.topology import PREFIX, dead_queue, deliveries, deliveries_exchange, delivery_queue
from gateway.errors import BrokerUnavailable
from gateway.message import DeliveryId

log = structlog.get_logger(__name__)

_ASK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """How the deliveries of one destination travel."""

    partitions: int = 1
    prefetch: int = 4
    """Packs in hand of one consumer."""


class RabbitBroker:
    """`Broker` on RabbitMQ."""

    def __init__(
        self, url: str, queues: Mapping[str, QueueSettings], *, prefix: str = PREFIX, name: str = PREFIX
    ) -> None:
        """`prefix` begins all names on the broker; `name` says in its tools which process this is."""
        topology = deliveries({destination: queue.partitions for destination, queue in queues.items()}, prefix)
        self._prefix = prefix
        self._exchange = deliveries_exchange(prefix)
        self._queues = queues
        self._sending = Link(url, f"{name} out", topology)
        self._taking = Link(url, f"{name} in", topology)
        self._publisher = Publisher(self._sending, self._begin_again)
        self._subscriptions: set[Subscription] = set()
        self._listeners: list[Callable[[Pack], None]] = []
        self._asking: AbstractChannel | None = None
        self._one_question = asyncio.Lock()
        self._closed = False

    def _begin_again(self) -> None:
        for one in self._subscriptions:
            one.begin_again()

    async def open(self) -> None:
        """Connect; a broker that is away is waited for in the background (`ready` tells).

        Raises `ConfigurationError` for an account it turns away and for queues that exist with other properties.
        """
        try:
            await self._sending.open()
            await self._taking.open()
        except BaseException:
            await self.drop()
            raise

    async def publish(self, destination: str, ids: Sequence[DeliveryId], partition: int = 0) -> None:
        await self._publisher.publish(self._exchange, f"{destination}.{partition}", " ".join(ids).encode())

    async def waiting(self, destination: str, partition: int = 0) -> int:
        return await self._count(delivery_queue(destination, partition, self._prefix))

    async def dead_letters(self) -> int:
        return await self._count(dead_queue(self._prefix))

    async def _count(self, queue: str) -> int:
        with speaking():
            async with asyncio.timeout(_ASK_SECONDS), self._one_question:
                if self._asking is None or self._asking.is_closed:
                    self._asking = await self._taking.connection.channel(publisher_confirms=False)
                answer = await self._asking.queue_declare(queue, passive=True)
        return answer.message_count or 0

    async def consume(self, destination: str, partition: int = 0) -> AsyncGenerator[Pack, None]:
        if self._closed:
            return
        queue = delivery_queue(destination, partition, self._prefix)
        subscription = Subscription(self._taking, queue, self._queues[destination].prefetch)
        self._subscriptions.add(subscription)
        subscription.start()
        try:
            async for message in subscription:
                yield Pack(destination, _ids(message), partition, message)
        finally:
            if not self._closed:
                self._subscriptions.discard(subscription)
                await subscription.close()

    async def ack(self, pack: Pack) -> None:
        message = pack.token
        if isinstance(message, DeliveredMessage) and not message.channel.is_closed and message.delivery_tag is not None:
            with suppress(BrokerUnavailable), speaking():
                await message.channel.basic_ack(message.delivery_tag, wait=False)
        for listener in self._listeners:
            listener(pack)

    def on_ack(self, listener: Callable[[Pack], None]) -> None:
        self._listeners.append(listener)

    async def ready(self) -> str | None:
        return self._sending.trouble or self._taking.trouble

    async def close(self) -> None:
        self._closed = True
        await asyncio.gather(*(one.stop() for one in self._subscriptions))

    async def drop(self) -> None:
        await self.close()
        await asyncio.gather(self._sending.close(), self._taking.close())


def _ids(message: DeliveredMessage) -> tuple[DeliveryId, ...]:
    """What cannot be ids (somebody else wrote into our queue) finds no delivery and is acknowledged like any pack."""
    return tuple(DeliveryId(one) for one in message.body.decode("ascii", "replace").split())
