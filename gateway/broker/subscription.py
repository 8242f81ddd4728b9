"""Consuming one queue: messages as they come, over as many connections as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from aiormq.abc import AbstractChannel, DeliveredMessage
from aiormq.exceptions import ChannelNotFoundEntity

from gateway.broker.connection import Link, pauses
from gateway.broker.speaking import speaking
from gateway.errors import BrokerUnavailable, ConfigurationError

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 10.0


class Subscription:
    """A consumer of one queue. `start`, iterate, `stop` (acks still work), `close` (what is not acked comes again)."""

    def __init__(self, link: Link, queue: str, prefetch: int) -> None:
        """`prefetch`: how many messages may be in hand, not acknowledged."""
        self._link = link
        self._queue = queue
        self._prefetch = prefetch
        self._messages: asyncio.Queue[DeliveredMessage | None] = asyncio.Queue()
        self._channel: AbstractChannel | None = None
        self._tag: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._again = asyncio.Event()
        self._stopped = False

    def start(self) -> None:
        """Consume from now on."""
        self._task = asyncio.create_task(self._run(), name=f"amqp:{self._queue}")

    def begin_again(self) -> None:
        """The queue may have been deleted and made again.

        RabbitMQ tells a consumer whose queue is deleted, but not when it is made again in the same moment: the consumer
        then waits for ever, and holds what the new queue believes to have handed to it (seen on 3.10).
        """
        self._again.set()

    async def __aiter__(self) -> AsyncIterator[DeliveredMessage]:
        """Messages in the order of the queue; none that came by a connection lost meanwhile, as those come again."""
        while (message := await self._messages.get()) is not None and not self._stopped:
            if not message.channel.is_closed:
                yield message

    async def some(self, most: int) -> list[DeliveredMessage]:
        """At least one message and at most so many, without waiting for more than the first; none: it was stopped."""
        found: list[DeliveredMessage] = []
        while not self._stopped and len(found) < most and not (found and self._messages.empty()):
            one = await self._messages.get()
            if one is not None and not one.channel.is_closed:
                found.append(one)
        return found

    async def stop(self) -> None:
        """Take nothing more; what is in hand can still be acknowledged."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        self._messages.put_nowait(None)
        channel, tag, self._tag = self._channel, self._tag, None
        if channel is not None and tag is not None and not channel.is_closed:
            with suppress(BrokerUnavailable), speaking():
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await channel.basic_cancel(tag)

    async def close(self) -> None:
        """Give back what is not acknowledged."""
        await self.stop()
        channel, self._channel = self._channel, None
        if channel is not None:
            await _close(channel)

    async def _run(self) -> None:
        waits = pauses()
        while True:
            await self._link.up()
            try:
                self._again.clear()
                ended = await self._consume()
                waits = pauses()
                await self._until_one_of(ended)
                await self._end()
            except BrokerUnavailable as exc:
                log.warning("broker.not_consuming", key=self._queue, error=str(exc))
                if isinstance(exc.__cause__, ChannelNotFoundEntity):
                    await self._declare()
            await asyncio.sleep(next(waits))

    async def _consume(self) -> tuple[asyncio.Future[None], asyncio.Future[None]]:
        """Begin; the futures tell that the channel or the queue is gone."""
        deleted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with speaking():
            async with asyncio.timeout(_PATIENCE_SECONDS):
                channel = await self._link.connection.channel(publisher_confirms=False)
                self._channel = channel
                channel.on_consumer_cancel_callbacks.add(partial(_tell, deleted))
                await channel.basic_qos(prefetch_count=self._prefetch)
                answer = await channel.basic_consume(self._queue, self._take)
                self._tag = answer.consumer_tag
        return channel.closing, deleted

    async def _until_one_of(self, ended: Iterable[asyncio.Future[None]]) -> None:
        again: asyncio.Future[Any] = asyncio.ensure_future(self._again.wait())
        waited_for: list[asyncio.Future[Any]] = [*ended, again]
        try:
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        finally:
            again.cancel()

    async def _take(self, message: DeliveredMessage) -> None:
        self._messages.put_nowait(message)

    async def _end(self) -> None:
        """After the channel or the queue went away: leave nothing behind that could wait for an ack for ever."""
        channel, self._channel, self._tag = self._channel, None, None
        if channel is not None and not channel.is_closed:
            await _close(channel)
            await self._declare()

    async def _declare(self) -> None:
        """The queue is not there: make it again, if we may."""
        with suppress(BrokerUnavailable, ConfigurationError):
            await self._link.declare()


def _tell(deleted: asyncio.Future[None], _: object) -> None:
    if not deleted.done():
        deleted.set_result(None)


async def _close(channel: AbstractChannel) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await channel.close()
