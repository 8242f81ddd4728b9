"""Brokers on a real RabbitMQ, each under names of its own, gone afterwards."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiormq

from gateway.broker.rabbitmq import QueueSettings, RabbitBroker
from gateway.broker.topology import Topology, deliveries
from tests.contract.broker_contract import PARTITIONS


@dataclass
class Rig:
    """A RabbitMQ, and names on it that nobody else uses."""

    url: str
    prefix: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:12]}")

    @property
    def topology(self) -> Topology:
        return deliveries(PARTITIONS, self.prefix)

    @asynccontextmanager
    async def broker(self, url: str = "", *, prefetch: int = 4) -> AsyncIterator[RabbitBroker]:
        queues = {name: QueueSettings(count, prefetch) for name, count in PARTITIONS.items()}
        broker = RabbitBroker(url or self.url, queues, prefix=self.prefix)
        await broker.open()
        try:
            yield broker
        finally:
            await broker.drop()

    async def clean(self, topology: Topology) -> None:
        async with channel(self.url) as cleaning:
            for queue in topology.queues:
                await cleaning.queue_delete(queue.name)
            for exchange in topology.exchanges:
                await cleaning.exchange_delete(exchange.name)


@asynccontextmanager
async def channel(url: str) -> AsyncIterator[aiormq.abc.AbstractChannel]:
    """A channel of the test's own."""
    connection = await aiormq.connect(url)
    try:
        yield await connection.channel()
    finally:
        await connection.close()


@asynccontextmanager
async def a_rig(url: str) -> AsyncIterator[Rig]:
    rig = Rig(url)
    try:
        yield rig
    finally:
        await rig.clean(rig.topology)


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until a condition holds; a bound, not a pause."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)
