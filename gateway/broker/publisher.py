"""Publishing with confirms: many at once on one channel, each returning when the broker has stored its message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from aiormq import spec
from aiormq.channel import Channel
from aiormq.exceptions import ChannelNotFoundEntity, PublishError

from gateway.broker.connection import Link
from gateway.broker.speaking import speaking, unavailable
from gateway.errors import BrokerUnavailable

PERSISTENT = 2
_CONFIRM_SECONDS = 5.0
"""A broker that does not confirm for so long (away, blocked by an alarm) counts as unavailable."""


class Publisher:
    """Publishes over a link; safe for many tasks at once."""

    def __init__(self, link: Link, made_again: Callable[[], None] = lambda: None) -> None:
        """`made_again` hears that queues were deleted and have been declared anew."""
        self._link = link
        self._made_again = made_again
        self._opening = asyncio.Lock()
        self._channel: Channel | None = None
        self._sent = 0

    async def publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        properties: spec.Basic.Properties | None = None,
        *,
        mandatory: bool = True,
    ) -> None:
        """Return once a queue has stored it; not `mandatory`: or once it is certain that none wants it.

        Where one must take it and none does, somebody deleted one: the topology is declared anew, and it is sent again.
        Raises `BrokerUnavailable`; then it may have been stored all the same.
        """
        if await self._publish(exchange, key, body, properties, mandatory=mandatory):
            return
        await self._link.declare()
        self._made_again()
        if not await self._publish(exchange, key, body, properties, mandatory=mandatory):
            raise unavailable(f"không hàng đợi nào nhận {key}", f"no queue takes {key}")

    async def _publish(
        self, exchange: str, key: str, body: bytes, properties: spec.Basic.Properties | None, *, mandatory: bool
    ) -> bool:
        channel = self._channel
        if channel is None or channel.is_closed:
            channel = await self._open()
        if properties is None:
            properties = spec.Basic.Properties(delivery_mode=PERSISTENT)
        if properties.message_id is None:  # by it the library tells which message came back
            self._sent += 1
            properties.message_id = str(self._sent)
        try:
            with speaking():
                await channel.basic_publish(
                    body,
                    exchange=exchange,
                    routing_key=key,
                    properties=properties,
                    mandatory=mandatory,
                    timeout=_CONFIRM_SECONDS,
                    wait=False,
                )
        except BrokerUnavailable as exc:
            if isinstance(exc.__cause__, PublishError | ChannelNotFoundEntity):
                return False
            raise
        return True

    async def _open(self) -> Channel:
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                with speaking():
                    async with asyncio.timeout(_CONFIRM_SECONDS):
                        opened = await self._link.connection.channel(publisher_confirms=True)
                        self._channel = cast("Channel", opened)
            return self._channel
