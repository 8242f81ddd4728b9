"""What a message costs when many are stored: the same live messages beside 10⁴, 10⁵ and 10⁶, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.bench.fill import fill, stored
from gateway.bench.offices import EMBEDDED, PRODUCTION, Servers
from gateway.bench.run import Run, Tell, run
from gateway.bench.words import NAMES, mark, number
from gateway.ledger.address import sqlite_url

MOST = 1.2
"""Times what a message costs beside the fewest that it may cost beside the most."""
LEVELS = (10_000, 100_000, 1_000_000)
_TEMPLATE = 1_000
_LIVE = 20_000


@dataclass(frozen=True, slots=True)
class Level:
    """Live messages beside so many stored ones. `cpu` is what engine and database used, in microseconds per message."""

    stored: int
    cpu: float
    cpu_by_process: Mapping[str, float]
    end_to_end: float
    peak_mib: float
    sound: bool


@dataclass(frozen=True, slots=True)
class StoredReport:
    """Every engine's levels, the fewest first."""

    live: int
    engines: Mapping[str, Sequence[Level]]

    @property
    def sound(self) -> bool:
        return all(level.sound for levels in self.engines.values() for level in levels)

    def ratio(self, engine: str) -> float:
        """Cost beside the most, over the cost beside the fewest."""
        levels = self.engines[engine]
        return levels[-1].cpu / levels[0].cpu

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        ratios = {engine: self.ratio(engine) for engine in self.engines}
        goals = {engine: ratio <= MOST for engine, ratio in ratios.items()}
        return {**asdict(self), "ratio": ratios, "goals": goals, "sound": self.sound}

    def as_text(self) -> str:
        """For people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.live} thông điệp sống bên cạnh số đã lưu / {self.live} live messages beside those stored"
        for engine, levels in self.engines.items():
            yield NAMES[engine]
            for level in levels:
                yield (
                    f"  {'✓' if level.sound else '✗'} đã lưu / stored {number(level.stored)}: "
                    f"CPU {number(level.cpu)} µs, {number(level.end_to_end)}/s, {number(level.peak_mib)} MiB"
                )
            yield f"  {mark(self.ratio(engine) <= MOST)}: {number(self.ratio(engine))} ×, tối đa / at most {MOST:g} ×"


async def measure_stored(
    served: Servers,
    folder: Path,
    tell: Tell,
    *,
    levels: Sequence[int] = LEVELS,
    template: int = _TEMPLATE,
    live: int = _LIVE,
    engines: Sequence[str] = (EMBEDDED, PRODUCTION),
) -> StoredReport:
    """Measure each engine in one growing ledger. Raises `BenchError`."""
    made = {}
    for engine in engines:
        made[engine] = [level async for level in _levels(engine, served, folder, tell, levels, template, live)]
    return StoredReport(live, made)


async def _levels(
    engine: str, served: Servers, folder: Path, tell: Tell, levels: Sequence[int], template: int, live: int
) -> AsyncIterator[Level]:
    place: dict[str, Any] = {"data": str(folder / f"stored-{engine}")}
    url = sqlite_url(Path(place["data"]) / "ledger.db")
    if engine == PRODUCTION:
        url = place["database"] = await served.new_database()

    def said(text: str) -> None:
        tell(f"{engine}: {text}")

    await run(engine, served, template, folder, said, **place)
    first, copied, skip = await stored(url), 0, template
    for level in levels:
        said(f"nạp / filling up to {level}")
        copied = await fill(url, level, first, copied, said)
        there = await stored(url)
        said(f"{live} thông điệp bên cạnh {there} / {live} messages beside {there}")
        yield _level(there, await run(engine, served, live, folder, said, skip=skip, **place))
        skip += live


def _level(there: int, one: Run) -> Level:
    ours = {name: used for name, used in one.cpu.items() if name not in ("sink", "senders")}
    return Level(there, sum(ours.values()), ours, one.end_to_end, one.peak / 2**20, one.sound)
