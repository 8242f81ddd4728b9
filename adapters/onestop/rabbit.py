"""The client-facing broker behind three verbs: be ready, publish, close. Only this file knows aio_pika.

An event counts as taken when the broker confirms it and has put it into a queue; what no queue takes comes back.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aiormq import exceptions as amqp
from pamqp.exceptions import PAMQPException

from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.onestop.catalogue import CATALOGUE
from adapters.onestop.settings import ClientReplies

EXCHANGE = "lienthong.replies"
_FAILURES = (amqp.AMQPError, PAMQPException, OSError, RuntimeError)
"""What aio_pika lets through; `TimeoutError` is an `OSError`, a channel in the wrong state a `RuntimeError`."""

_CONNECTING: Sequence[tuple[tuple[type[BaseException], ...], str, type[DeliveryError]]] = (
    ((amqp.AuthenticationError, amqp.ProbableAuthenticationError), "BROKER_LOGIN", PermanentError),
    # A vhost that does not exist or is closed to the account: the library only sees a frame it did not expect.
    ((amqp.InvalidFrameError, amqp.ConnectionNotAllowed, amqp.ChannelAccessRefused), "BROKER_RIGHTS", PermanentError),
    ((amqp.ChannelPreconditionFailed,), "BROKER_TOPOLOGY", PermanentError),
    ((ssl.SSLError,), "TLS", PermanentError),
    ((socket.gaierror,), "DNS", TransientError),
    ((TimeoutError,), "CONNECT_TIMEOUT", TransientError),
)
"""What went wrong before an event was published, the first that fits; anything else is `CONNECT`."""


class Rabbit:
    """One connection and one channel, made when first needed and made anew when lost. Safe for many tasks at once."""

    def __init__(self, settings: ClientReplies) -> None:
        self._settings = settings
        self._connecting = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None

    async def ready(self) -> None:
        """Return with the connection open and the topology as it should be. Raises `DeliveryError`."""
        await self._open()

    async def publish(self, message: aio_pika.Message, routing_key: str, deadline: float) -> None:
        """Return once the broker has stored the event in a queue; no byte of it leaves after `deadline` (loop time).

        Raises `TransientError` when it certainly has not, `UncertainError` when no confirmation came, and
        `PermanentError` (destination) when the broker turns the account or the topology away.
        """
        exchange = await self._open()
        if asyncio.get_running_loop().time() >= deadline:
            raise CATALOGUE["DEADLINE"].error(TransientError)
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()):
                await exchange.publish(message, routing_key, mandatory=True)
        except amqp.PublishError as exc:
            raise CATALOGUE["UNROUTABLE"].error(TransientError) from exc
        except amqp.DeliveryError as exc:
            raise CATALOGUE["QUEUE_FULL"].error(TransientError) from exc
        except TimeoutError as exc:
            raise CATALOGUE["TIMEOUT"].error(UncertainError) from exc
        except _FAILURES as exc:
            raise CATALOGUE["DISCONNECTED"].error(UncertainError) from exc

    async def close(self) -> None:
        """End the connection; one that is broken already ends quietly."""
        connection, self._connection, self._channel, self._exchange = self._connection, None, None, None
        if connection is not None:
            with suppress(*_FAILURES):
                await connection.close()

    async def _open(self) -> AbstractExchange:
        async with self._connecting:
            if self._exchange is not None and self._channel is not None and not self._channel.is_closed:
                return self._exchange
            await self.close()
            try:
                async with asyncio.timeout(self._settings.timeout.total_seconds()):
                    return await self._connect()
            except _FAILURES as exc:
                await self.close()
                _complain(exc)
            except BaseException:
                await self.close()
                raise

    async def _connect(self) -> AbstractExchange:
        settings = self._settings
        url = settings.broker_url.get_secret_value()
        context = ssl.create_default_context(cafile=settings.ca_file) if url.startswith("amqps") else None
        self._connection = await aio_pika.connect(
            url, timeout=settings.connect_timeout.total_seconds(), ssl_context=context
        )
        self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await self._channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        if settings.queue.declare:
            await self._declare_queue(self._channel, exchange)
        self._exchange = exchange
        return exchange

    async def _declare_queue(self, channel: AbstractChannel, exchange: AbstractExchange) -> None:
        """The client's own queue; full, it turns events away rather than dropping the oldest in silence."""
        limits = self._settings.queue
        queue = await channel.declare_queue(
            f"{EXCHANGE}.{self._settings.client}",
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-message-ttl": round(limits.ttl.total_seconds() * 1000),
                "x-max-length": limits.max_length,
                "x-overflow": "reject-publish",
            },
        )
        await queue.bind(exchange, f"{self._settings.client}.#")


def _complain(exc: BaseException) -> NoReturn:
    """Raise what a failure before the publishing means."""
    seen = (exc, exc.__cause__, exc.__context__)
    for kinds, code, error in _CONNECTING:
        if any(isinstance(one, kinds) for one in seen):
            scope = "destination" if error is PermanentError else "message"
            raise CATALOGUE[code].error(error, scope=scope) from exc
    raise CATALOGUE["CONNECT"].error(TransientError) from exc
