"""The broker inside one process: queues in memory, for the embedded installation.

What it holds is lost with the process; the relay publishes everything due again at start, from the outbox.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Callable, Sequence

from gateway.broker.port import Pack
from gateway.message import DeliveryId


class _Queue:
    """Packs of one destination and partition, and whose turn it is to take them."""

    def __init__(self) -> None:
        self.packs: deque[Pack] = deque()
        self.taken: dict[object, Pack] = {}
        """In hand of the consumer whose turn it is, by token."""
        self.turn = asyncio.Lock()
        self.news = asyncio.Event()

    def put(self, pack: Pack) -> None:
        self.packs.append(pack)
        self.news.set()

    def take_back(self) -> None:
        """What was in hand and not acknowledged comes again, before everything else."""
        self.packs.extendleft(reversed(self.taken.values()))
        self.taken.clear()
        self.news.set()


class InProcessBroker:
    """`Broker` in memory."""

    def __init__(self) -> None:
        self._queues: dict[tuple[str, int], _Queue] = defaultdict(_Queue)
        self._listeners: list[Callable[[Pack], None]] = []
        self._closed = False
        self._tokens = 0

    async def publish(self, destination: str, ids: Sequence[DeliveryId], partition: int = 0) -> None:
        self._tokens += 1
        self._queues[destination, partition].put(Pack(destination, tuple(ids), partition, self._tokens))

    async def waiting(self, destination: str, partition: int = 0) -> int:
        return len(self._queues[destination, partition].packs)

    async def dead_letters(self) -> int:
        return 0

    async def consume(self, destination: str, partition: int = 0) -> AsyncGenerator[Pack, None]:
        queue = self._queues[destination, partition]
        async with queue.turn:
            try:
                while not self._closed:
                    if queue.packs:
                        pack = queue.packs.popleft()
                        queue.taken[pack.token] = pack
                        yield pack
                    else:
                        queue.news.clear()
                        await queue.news.wait()
            finally:
                if not self._closed:
                    queue.take_back()

    async def ack(self, pack: Pack) -> None:
        self._queues[pack.destination, pack.partition].taken.pop(pack.token, None)
        for listener in self._listeners:
            listener(pack)

    def on_ack(self, listener: Callable[[Pack], None]) -> None:
        self._listeners.append(listener)

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        self._closed = True
        for queue in list(self._queues.values()):
            queue.news.set()

    async def drop(self) -> None:
        self._queues.clear()
