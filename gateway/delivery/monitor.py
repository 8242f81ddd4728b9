"""A look at the ledger every few seconds: gauges for `/metrics`, and whether the backlog is full (429)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.ledger.steering.port import Standing
from gateway.message import DeliveryState
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

_CODES: Mapping[Standing, int] = {
    "running": 0, "breaker_open": 1, "told_to_wait": 2, "paused": 3, "maintenance": 4, "hold": 5,
}  # fmt: skip
"""What `lienthong_breaker_state` shows."""


class Monitor:
    """Keeps gauges fresh. `full()` counts only what waits for healthy destinations: an outage never answers 429."""

    def __init__(
        self,
        ledger: Ledger,
        destinations: Collection[str],
        standing: Callable[[str], tuple[Standing, float]],
        metrics: Metrics,
        outbox_limit: int,
        every: float,
    ) -> None:
        """`standing` says how a destination stands; `every` is seconds between two looks."""
        self._ledger = ledger
        self._destinations = destinations
        self._standing = standing
        self._metrics = metrics
        self._limit = outbox_limit
        self._every = every
        self._unoffered = 0

    def full(self) -> bool:
        """Whether senders should wait."""
        return self._unoffered > self._limit

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except LedgerUnavailable as exc:
                log.warning("monitor.ledger_unavailable", error=str(exc))
            except Exception:  # a look that fails must not be the last: 429 depends on the next one
                log.exception("monitor.failed")
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Read the gauges once."""
        now = datetime.now(UTC)
        unoffered = 0
        for name in self._destinations:
            standing, _ = self._standing(name)
            self._metrics.breaker.labels(name).set(_CODES[standing])
            if standing == "running":
                unoffered += await self._ledger.outbox_depth(name)
        self._unoffered = unoffered
        self._metrics.outbox_pending.set(unoffered)
        for row in await self._ledger.board():
            name = row["destination"]
            for state in DeliveryState:
                self._metrics.deliveries.labels(name, state).set(row["states"].get(state, 0))
            self._metrics.lanes_held.labels(name).set(row["lanes_held"])
            oldest = row["oldest_open_at"]
            age = (now - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0.0
            self._metrics.oldest_open.labels(name).set(age)
