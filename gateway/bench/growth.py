"""Whether memory grows with what was carried: one gateway, lap after lap, its processes' memory after each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.bench import senders
from gateway.bench.offices import EMBEDDED, PRODUCTION, START_WITHIN, Office, Servers, office
from gateway.bench.process import child
from gateway.bench.run import CONNECTIONS, Tell, all_accepted, bound, settled
from gateway.bench.words import NAMES, mark, number

MOST_MIB = 1.0
"""MiB that a process may grow by per `PER` messages, after the first `PER`."""
PER = 100_000
_LAP = 20_000
_LAPS = 15


@dataclass(frozen=True, slots=True)
class Growth:
    """Memory of each process in MiB after every lap."""

    lap: int
    mib: Mapping[str, Sequence[float]]

    def grown(self, process: str, per: int = PER) -> float:
        """MiB per so many messages after the first so many: how far the later half lies above the earlier one.

        Halves are compared by their means, because an allocator takes and gives back in steps.
        """
        settled_down = self.mib[process][per // self.lap :]
        half = len(settled_down) // 2
        earlier, later = settled_down[:half], settled_down[-half:]
        apart = (len(settled_down) - half) * self.lap
        return (sum(later) / half - sum(earlier) / half) * per / apart


@dataclass(frozen=True, slots=True)
class GrowthReport:
    """Every engine's growth."""

    engines: Mapping[str, Growth]
    sound: bool = True

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        grown = {name: {one: made.grown(one) for one in made.mib} for name, made in self.engines.items()}
        goals = {name: all(mib < MOST_MIB for mib in processes.values()) for name, processes in grown.items()}
        return {**asdict(self), "grown_mib": grown, "goals": goals}

    def as_text(self) -> str:
        """For people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for engine, made in self.engines.items():
            carried = made.lap * len(next(iter(made.mib.values())))
            yield f"{NAMES[engine]}: {carried} thông điệp / messages"
            for process, mib in made.mib.items():
                grown = made.grown(process)
                yield f"  {process}: {', '.join(map(number, mib))} MiB"
                yield (
                    f"    {mark(grown < MOST_MIB)}: {number(grown)} MiB mỗi / per {PER} sau / after {PER}; "
                    f"dưới / below {MOST_MIB:g}"
                )


async def measure_growth(
    served: Servers,
    folder: Path,
    tell: Tell,
    *,
    lap: int = _LAP,
    laps: int = _LAPS,
    engines: Sequence[str] = (EMBEDDED, PRODUCTION),
) -> GrowthReport:
    """Let each engine carry `laps` times `lap` messages. Raises `BenchError`."""
    return GrowthReport({engine: await _grow(engine, served, folder, tell, lap, laps) for engine in engines})


async def _grow(engine: str, served: Servers, folder: Path, tell: Tell, lap: int, laps: int) -> Growth:
    mib: dict[str, list[float]] = {}
    async with AsyncExitStack() as stack:
        portal = await stack.enter_async_context(child("portal", {"expected": lap * laps}, folder))
        port = (await portal.hear("port", START_WITHIN))["port"]
        tested = await stack.enter_async_context(office(engine, served, port, lap, folder))
        for number_ in range(laps):
            orders = senders.orders(tested.port, tested.key, lap, CONNECTIONS, skip=number_ * lap)
            async with child("senders", orders, folder) as sending:
                await sending.hear("ready", START_WITHIN)
                all_accepted(await sending.ask("go", bound(lap)), lap, by=tested.front)
            await settled(tested, bound(lap))
            for process, used in (await _memory(tested)).items():
                mib.setdefault(process, []).append(used)
            tell(f"{engine}: {(number_ + 1) * lap} / {lap * laps}")
    return Growth(lap, mib)


async def _memory(tested: Office) -> dict[str, float]:
    usage = (await tested.front.ask("usage"))["usage"]
    below = {f"gateway, door {number_}": used for number_, used in enumerate(usage["rss_below"].values(), 1)}
    return {name: used / 2**20 for name, used in ({"gateway": usage["rss"]} | below).items()}
