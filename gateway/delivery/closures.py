"""Which destinations take nothing now: found by a breaker of this process, or told by another through the ledger.

Whoever works off a destination tells when its breaker opens and closes; everybody else then publishes nothing to it,
and whoever takes the destination over does not begin by asking a target that is known to be down.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog

from gateway.delivery.breaker import Breaker
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.settings import DestinationSettings

log = structlog.get_logger(__name__)

_HELD = 60.0
"""Seconds for which nothing is offered to a destination in mode `hold`; then it is asked again."""
_TELL_EVERY = 0.25
_READ_EVERY = 1.0
"""Seconds; news of a change come earlier."""
_LONGER = 1.0
"""Seconds added to what is told, so that it does not run out between two tellings."""


class Closures:
    """What this process knows of who is closed."""

    def __init__(
        self, ledger: Ledger, destinations: Mapping[str, DestinationSettings], breakers: Mapping[str, Breaker]
    ) -> None:
        """`breakers`: of the destinations this process itself works off."""
        self._ledger = ledger
        self._held = frozenset(name for name, one in destinations.items() if one.mode == "hold")
        self._breakers = breakers
        self._told_by_me: dict[str, float] = {}
        """What this process told, with the moment (monotonic) until which that holds."""
        self._told: dict[str, float] = {}
        """What others told, likewise."""
        self._news = asyncio.Event()

    def closed(self, name: str) -> float:
        """Seconds for which a destination wants nothing; 0: it takes everything."""
        if name in self._held:
            return _HELD
        own = self._breakers.get(name)
        return (own.seconds_closed_to_traffic() if own is not None else 0.0) or self.elsewhere(name)

    def elsewhere(self, name: str) -> float:
        """The same by the word of other processes alone."""
        until = self._told.get(name)
        return 0.0 if until is None else max(0.0, until - time.monotonic())

    async def share(self) -> None:
        """Tell and hear until cancelled; for installations of several processes."""
        self._ledger.on_news(self._hear)
        read_at = 0.0
        while True:
            try:
                await self._tell()
                if self._news.is_set() or time.monotonic() - read_at >= _READ_EVERY:
                    self._news.clear()
                    read_at = time.monotonic()
                    await self._read()
            except LedgerUnavailable as exc:
                log.warning("closures.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("closures.failed")
            await asyncio.sleep(_TELL_EVERY)

    def _hear(self, what: str, _: str) -> None:
        if what == "destination":
            self._news.set()

    async def _tell(self) -> None:
        now = time.monotonic()
        for name, breaker in self._breakers.items():
            seconds = breaker.seconds_closed_to_traffic()
            told = self._told_by_me.get(name)
            if seconds > 0 and (told is None or abs(told - now - seconds) > _LONGER):
                await self._ledger.tell_destination(name, seconds + _LONGER, breaker.reason)
                self._told_by_me[name] = now + seconds
            elif seconds == 0 and told is not None:
                await self._ledger.tell_destination(name, 0, "")
                del self._told_by_me[name]

    async def _read(self) -> None:
        now = time.monotonic()
        told = await self._ledger.destinations_told()
        self._told = {
            name: now + one.seconds for name, one in told.items() if one.seconds > 0 and name not in self._told_by_me
        }
