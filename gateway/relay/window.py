"""How much of one queue may be on the broker: known exactly within one process, asked for where several share it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from gateway.message import DeliveryId
from gateway.settings import DestinationSettings

_WIDEST = 2000
"""Ids of one destination in hand are tasks in memory; more than this buys no speed."""


class Window(Protocol):
    """What is out, and how many ids more may go out."""

    size: int
    """Ids that may be out at once."""

    async def room(self) -> int:
        """How many ids may go out now. Raises `BrokerUnavailable`."""

    def went(self, ids: Iterable[DeliveryId]) -> None:
        """They are being handed to the broker."""

    def done(self, ids: Iterable[DeliveryId]) -> None:
        """They are out no more: worked off, or the broker would not take them."""

    def holds(self, one: DeliveryId) -> bool:
        """Whether this one is out, as far as can be known here."""

    def out(self) -> int:
        """How many are out, as far as can be known here."""

    def forget_before(self, moment: float) -> None:
        """Count on nothing that went out before a moment (monotonic): what is still due will go out again."""


class HeldWindow:
    """For one process that publishes and works off: every id that is out is known, and when it no longer is."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._out: dict[DeliveryId, float] = {}

    async def room(self) -> int:
        return self.size - len(self._out)

    def went(self, ids: Iterable[DeliveryId]) -> None:
        self._out.update(dict.fromkeys(ids, time.monotonic()))

    def done(self, ids: Iterable[DeliveryId]) -> None:
        for one in ids:
            self._out.pop(one, None)

    def holds(self, one: DeliveryId) -> bool:
        return one in self._out

    def out(self) -> int:
        return len(self._out)

    def forget_before(self, moment: float) -> None:
        for lost in [one for one, went in self._out.items() if went < moment]:
            del self._out[lost]


class AskedWindow:
    """For several processes on one queue: the broker is asked how many packs wait there, once per window of packs.

    Packs may be far from full when little is going on, so packs are what is counted. Each process may overshoot by what
    the others published since it last asked; the window bounds the broker's memory, it promises nothing.
    """

    def __init__(self, size: int, pack_size: int, waiting: Callable[[], Awaitable[int]]) -> None:
        self.size = size
        self._pack_size = pack_size
        self._packs = max(1, size // pack_size)
        self._waiting = waiting
        self._left = 0

    async def room(self) -> int:
        if self._left <= 0:
            self._left = self._packs - await self._waiting()
        return max(0, self._left) * self._pack_size

    def went(self, ids: Iterable[DeliveryId]) -> None:  # noqa: ARG002 - a pack is a pack
        self._left -= 1

    def done(self, ids: Iterable[DeliveryId]) -> None:
        """Nothing to note: whoever works them off is asked for by the next look at the queue."""

    def holds(self, one: DeliveryId) -> bool:  # noqa: ARG002 - nobody here knows; the ledger's own note says it
        return False

    def out(self) -> int:
        return 0

    def forget_before(self, moment: float) -> None:
        """Nothing is counted on."""


def window_size(settings: DestinationSettings, claim_timeout: float) -> int:
    """Ids of one partition that may be out: no more than can be claimed in `claim_timeout` seconds.

    Enough packs otherwise that a slow delivery in one holds up none of the others.
    """
    calls = 2 * max(1, settings.concurrency // settings.partitions)
    size = max(calls, min(calls * settings.pack_size, _WIDEST))
    rate = settings.rate / settings.partitions
    return min(size, max(1, int(rate * claim_timeout))) if rate else size


def prefetch(settings: DestinationSettings, claim_timeout: float) -> int:
    """Packs of one partition that a consumer may have in hand: a window's worth, and no more than keep it busy."""
    return min(_MOST_PACKS, max(1, window_size(settings, claim_timeout) // settings.pack_size))


_MOST_PACKS = 32
