"""A connection to RabbitMQ that comes back by itself, with the topology declared anew each time.

Heartbeats every few seconds find the half-open connection that TCP would keep for hours; the broker may come back with
an empty disk, so what must be there is declared before anybody uses the new connection.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress

import aiormq
import structlog
from aiormq.abc import AbstractConnection
from aiormq.exceptions import AuthenticationError, ConnectionNotAllowed, InvalidFrameError, ProbableAuthenticationError
from yarl import URL

from gateway.broker.speaking import speaking, unavailable
from gateway.broker.topology import Topology, declare
from gateway.errors import BrokerUnavailable, ConfigurationError

log = structlog.get_logger(__name__)

HEARTBEAT = 5
"""Seconds; the broker gives up a silent client after two, so a frozen process is replaced within 20 s."""
_CONNECT_SECONDS = 10.0
_FAREWELL_SECONDS = 3.0
_SHORTEST, _LONGEST = 0.1, 5.0


class _Connection(aiormq.Connection):
    HEARTBEAT_GRACE_MULTIPLIER = 2
    """A broker silent for two heartbeats is gone; the library would wait for three."""


class Link:
    """One connection. `open` it, then ask for `connection` (now) or `up` (when there is one)."""

    def __init__(self, url: str, name: str, topology: Topology) -> None:
        """`name` is what RabbitMQ's own tools show."""
        address = URL(url)
        self._url = address if "heartbeat" in address.query else address.update_query(heartbeat=HEARTBEAT)
        self._name = name
        self._topology = topology
        self._connection: AbstractConnection | None = None
        self._up = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._trouble = "RabbitMQ: chưa kết nối / not connected yet"

    @property
    def connection(self) -> AbstractConnection:
        """The connection as it is now. Raises `BrokerUnavailable` while there is none."""
        if self._connection is None or self._connection.is_closed:
            raise BrokerUnavailable(self._trouble)
        return self._connection

    @property
    def trouble(self) -> str | None:
        """What keeps it from being connected, if anything."""
        return self._trouble if self._connection is None or self._connection.is_closed else None

    async def open(self) -> None:
        """Connect once and keep connected from now on; a broker that is away is waited for in the background.

        Raises `ConfigurationError` when the broker turns the account or the topology away.
        """
        with suppress(BrokerUnavailable):
            self._take(await self._connect())
        self._keeper = asyncio.create_task(self._keep(), name=f"amqp:{self._name}")

    async def up(self) -> AbstractConnection:
        """Wait until there is a connection."""
        while self.trouble is not None:
            self._up.clear()
            await self._up.wait()
        return self.connection

    async def declare(self) -> None:
        """Declare the topology once more: somebody deleted a part of it. Raises as `open`, and `BrokerUnavailable`."""
        with speaking():
            async with asyncio.timeout(_CONNECT_SECONDS):
                await declare(self.connection, self._topology)

    async def close(self) -> None:
        """Let go of it for good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        connection, self._connection = self._connection, None
        if connection is not None:
            await _leave(connection)

    def _take(self, connection: AbstractConnection) -> None:
        self._connection, self._trouble = connection, "RabbitMQ: mất kết nối / the connection was lost"
        self._up.set()

    async def _keep(self) -> None:
        while True:
            if self._connection is not None:
                await asyncio.wait([self._connection.closing])
                self._connection = None
                log.warning("broker.connection_lost", role=self._name)
            self._take(await self._come_back())
            log.info("broker.connected", role=self._name)

    async def _come_back(self) -> AbstractConnection:
        for pause in pauses():
            await asyncio.sleep(pause)
            try:
                return await self._connect()
            except (BrokerUnavailable, ConfigurationError) as exc:
                log.warning("broker.not_connected", role=self._name, error=str(exc))
        raise AssertionError("pauses never end")

    async def _connect(self) -> AbstractConnection:
        connection = _Connection(self._url, client_properties={"connection_name": self._name})
        try:
            with speaking():
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await connection.connect()
                    await declare(connection, self._topology)
        except BrokerUnavailable as exc:
            await _leave(connection)
            error = _meaning(exc)
            self._trouble = str(error)
            raise error from exc.__cause__
        except BaseException as exc:
            await _leave(connection)
            self._trouble = str(exc)
            raise
        return connection


def pauses() -> Iterator[float]:
    """Before each try to come back: soon at first, then longer, never all at the same moment."""
    longest = _SHORTEST
    while True:
        yield random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing
        longest = min(longest * 2, _LONGEST)


def _meaning(exc: BrokerUnavailable) -> BrokerUnavailable | ConfigurationError:
    """What the broker says before it lets anybody in is for whoever set up the account."""
    match exc.__cause__:
        case AuthenticationError() | ProbableAuthenticationError():
            return ConfigurationError(
                ["amqp_url: RabbitMQ không nhận tên hoặc mật khẩu / RabbitMQ does not take this name or password"]
            )
        case InvalidFrameError() | ConnectionNotAllowed():
            # The library only sees a frame it did not expect.
            return ConfigurationError(
                [
                    (
                        "amqp_url: vhost không có hoặc tài khoản không được vào / "
                        "the vhost does not exist or is closed to the account"
                    )
                ]
            )
        case TimeoutError() | OSError():
            return unavailable("không kết nối được tới amqp_url", "the broker at amqp_url cannot be reached")
    return exc


async def _leave(connection: AbstractConnection) -> None:
    """Say goodbye, for a moment."""
    with suppress(Exception):
        async with asyncio.timeout(_FAREWELL_SECONDS):
            await connection.close()
