"""Workers: take packs from the broker, try what is in them, acknowledge last."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from gateway.broker.port import Broker, Pack
from gateway.delivery.deliver import Deliverer, OpenRoute
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.message import Work

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

    async def run(self) -> None:
        """Deliver until the broker closes; then what is in hand is finished."""
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
                tasks.create_task(self._pack(pack, route), name=f"pack:{destination}")

    async def _pack(self, pack: Pack, route: OpenRoute) -> None:
        try:
            if route.breaker.seconds_closed_to_traffic() == 0:
                works = await self._ledger.read_pack(pack.ids)
                await asyncio.gather(*(self._one(work) for work in works))
        except LedgerUnavailable as exc:
            log.warning("worker.ledger_unavailable", destination=pack.destination, error=str(exc))
        finally:
            await self._broker.ack(pack)

    async def _one(self, work: Work) -> None:
        """Try one; whatever goes wrong on our side leaves it in the ledger, where the sweep finds it again."""
        try:
            await self._deliverer.deliver(work, self._routes[work.delivery.route])
        except LedgerUnavailable as exc:
            log.warning("worker.ledger_unavailable", delivery_id=work.delivery.id, error=str(exc))
        except Exception:
            log.exception("worker.unexpected", delivery_id=work.delivery.id)

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
