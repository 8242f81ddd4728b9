"""Probes of destinations: by the clock while a breaker is open, and whenever a person asks for one.

A probe that a person asked for is a row of the ledger: one of the processes that work the destination off takes it and
notes what came of it. What it found closes the breakers of all of them, for they stand before the same target.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from adapters.contract import DeliveryError
from gateway.delivery.breaker import Breaker
from gateway.delivery.route import OpenRoute
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.ledger.steering.port import Probe, Probed, Steering

log = structlog.get_logger(__name__)


class Probing:
    """Tries the destinations that this process works off."""

    def __init__(self, ledger: Ledger, routes: Iterable[OpenRoute]) -> None:
        self._ledger = ledger
        self._destinations = {route.settings.destination: route for route in routes}
        self._seen: dict[str, str | None] | None = None
        """The last probe of each destination that is known to be over, by what was read before."""
        self._under_way: set[asyncio.Task[None]] = set()

    async def watch(self) -> None:
        """Probe the destinations whose breaker is open, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, route in self._destinations.items():
                tasks.create_task(self._by_the_clock(name, route), name=f"probe:{name}")

    def hear(self, known: Mapping[str, Steering]) -> None:
        """Take up what was asked for, and believe what other processes found."""
        ended = {name: one.probe.id for name, one in known.items() if one.probe is not None and one.probe.result}
        for name, steering in known.items():
            route, probe = self._destinations.get(name), steering.probe
            if route is None or probe is None:
                continue
            if not probe.taken:
                task = asyncio.create_task(self._answer(name, route, probe), name=f"asked probe:{name}")
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            elif self._seen is not None and self._seen.get(name) != probe.id and probe.result and probe.result.ok:
                _close(route.breaker, name)
        self._seen = {**ended}

    async def _by_the_clock(self, destination: str, route: OpenRoute) -> None:
        while True:
            await asyncio.sleep(min(1.0, route.destination.breaker_pause.total_seconds()))
            if route.breaker.probe_due():
                await self._probe(destination, route)

    async def _answer(self, name: str, route: OpenRoute, probe: Probe) -> None:
        try:
            if await self._ledger.take_probe(name, probe.id):
                await self._ledger.end_probe(name, probe.id, await self._probe(name, route))
        except LedgerUnavailable as exc:  # whoever asked is told that nobody answered, and asks again
            log.warning("probing.ledger_unavailable", destination=name, error=str(exc))

    async def _probe(self, destination: str, route: OpenRoute) -> Probed:
        """Try the target once; an open breaker closes, or stays open for another pause."""
        try:
            async with asyncio.timeout(route.destination.timeout.total_seconds()):
                await route.adapter.probe()
        except Exception as exc:  # noqa: BLE001 - whatever it is, the target is not ready
            if route.breaker.tripped:
                route.breaker.still_open()
            log.warning("destination.probe_failed", destination=destination, error=type(exc).__name__)
            return _failed(exc)
        _close(route.breaker, destination)
        return Probed(ok=True)


def _close(breaker: Breaker, destination: str) -> None:
    if breaker.tripped:
        breaker.close()
        log.info("destination.breaker_closed", destination=destination)


def _failed(exc: Exception) -> Probed:
    if isinstance(exc, DeliveryError):
        return Probed(False, exc.code, exc.vi, exc.en)
    if isinstance(exc, TimeoutError):
        return Probed(False, "TIMEOUT", "Hệ thống đích không trả lời kịp.", "The target did not answer in time.")
    return Probed(
        False,
        type(exc).__name__.upper(),
        "Lỗi chưa được phân loại khi thử; xem log.",
        "The probe failed in a way nobody classified; see the log.",
    )
