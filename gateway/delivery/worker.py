"""Workers: take packs from the broker, try what is in them, acknowledge last."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

import structlog

from gateway.broker.port import Broker, Pack
from gateway.delivery.deliver import Deliverer, OpenRoute
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.message import DeliveryId, Work

log = structlog.get_logger(__name__)


class Worker:
    """Consumes the queues of all destinations; a task per delivery, bounded by the relay's window."""

    def __init__(self, ledger: Ledger, broker: Broker, deliverer: Deliverer, routes: Mapping[str, OpenRoute]) -> None:
        """`routes` by route name, as the ledger knows them."""
        self._ledger = ledger
        self._broker = broker
        self._deliverer = deliverer
        self._routes = routes
        self._destinations: dict[str, OpenRoute] = {r.settings.destination: r for r in routes.values()}
        self._in_hand: dict[DeliveryId, asyncio.Task[None]] = {}
        self._ending = False

    async def run(self) -> None:
        """Deliver until the broker closes; then what is under way is finished, and nothing more is begun."""
        async with asyncio.TaskGroup() as tasks:
            for name, route in self._destinations.items():
                tasks.create_task(self._consume(name, route), name=f"worker:{name}")

    async def watch(self) -> None:
        """Probe the destinations whose breaker is open, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, route in self._destinations.items():
                tasks.create_task(self._probe(name, route), name=f"probe:{name}")

    async def _consume(self, destination: str, route: OpenRoute) -> None:
        """The relay's window bounds what is in hand; no second bound here."""
        async with asyncio.TaskGroup() as tasks:
            async for pack in self._broker.consume(destination):
                tasks.create_task(self._pack(pack, route, tasks), name=f"pack:{destination}")
            self._ending = True

    def _may_begin(self, route: OpenRoute) -> bool:
        """Asked again right before each attempt: what waited for its turn uses no try of an outage."""
        return not self._ending and route.breaker.seconds_closed_to_traffic() == 0

    async def _pack(self, pack: Pack, route: OpenRoute, tasks: asyncio.TaskGroup) -> None:
        """Whatever goes wrong on our side leaves what is not settled in the ledger, where the sweep finds it again."""
        try:
            if self._may_begin(route):
                await self._take_in_hand(pack, tasks)
        except LedgerUnavailable as exc:
            log.warning("worker.ledger_unavailable", destination=pack.destination, error=str(exc))
        except Exception:
            log.exception("worker.unexpected", destination=pack.destination)
        finally:
            await self._broker.ack(pack)

    async def _take_in_hand(self, pack: Pack, tasks: asyncio.TaskGroup) -> None:
        """Try every delivery of the pack; one that an earlier pack brought is only waited for."""
        works = await self._ledger.read_pack([one for one in pack.ids if one not in self._in_hand])
        for work in works:
            if work.delivery.id not in self._in_hand:  # else another pack brought it while this one was being read
                self._in_hand[work.delivery.id] = tasks.create_task(self._one(work))
        in_hand = [self._in_hand[one] for one in pack.ids if one in self._in_hand]
        if in_hand:
            await asyncio.wait(in_hand)

    async def _one(self, work: Work) -> None:
        route = self._routes.get(work.delivery.route)
        try:
            if route is None:
                await self._deliverer.give_up(work)
            else:
                await self._deliverer.deliver(work, route, partial(self._may_begin, route))
        except LedgerUnavailable as exc:
            log.warning("worker.ledger_unavailable", delivery_id=work.delivery.id, error=str(exc))
        except Exception:
            log.exception("worker.unexpected", delivery_id=work.delivery.id)
        finally:
            self._in_hand.pop(work.delivery.id, None)

    async def _probe(self, destination: str, route: OpenRoute) -> None:
        """While the breaker is open, ask the target now and then whether it would take something."""
        while True:
            await asyncio.sleep(min(1.0, route.destination.breaker_pause.total_seconds()))
            if not route.breaker.probe_due():
                continue
            try:
                await route.adapter.probe()
            except Exception as exc:  # noqa: BLE001 - whatever it is, the target is not ready
                route.breaker.still_open()
                log.warning("destination.probe_failed", destination=destination, error=type(exc).__name__)
            else:
                route.breaker.close()
                log.info("destination.breaker_closed", destination=destination)
