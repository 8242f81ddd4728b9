"""The relay: brings due deliveries from the ledger's outbox to the broker, never more than a window at a time.

What a commit made pending is handed over in memory; the outbox table is read at start, when the window had been full,
when a retry falls due, and by a sweep that finds what anything else missed. The backlog thus lives in the ledger, and
losing the broker loses nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from gateway.broker.port import Broker, Pack
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger, Pending
from gateway.message import DeliveryId
from gateway.settings import DestinationSettings

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Line:
    """What the relay knows of one destination."""

    window: int
    pack_size: int
    ready: deque[DeliveryId] = field(default_factory=deque)
    look: bool = True
    """The outbox may hold due rows that are not in `ready`."""
    next_due: datetime | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    offered: set[DeliveryId] = field(default_factory=set)


class Relay:
    """Publishes due deliveries, a line per destination."""

    def __init__(
        self,
        ledger: Ledger,
        broker: Broker,
        destinations: Mapping[str, DestinationSettings],
        *,
        sweep_every: float,
        may_publish: Callable[[str], float] = lambda _: 0,
    ) -> None:
        """`may_publish` says for how many seconds a destination wants nothing (0: now is fine)."""
        self._ledger = ledger
        self._broker = broker
        self._sweep_every = sweep_every
        self._may_publish = may_publish
        self._lines = {
            name: _Line(max(2 * settings.concurrency, settings.pack_size), settings.pack_size)
            for name, settings in destinations.items()
        }
        ledger.on_pending(self.offer)
        broker.on_ack(self._acked)

    def offer(self, pending: Sequence[Pending]) -> None:
        """Take over what a commit made pending; called right after the commit, never blocks."""
        now = datetime.now(UTC)
        for item in pending:
            line = self._lines.get(item.destination)
            if line is None:
                continue
            if item.due_at > now:
                line.next_due = min(line.next_due, item.due_at) if line.next_due else item.due_at
            elif line.look or len(line.ready) >= line.window:
                line.look = True
            elif item.id not in line.offered:
                line.offered.add(item.id)
                line.ready.append(item.id)
            line.wake.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, line in self._lines.items():
                tasks.create_task(self._run_line(name, line), name=f"relay:{name}")

    async def _run_line(self, name: str, line: _Line) -> None:
        swept_at = time.monotonic()
        while True:
            line.wake.clear()
            pause = self._may_publish(name)
            if pause > 0:
                await _wait(line.wake, min(pause, self._sweep_every))
                line.look = True
                continue
            if time.monotonic() - swept_at >= self._sweep_every or _is_due(line.next_due):
                swept_at = time.monotonic()
                line.look = True
            try:
                await self._publish(name, line)
            except LedgerUnavailable as exc:
                log.warning("relay.ledger_unavailable", destination=name, error=str(exc))
                line.look = True
            await _wait(line.wake, self._sleep(line))

    async def _publish(self, name: str, line: _Line) -> None:
        """Fill the window: first what was handed over, then what the outbox holds."""
        while (room := line.window - len(self._broker.outstanding(name))) > 0:
            if not line.ready and line.look:
                await self._look(name, line)
            if not line.ready:
                return
            size = min(room, line.pack_size, len(line.ready))
            await self._broker.publish(name, [line.ready.popleft() for _ in range(size)])

    async def _look(self, name: str, line: _Line) -> None:
        """Read the outbox past what is already on its way."""
        line.look = False
        outstanding = self._broker.outstanding(name)
        limit = line.window + len(outstanding)
        due, line.next_due = await self._ledger.take_due(name, limit, datetime.now(UTC))
        fresh = [one for one in due if one not in outstanding and one not in line.offered]
        line.offered.update(fresh)
        line.ready.extend(fresh)
        if len(due) >= limit:
            line.look = True

    def _acked(self, pack: Pack) -> None:
        line = self._lines.get(pack.destination)
        if line is not None:
            line.offered.difference_update(pack.ids)
            line.wake.set()

    def _sleep(self, line: _Line) -> float:
        if line.next_due is None:
            return self._sweep_every
        return min(self._sweep_every, max(0.0, (line.next_due - datetime.now(UTC)).total_seconds()))


def _is_due(moment: datetime | None) -> bool:
    return moment is not None and moment <= datetime.now(UTC)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event or the time, whichever comes first."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
