"""The relay: brings due deliveries from the ledger's outbox to the broker, never more than a window at a time.

Every process that commits something due hands it over in memory right after the commit and publishes it itself; the
outbox table is read only by a relay that sweeps: at its start, when a window had been full, when a retry falls due, and
now and then for what anything else missed. The backlog thus lives in the ledger, and losing the broker loses nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from gateway.broker.port import Broker, Pack
from gateway.errors import BrokerUnavailable, LedgerUnavailable
from gateway.ledger.port import Ledger, Pending
from gateway.message import DeliveryId
from gateway.relay.window import AskedWindow, HeldWindow, Window, window_size
from gateway.settings import DestinationSettings

log = structlog.get_logger(__name__)

_FULL_AGAIN = 0.02
"""Seconds until a full queue that others work off is asked for room again."""


@dataclass(slots=True)
class _Outbox:
    """What the relay knows of one destination's rows in the outbox."""

    destination: str
    lines: list[_Line] = field(default_factory=list)
    look: bool = True
    """It may hold due rows that are not in a line's `ready`."""
    next_due: float | None = None
    """When the next row falls due (monotonic)."""
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def due_in(self, seconds: float) -> None:
        moment = time.monotonic() + seconds
        self.next_due = moment if self.next_due is None else min(self.next_due, moment)


@dataclass(slots=True)
class _Line:
    """The way to one queue: a partition of a destination."""

    outbox: _Outbox
    partition: int
    window: Window
    pack_size: int
    ready: OrderedDict[DeliveryId, None] = field(default_factory=OrderedDict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Relay:
    """Publishes due deliveries, a line per queue."""

    def __init__(
        self,
        ledger: Ledger,
        broker: Broker,
        destinations: Mapping[str, DestinationSettings],
        *,
        sweep_every: float,
        claim_timeout: float = 60,
        may_publish: Callable[[str], float] = lambda _: 0,
        sweeps: bool = True,
        shared: bool = False,
    ) -> None:
        """`may_publish` says for how many seconds a destination wants nothing (0: now is fine).

        An id that was published `claim_timeout` seconds ago and is still due was lost on the way: it is published
        again. The claim makes a repeat harmless. `sweeps`: look into the outbox, too, and not only publish what this
        process committed. `shared`: other processes publish and work off the same queues.
        """
        self._ledger = ledger
        self._broker = broker
        self._sweep_every = sweep_every
        self._claim_timeout = claim_timeout
        self._may_publish = may_publish
        self._sweeps = sweeps
        self._shared = shared
        self._outboxes = {name: self._outbox(name, settings) for name, settings in destinations.items()}
        ledger.on_pending(self.offer)
        broker.on_ack(self._acked)

    def _outbox(self, name: str, settings: DestinationSettings) -> _Outbox:
        outbox = _Outbox(name, look=self._sweeps)
        size = window_size(settings, self._claim_timeout)
        for partition in range(settings.partitions):
            window: Window = HeldWindow(size)
            if self._shared:
                window = AskedWindow(size, settings.pack_size, partial(self._broker.waiting, name, partition))
            outbox.lines.append(_Line(outbox, partition, window, min(settings.pack_size, size)))
        return outbox

    def offer(self, pending: Sequence[Pending]) -> None:
        """Take over what a commit made pending; called right after the commit, never blocks."""
        for item in pending:
            outbox = self._outboxes.get(item.destination)
            if outbox is None:
                continue
            line = outbox.lines[item.lane_hash % len(outbox.lines)]
            if item.again:
                line.window.done((item.id,))
            elif line.window.holds(item.id):
                continue  # a look into the outbox was quicker than this note
            if item.due_in > 0:
                outbox.due_in(item.due_in)
            elif (outbox.look and not self._shared) or len(line.ready) >= line.window.size:
                outbox.look = self._sweeps
            else:
                line.ready[item.id] = None
            line.wake.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, outbox in self._outboxes.items():
                for line in outbox.lines:
                    tasks.create_task(self._run_line(line), name=f"relay:{name}.{line.partition}")

    async def _run_line(self, line: _Line) -> None:
        swept_at = time.monotonic()
        outbox = line.outbox
        while True:
            line.wake.clear()
            pause = self._may_publish(outbox.destination)
            if pause > 0:
                outbox.look = self._sweeps
                await _wait(line.wake, min(pause, self._sweep_every))
                continue
            now = time.monotonic()
            if now - swept_at >= self._sweep_every:
                swept_at = now
                line.window.forget_before(now - self._claim_timeout)
                outbox.look = self._sweeps
            if outbox.next_due is not None and outbox.next_due <= now:
                outbox.next_due, outbox.look = None, self._sweeps
            await self._try_to_publish(line)
            await _wait(line.wake, self._sleep(line))

    async def _try_to_publish(self, line: _Line) -> None:
        """Whatever goes wrong here is met again at the next sweep; a line must never end."""
        name = line.outbox.destination
        try:
            await self._publish(line)
            return
        except LedgerUnavailable as exc:
            log.warning("relay.ledger_unavailable", destination=name, error=str(exc))
        except BrokerUnavailable as exc:
            log.warning("relay.broker_unavailable", destination=name, error=str(exc))
        except Exception:
            log.exception("relay.failed", destination=name)
        line.outbox.look = self._sweeps
        await asyncio.sleep(self._sweep_every)

    async def _publish(self, line: _Line) -> None:
        """Fill the window: first what was handed over, then what the outbox holds."""
        while (line.ready or line.outbox.look) and (room := await line.window.room()) > 0:
            if not line.ready:
                await self._look(line.outbox, room)
            if not line.ready:
                return
            size = min(room, line.pack_size, len(line.ready))
            pack = [line.ready.popitem(last=False)[0] for _ in range(size)]
            line.window.went(pack)
            try:
                await self._broker.publish(line.outbox.destination, pack, line.partition)
            except BaseException:
                line.window.done(pack)
                self._put_back(line, pack)
                raise

    def _put_back(self, line: _Line, pack: Sequence[DeliveryId]) -> None:
        """What the broker did not take goes first when it does again."""
        if not self._shared:
            return  # the outbox is looked into again, and gives them all
        for one in reversed(pack):
            line.ready[one] = None
            line.ready.move_to_end(one, last=False)

    async def _look(self, outbox: _Outbox, room: int) -> None:
        """Read the outbox past what is already on its way."""
        async with outbox.looking:
            if not outbox.look:
                return  # another line of this destination has just looked
            outbox.look = False
            if self._shared:
                limit = room
                due, later = await self._ledger.take_due(outbox.destination, limit, offer_for=self._claim_timeout)
            else:
                limit = sum(line.window.size + line.window.out() for line in outbox.lines)
                due, later = await self._ledger.take_due(outbox.destination, limit)
            for one in due:
                line = outbox.lines[one.lane_hash % len(outbox.lines)]
                if not line.window.holds(one.id):
                    line.ready[one.id] = None
                    line.wake.set()
            if later is not None:
                outbox.due_in(later)
            if len(due) >= limit:
                outbox.look = True

    def _acked(self, pack: Pack) -> None:
        outbox = self._outboxes.get(pack.destination)
        if outbox is not None and not self._shared:
            line = outbox.lines[pack.partition]
            line.window.done(pack.ids)
            line.wake.set()

    def _sleep(self, line: _Line) -> float:
        seconds = self._sweep_every
        if line.outbox.next_due is not None:
            seconds = min(seconds, max(0.0, line.outbox.next_due - time.monotonic()))
        if self._shared and line.ready:  # the queue is full, and nobody tells this process when it is not
            seconds = min(seconds, _FULL_AGAIN)
        return seconds


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event or the time, whichever comes first."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
