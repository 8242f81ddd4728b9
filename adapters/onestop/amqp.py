"""Publishes each event to the exchange `lienthong.replies`, by the routing key `<client>.<type>`."""

from __future__ import annotations

import aio_pika

from adapters.contract import Outbound, PermanentError, Receipt, trace
from adapters.onestop.catalogue import CATALOGUE
from adapters.onestop.event import CONTENT_TYPE, event_of
from adapters.onestop.rabbit import Rabbit
from adapters.transport.trace import HEADER

AMQP = "amqp"


class Publication:
    """The adapter for one client's queue. Any number of events at once; their order is the caller's business.

    A crash after publishing leaves at worst a repeat, which the client knows by the message's id.
    """

    def __init__(self, client: str, rabbit: Rabbit) -> None:
        self._client = client
        self._rabbit = rabbit

    async def deliver(self, request: Outbound) -> Receipt:
        """Publish one event."""
        if request.operation != AMQP:
            raise CATALOGUE["UNKNOWN_OPERATION"].error(PermanentError)
        event = event_of(request)
        message = aio_pika.Message(
            event.body,
            content_type=CONTENT_TYPE,
            message_id=event.id,
            type=event.type,
            app_id="lienthong",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            headers={HEADER: told} if (told := trace()) else None,
        )
        await self._rabbit.publish(message, f"{self._client}.{event.type}", request.deadline)
        return Receipt("confirmed", "", b"")

    async def probe(self) -> None:
        """Open the connection, with exchange and queue as they should be; publishes nothing."""
        await self._rabbit.ready()
