"""The broker inside one process: queues in memory, for the embedded installation.

What it holds is lost with the process; the relay publishes everything due again at start, from the outbox.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence

from gateway.broker.port import Pack
from gateway.message import DeliveryId


class InProcessBroker:
    """`Broker` on asyncio queues."""

    def __init__(self) -> None:
        self._queues: dict[str, asyncio.Queue[Pack | None]] = defaultdict(asyncio.Queue)
        self._listeners: list[Callable[[Pack], None]] = []
        self._closed = False

    async def publish(self, destination: str, ids: Sequence[DeliveryId]) -> None:
        self._queues[destination].put_nowait(Pack(destination, tuple(ids)))

    async def consume(self, destination: str) -> AsyncIterator[Pack]:
        queue = self._queues[destination]
        while not self._closed:
            pack = await queue.get()
            if pack is None:
                return
            yield pack

    async def ack(self, pack: Pack) -> None:
        for listener in self._listeners:
            listener(pack)

    def on_ack(self, listener: Callable[[Pack], None]) -> None:
        self._listeners.append(listener)

    async def close(self) -> None:
        self._closed = True
        for queue in list(self._queues.values()):
            queue.put_nowait(None)
