"""The wire tap: lifecycle events on the topic exchange `<prefix>.events`, for dashboards and data warehouses.

A convenience, not a record: at most so many wait in memory, what is over is dropped and counted, and nothing that is
delivered ever waits for it. The record is the ledger.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from uuid import uuid4

import orjson
import structlog
from aiormq import spec

from gateway.broker.connection import Link, pauses
from gateway.broker.publisher import Publisher
from gateway.broker.topology import PREFIX, events, events_exchange
from gateway.errors import BrokerUnavailable
from gateway.telemetry.lifecycle import Happening

log = structlog.get_logger(__name__)

_MOST_WAITING = 10_000
_AT_ONCE = 100
_SOURCE = "urn:lienthong:gateway"


class WireTap:
    """Passes on what it hears, as CloudEvents; routing key `<what>.<state>`."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = PREFIX,
        name: str = PREFIX,
        most_waiting: int = _MOST_WAITING,
        dropped: Callable[[], None] = lambda: None,
    ) -> None:
        """`dropped` is called for every event that had no room."""
        self._link = Link(url, f"{name} events", events(prefix))
        self._publisher = Publisher(self._link)
        self._exchange = events_exchange(prefix)
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._most_waiting = most_waiting
        self._dropped = dropped
        self._news = asyncio.Event()

    def hear(self, happening: Happening) -> None:
        """See `gateway.telemetry.lifecycle.Tap`."""
        if len(self._waiting) >= self._most_waiting:
            self._dropped()
            return
        self._waiting.append((f"{happening.what}.{happening.state}", _event(happening)))
        self._news.set()

    async def open(self) -> None:
        """Connect. Raises `ConfigurationError` as `Link.open`."""
        await self._link.open()

    async def run(self) -> None:
        """Pass on until cancelled; while the broker is away, events wait as far as there is room."""
        waits = pauses()
        while True:
            await self._news.wait()
            some = list(islice(self._waiting, _AT_ONCE))
            if not some:
                self._news.clear()
                continue
            results = await asyncio.gather(*(self._pass_on(*one) for one in some), return_exceptions=True)
            if any(isinstance(one, BrokerUnavailable) for one in results):
                await asyncio.sleep(next(waits))  # all of them again: an event may come twice, with the same id
                continue
            for failed in (one for one in results if isinstance(one, Exception)):
                log.error("wire_tap.failed", exc_info=failed)
            waits = pauses()
            for _ in some:
                self._waiting.popleft()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._link.close()

    async def _pass_on(self, key: str, event: bytes) -> None:
        properties = spec.Basic.Properties(content_type="application/cloudevents+json")
        await self._publisher.publish(self._exchange, key, event, properties, mandatory=False)


def _event(happening: Happening) -> bytes:
    data = {name: value for name, value in happening._asdict().items() if value and name not in ("what", "subject")}
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": _SOURCE,
            "type": f"vn.lienthong.{happening.what}.{happening.state}.v1",
            "subject": happening.subject,
            "time": datetime.now(UTC),
            "data": data,
        }
    )
