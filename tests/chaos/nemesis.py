"""Upsets an installation by the lot: one fault after the other, now and then two at once, every kind in its turn."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.faults import Fault, faults_of
from tests.chaos.programs import ProgramError
from tests.chaos.site import Site

_TWO_AT_ONCE = 0.3
_READY_AGAIN = 120.0


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
        self.enough = asyncio.Event()
        self._site = site
        self._chance = Random(seed)
        self._deck = self._shuffled([one for one in faults_of(site) if not only or one.kind in only])

    async def run(self, pause: float = 0.5) -> None:
        """`pause`: the longest between two faults."""
        while not self.enough.is_set():
            faults = [next(self._deck)]
            if self._chance.random() < _TWO_AT_ONCE and (second := next(self._deck)).place != faults[0].place:
                faults.append(second)
            await asyncio.gather(*(self._do(fault, Random(self._chance.random())) for fault in faults))
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
        """A process that ended by itself, or does not come back, is a finding. Raises `ProgramError`."""
        for role in self._site.roles.values():
            if not role.alive:
                raise ProgramError(f"{role.failed('ended by itself')}")
            await role.wait_ready(_READY_AGAIN)
