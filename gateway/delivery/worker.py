"""Workers: take packs from the broker, try what is in them, acknowledge last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from adapters.contract import follow_trace
from gateway.broker.port import Broker, Pack
from gateway.delivery.breaker import Gate
from gateway.delivery.deliver import Deliverer, OpenRoute
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.message import DeliveryId, Work
from gateway.settings import Mode
from gateway.telemetry.correlation import correlate
from gateway.telemetry.spans import attempting
from gateway.telemetry.tracing import Tracing

log = structlog.get_logger(__name__)

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between two tries to reach a ledger that is away; nothing was sent meanwhile."""


class Worker:
    """Consumes the queues of all destinations; a task per delivery, bounded by what the broker hands out."""

    def __init__(
        self,
        ledger: Ledger,
        broker: Broker,
        deliverer: Deliverer,
        routes: Mapping[str, OpenRoute],
        closed_elsewhere: Callable[[str], float] = lambda _: 0,
        mode: Callable[[str, str], Mode] = lambda *_: "live",
        tracing: Tracing | None = None,
    ) -> None:
        """`routes` by route name, as the ledger knows them.

        `closed_elsewhere`: seconds for which a destination takes nothing, by the word of people or other processes.
        `mode`: of what goes to a destination about a subject.
        """
        self._ledger = ledger
        self._broker = broker
        self._deliverer = deliverer
        self._routes = routes
        self._closed_elsewhere = closed_elsewhere
        self._mode = mode
        self._tracing = tracing
        self._destinations: dict[str, OpenRoute] = {r.settings.destination: r for r in routes.values()}
        self._in_hand: dict[DeliveryId, asyncio.Task[bool]] = {}
        self._ending = False

    async def run(self) -> None:
        """Deliver until the broker closes; then what is under way is finished, and nothing more is begun."""
        async with asyncio.TaskGroup() as tasks:
            for name, route in self._destinations.items():
                for partition in range(route.destination.partitions):
                    tasks.create_task(self._consume(name, partition, route), name=f"worker:{name}.{partition}")

    async def _consume(self, destination: str, partition: int, route: OpenRoute) -> None:
        """The broker's prefetch, or the relay's window within one process, bounds what is in hand."""
        async with asyncio.TaskGroup() as tasks:
            async for pack in self._broker.consume(destination, partition):
                tasks.create_task(self._pack(pack, route, tasks), name=f"pack:{destination}")
            self._ending = True

    def _may_begin(self, route: OpenRoute) -> bool:
        """Asked again right before each attempt: what waited for its turn uses no try of an outage."""
        if self._ending or route.breaker.seconds_closed_to_traffic() > 0:
            return False
        return self._closed_elsewhere(route.settings.destination) == 0

    async def _pack(self, pack: Pack, route: OpenRoute, tasks: asyncio.TaskGroup) -> None:
        """Acknowledged when the outcome of each is committed; what was not begun is handed back to the ledger first.

        Whatever goes wrong on our side leaves what is not settled in the ledger, where the sweep finds it again.
        """
        try:
            not_begun = await self._take_in_hand(pack, tasks) if self._may_begin(route) else pack.ids
            if not_begun:
                await self._ledger.withdraw(not_begun)
        except LedgerUnavailable as exc:
            log.warning("worker.ledger_unavailable", destination=pack.destination, error=str(exc))
        except Exception:
            log.exception("worker.unexpected", destination=pack.destination)
        finally:
            await self._broker.ack(pack)

    async def _take_in_hand(self, pack: Pack, tasks: asyncio.TaskGroup) -> Sequence[DeliveryId]:
        """Try every delivery of the pack; one that an earlier pack brought is only waited for. What was not begun."""
        works = await self._read([one for one in pack.ids if one not in self._in_hand])
        gate = self._gate(pack)
        for work in works:
            if work.delivery.id not in self._in_hand:  # else another pack brought it while this one was being read
                self._in_hand[work.delivery.id] = tasks.create_task(self._one(work, gate))
        in_hand = {one: self._in_hand[one] for one in pack.ids if one in self._in_hand}
        if in_hand:
            await asyncio.wait(in_hand.values())
        return [one for one, task in in_hand.items() if not task.result()]

    def _gate(self, pack: Pack) -> Gate:
        return self._destinations[pack.destination].gates[pack.partition]

    async def _read(self, ids: Sequence[DeliveryId]) -> list[Work]:
        """A pack is kept while the ledger is away: given back, it would only come again."""
        tries = 0
        while True:
            try:
                return await self._ledger.read_pack(ids)
            except LedgerUnavailable:
                if self._ending:
                    raise
            await _pause(tries)
            tries += 1

    async def _one(self, work: Work, gate: Gate) -> bool:
        """Whether it was begun, by whomever."""
        tries = 0
        correlate(
            message_id=work.delivery.message_id,
            correlation_id=work.correlation_id,
            traceparent=work.traceparent,
            delivery_id=work.delivery.id,
        )
        follow_trace(work.traceparent)
        try:
            while True:
                try:
                    return await self._try(work, gate)
                except LedgerUnavailable as exc:  # nothing was sent
                    log.warning("worker.ledger_unavailable", delivery_id=work.delivery.id, error=str(exc))
                    if self._ending:
                        return False
                await _pause(tries)
                tries += 1
        except Exception:
            log.exception("worker.unexpected", delivery_id=work.delivery.id)
            return True
        finally:
            self._in_hand.pop(work.delivery.id, None)

    async def _try(self, work: Work, gate: Gate) -> bool:
        mode = self._mode(work.delivery.destination, work.subject)
        if mode == "hold":  # it was published before the configuration said so
            return False
        route = self._routes.get(work.delivery.route)
        if route is None:
            await self._deliverer.give_up(work)
            return True
        may_begin, shadow = partial(self._may_begin, route), mode == "shadow"
        if self._tracing is None:
            return await self._deliverer.deliver(work, route, gate, may_begin, shadow=shadow)
        with attempting(self._tracing, work) as attempt:
            return await self._deliverer.deliver(attempt.work, route, gate, may_begin, shadow=shadow, attempt=attempt)


async def _pause(tries: int) -> None:
    await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
