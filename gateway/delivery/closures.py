"""Which destinations take nothing now: found by a breaker of this process, told by another, or wanted by a person.

Whoever works off a destination tells when its breaker opens and closes; everybody else then publishes nothing to it,
and whoever takes the destination over does not begin by asking a target that is known to be down. Pauses and announced
maintenance stand in the ledger, so they hold over restarts and for all processes, and are obeyed without a question
per call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping

import structlog

from gateway.delivery.breaker import Breaker
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.ledger.steering.port import UNTIL_TOLD, ClosedBy, Standing, Steering

log = structlog.get_logger(__name__)

_TELL_EVERY = 0.25
_READ_EVERY = 1.0
"""Seconds; news of a change come earlier."""
_LONGER = 1.0
"""Seconds added to what is told, so that it does not run out between two tellings."""
_WHILE_PROBING = 10.0
"""Seconds for which an open breaker is told when its pause is over: until a probe has closed it, it is open."""

OnSteering = Callable[[Mapping[str, Steering]], None]
"""Hears what was read of all destinations."""


class Closures:
    """What this process knows of who is closed."""

    def __init__(
        self,
        ledger: Ledger,
        held: Collection[str],
        breakers: Mapping[str, Breaker],
        listener: OnSteering = lambda _: None,
    ) -> None:
        """`held`: destinations whose mode is `hold` as a whole. `breakers`: of those this process itself works off."""
        self._ledger = ledger
        self._held = frozenset(held)
        self._breakers = breakers
        self._listener = listener
        self._told_by_me: dict[str, float] = {}
        """What this process told, with the moment (monotonic) until which that holds."""
        self._known: Mapping[str, Steering] = {}
        self._read_at = 0.0
        """When that was read (monotonic)."""
        self._news = asyncio.Event()
        ledger.on_news(self._hear)

    def closed(self, name: str) -> float:
        """Seconds for which a destination wants nothing; 0: it takes everything."""
        return self.standing(name)[1]

    def standing(self, name: str) -> tuple[Standing, float]:
        """How a destination stands, and for how many seconds nothing is to be sent."""
        standing, seconds = self._elsewhere(name)
        if seconds > 0:
            return standing, seconds
        own = self._breakers.get(name)
        seconds = own.seconds_closed_to_traffic() if own is not None else 0.0
        if own is None or seconds == 0:
            return "running", 0.0
        return ("breaker_open" if own.tripped else "told_to_wait"), seconds

    def elsewhere(self, name: str) -> float:
        """Seconds for which it is closed by the word of people, of the configuration or of other processes."""
        return self._elsewhere(name)[1]

    def _elsewhere(self, name: str) -> tuple[Standing, float]:
        steering = self._known.get(name)
        held = name in self._held
        if steering is None:
            return ("hold", UNTIL_TOLD) if held else ("running", 0.0)
        if name in self._told_by_me and steering.closed is not None:  # its own word binds its own breaker only
            steering = Steering(name, None, steering.pause, steering.windows)
        return steering.standing(time.monotonic() - self._read_at, hold=held)

    async def begin(self) -> None:
        """Read once, before anything is sent: what was paused stays paused. Raises `LedgerUnavailable`."""
        await self._read()

    async def share(self) -> None:
        """Tell and hear until cancelled."""
        while True:
            try:
                await self._tell()
                if self._news.is_set() or time.monotonic() - self._read_at >= _READ_EVERY:
                    self._news.clear()
                    await self._read()
            except LedgerUnavailable as exc:
                log.warning("closures.ledger_unavailable", error=str(exc))
                await asyncio.sleep(_TELL_EVERY)
            except Exception:
                log.exception("closures.failed")
                await asyncio.sleep(_TELL_EVERY)
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_TELL_EVERY):
                await self._news.wait()
        except TimeoutError:
            pass

    def _hear(self, what: str, _: str) -> None:
        if what == "destination":
            self._news.set()

    async def _tell(self) -> None:
        now = time.monotonic()
        for name, breaker in self._breakers.items():
            seconds = breaker.seconds_closed_to_traffic()
            told = self._told_by_me.get(name)
            if seconds > 0 and breaker.probe_due():
                seconds = _WHILE_PROBING if told is None or told < now else told - now
            if seconds > 0 and (told is None or abs(told - now - seconds) > _LONGER):
                self._told_by_me[name] = now + seconds
                by: ClosedBy = "breaker" if breaker.tripped else "target"
                vi, en = breaker.words
                await self._ledger.tell_destination(name, seconds + _LONGER, breaker.reason, by=by, vi=vi, en=en)
            elif seconds == 0 and told is not None:
                await self._ledger.tell_destination(name, 0, "")
                del self._told_by_me[name]

    async def _read(self) -> None:
        asked = time.monotonic()
        found = await self._ledger.steering()
        self._known, self._read_at = found, asked
        self._listener(found)
