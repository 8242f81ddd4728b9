"""Upsets an installation by the lot: two faults at a time at different places, every kind in its turn."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from tests.chaos.faults import Fault, faults_of
from tests.chaos.site import Site

_READY_AGAIN = 120.0
_FREE_AGAIN = 0.1


@dataclass(frozen=True, slots=True)
class Done:
    """One fault that was done, from when to when (seconds since the epoch)."""

    kind: str
    alone: str
    began: float
    ended: float


class Nemesis:
    """`run` upsets until told that it is enough; what it did stands in `done`."""

    def __init__(self, site: Site, seed: int, *, only: Sequence[str] = ()) -> None:
        """`only`: kinds; none = all."""
        self.done: list[Done] = []
        self.fallen: list[str] = []
        """Processes that ended although nobody killed them."""
        self.enough = asyncio.Event()
        self._busy: set[str] = set()
        self._site = site
        self._chance = Random(seed)
        faults = [one for one in faults_of(site) if not only or one.kind in only]
        self._deck = self._shuffled(faults)
        self._round = 2 * len({one.kind for one in faults})
        """Faults drawn in search of one whose place is free."""

    async def run(self, pause: float = 0.5, tracks: int = 2) -> None:
        """`pause`: the longest between two faults; `tracks`: how many may be under way at once."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(tracks):
                tasks.create_task(self._track(pause))

    async def _track(self, pause: float) -> None:
        while not self.enough.is_set():
            fault = next((one for one in islice(self._deck, self._round) if one.place not in self._busy), None)
            if fault is None:  # few kinds, all of them at places that are upset already
                await asyncio.sleep(_FREE_AGAIN)
                continue
            self._busy.add(fault.place)
            try:
                await self._do(fault, Random(self._chance.random()))
            finally:
                self._busy.discard(fault.place)
            await self._all_ready()
            await asyncio.sleep(self._chance.uniform(0, pause))

    def counts(self) -> dict[str, int]:
        """How often what was done."""
        return dict(sorted(Counter(one.kind for one in self.done).items()))

    def _shuffled(self, faults: Sequence[Fault]) -> Iterator[Fault]:
        """Every kind once a round, each time somewhere else."""
        kinds = sorted({fault.kind for fault in faults})
        while True:
            self._chance.shuffle(kinds)
            for kind in kinds:
                yield self._chance.choice([fault for fault in faults if fault.kind == kind])

    async def _do(self, fault: Fault, chance: Random) -> None:
        began = time.time()
        await fault.act(chance)
        self.done.append(Done(fault.kind, fault.alone, began, time.time()))

    async def _all_ready(self) -> None:
        """One that ended by itself is written down and started again, as a service manager does."""
        for name, role in self._site.roles.items():
            if name in self._busy:
                continue
            self._busy.add(name)
            try:
                if not role.alive:
                    self.fallen.append(str(role.failed("ended by itself")))
                    await role.start()
                await role.wait_ready(_READY_AGAIN)
            finally:
                self._busy.discard(name)
