"""The relay: brings due deliveries from the ledger's outbox to the broker, never more than a window at a time.

What a commit made pending is handed over in memory; the outbox table is read at start, when the window had been full,
when a retry falls due, and by a sweep that finds what anything else missed. The backlog thus lives in the ledger, and
losing the broker loses nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from gateway.broker.port import Broker, Pack
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger, Pending
from gateway.message import DeliveryId
from gateway.settings import DestinationSettings

log = structlog.get_logger(__name__)

_WIDEST = 2000
"""Ids of one destination in hand are tasks in memory; more than this buys no speed."""


@dataclass(slots=True)
class _Line:
    """What the relay knows of one destination."""

    window: int
    pack_size: int
    ready: OrderedDict[DeliveryId, None] = field(default_factory=OrderedDict)
    published: dict[DeliveryId, float] = field(default_factory=dict)
    """Handed to the broker and not yet acknowledged, with the moment (monotonic)."""
    look: bool = True
    """The outbox may hold due rows that are not in `ready`."""
    next_due: datetime | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def forget_before(self, moment: float) -> None:
        """Stop waiting for what was published that long ago: whatever is still due will be published again."""
        for lost in [one for one, published in self.published.items() if published < moment]:
            del self.published[lost]


class Relay:
    """Publishes due deliveries, a line per destination."""

    def __init__(
        self,
        ledger: Ledger,
        broker: Broker,
        destinations: Mapping[str, DestinationSettings],
        *,
        sweep_every: float,
        claim_timeout: float = 60,
        may_publish: Callable[[str], float] = lambda _: 0,
    ) -> None:
        """`may_publish` says for how many seconds a destination wants nothing (0: now is fine).

        An id that was published `claim_timeout` seconds ago and is still due was lost on the way: it is published
        again. The claim makes a repeat harmless.
        """
        self._ledger = ledger
        self._broker = broker
        self._sweep_every = sweep_every
        self._claim_timeout = claim_timeout
        self._may_publish = may_publish
        self._lines = {
            name: _Line(_window(settings, claim_timeout), settings.pack_size) for name, settings in destinations.items()
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
            if item.again:
                line.published.pop(item.id, None)
            elif item.id in line.published:
                continue  # a look into the outbox was quicker than this note
            if item.due_in:
                due_at = now + timedelta(seconds=item.due_in)
                line.next_due = min(line.next_due, due_at) if line.next_due else due_at
            elif line.look or len(line.ready) >= line.window:
                line.look = True
            else:
                line.ready[item.id] = None
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
                line.look = True
                await _wait(line.wake, min(pause, self._sweep_every))
                continue
            now = time.monotonic()
            if now - swept_at >= self._sweep_every:
                swept_at = now
                line.forget_before(now - self._claim_timeout)
                line.look = True
            if line.next_due is not None and line.next_due <= datetime.now(UTC):
                line.next_due, line.look = None, True
            await self._try_to_publish(name, line)
            await _wait(line.wake, self._sleep(line))

    async def _try_to_publish(self, name: str, line: _Line) -> None:
        """Whatever goes wrong here is met again at the next sweep; a line must never end."""
        try:
            await self._publish(name, line)
            return
        except LedgerUnavailable as exc:
            log.warning("relay.ledger_unavailable", destination=name, error=str(exc))
        except Exception:
            log.exception("relay.failed", destination=name)
        line.look = True
        await asyncio.sleep(self._sweep_every)

    async def _publish(self, name: str, line: _Line) -> None:
        """Fill the window: first what was handed over, then what the outbox holds."""
        while (room := line.window - len(line.published)) > 0:
            if not line.ready and line.look:
                await self._look(name, line)
            if not line.ready:
                return
            size = min(room, line.pack_size, len(line.ready))
            pack = [line.ready.popitem(last=False)[0] for _ in range(size)]
            line.published.update(dict.fromkeys(pack, time.monotonic()))
            try:
                await self._broker.publish(name, pack)
            except BaseException:
                for one in pack:
                    line.published.pop(one, None)
                raise

    async def _look(self, name: str, line: _Line) -> None:
        """Read the outbox past what is already on its way."""
        line.look = False
        limit = line.window + len(line.published)
        due, next_in = await self._ledger.take_due(name, limit)
        line.ready.update(dict.fromkeys(one.id for one in due if one.id not in line.published))
        if next_in is not None:
            later = datetime.now(UTC) + timedelta(seconds=next_in)
            line.next_due = min(line.next_due, later) if line.next_due else later
        if len(due) >= limit:
            line.look = True

    def _acked(self, pack: Pack) -> None:
        line = self._lines.get(pack.destination)
        if line is not None:
            for one in pack.ids:
                line.published.pop(one, None)
            line.wake.set()

    def _sleep(self, line: _Line) -> float:
        if line.next_due is None:
            return self._sweep_every
        return min(self._sweep_every, max(0.0, (line.next_due - datetime.now(UTC)).total_seconds()))


def _window(settings: DestinationSettings, claim_timeout: float) -> int:
    """Enough packs that a slow delivery in one holds up none of the others, but no more than can be claimed in time."""
    calls = 2 * settings.concurrency
    window = max(calls, min(calls * settings.pack_size, _WIDEST))
    return min(window, max(1, int(settings.rate * claim_timeout))) if settings.rate else window


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event or the time, whichever comes first."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
