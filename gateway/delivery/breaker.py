"""A circuit breaker and pacing per destination: failures of the target pause it, and use no tries meanwhile (P6)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

_SEVERAL = 3
"""Messages that may die in a row of one thing nobody can explain, before it is no longer put down to them."""


class Breaker:
    """Closed until `failures` in a row; then open for `pause` seconds; then one probe decides.

    Only failures of the target count (it did not answer, or said it cannot now), never a refusal of one message. A
    system may also name a time itself (`Retry-After`), which binds everybody who wants something from it.
    """

    def __init__(self, failures: int, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._in_a_row = 0
        self._unexplained = ("", 0)
        self._closed_until = 0.0
        self.tripped = False
        self.reason = ""
        self.words = ("", "")
        """The reason in Vietnamese and English, as the adapter puts it."""

    def success(self) -> None:
        """The target took something, or said why not."""
        self.answered()
        self._unexplained = ("", 0)

    def answered(self) -> None:
        """The target is there, whatever its answer meant."""
        self._in_a_row = 0

    def failure(self, reason: str, vi: str = "", en: str = "") -> bool:
        """The target failed; True when this opened the breaker."""
        self._in_a_row += 1
        if self._in_a_row < self._limit or self.tripped:
            return False
        self.trip(reason, vi, en)
        return True

    def unexplained(self, reason: str) -> bool:
        """A message would die of something nobody can explain; True when several in a row did before it."""
        last, count = self._unexplained
        self._unexplained = (reason, count + 1 if reason == last else 1)
        return self._unexplained[1] > _SEVERAL

    def trip(self, reason: str, vi: str = "", en: str = "") -> None:
        """Open at once (expired password, missing right: it would hit every message)."""
        self.tripped = True
        self.reason = reason
        self.words = (vi, en)
        self._closed_until = self._clock() + self._pause

    def wait_at_least(self, seconds: float, reason: str = "", vi: str = "", en: str = "") -> None:
        """The target named a time; nothing is offered before it."""
        if not self.tripped:
            self.reason, self.words = reason, (vi, en)
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def still_open(self) -> None:
        """A probe failed: stay open for another pause."""
        self._closed_until = self._clock() + self._pause

    def close(self) -> None:
        """A probe went through."""
        self.tripped = False
        self.reason, self.words = "", ("", "")
        self._in_a_row = 0
        self._closed_until = 0.0

    def seconds_closed_to_traffic(self) -> float:
        """How long nothing may be offered; 0 when traffic may flow."""
        left = self._closed_until - self._clock()
        if self.tripped:
            return max(left, 0.05)  # until a probe closes it
        return max(0.0, left)

    def probe_due(self) -> bool:
        """Open, and the pause is over."""
        return self.tripped and self._closed_until <= self._clock()


class Pace:
    """At most `rate` calls a second, evenly spaced; 0 means no cap."""

    def __init__(self, rate: float) -> None:
        self._step = 1 / rate if rate else 0.0
        self._next = 0.0

    async def wait(self) -> bool:
        """Return when the next call may go out; whether that took any time."""
        if not self._step:
            return False
        now = asyncio.get_running_loop().time()
        slot = max(now, self._next)
        self._next = slot + self._step
        if slot <= now:
            return False
        await asyncio.sleep(slot - now)
        return True


@dataclass(frozen=True, slots=True)
class Gate:
    """What calls of one partition of a destination pass through: so many at once, at that pace.

    Each partition has its share of what the destination bears, for another process may serve the others.
    """

    pace: Pace
    slots: asyncio.Semaphore
