"""What was done in each quarter of an hour of a day, as a small drawing and as numbers. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.ledger.alerts.port import BacklogSample

DAY = timedelta(hours=24)
STEP = timedelta(minutes=15)
HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Point:
    """One step of time: what ended in it, and the most that was open."""

    at: datetime
    ended: int
    open: int


@dataclass(frozen=True, slots=True)
class Series:
    """A day of one destination, oldest first."""

    points: Sequence[Point]

    @property
    def total(self) -> int:
        return sum(one.ended for one in self.points)

    @property
    def most(self) -> int:
        return max((one.ended for one in self.points), default=0)

    @property
    def bars(self) -> str:
        """The path of an SVG: one bar a step, the highest as high as the drawing."""
        most = self.most or 1
        heights = [(index, round(one.ended / most * HEIGHT, 1)) for index, one in enumerate(self.points)]
        return "".join(f"M{index + 0.1:g} {HEIGHT}v-{height:g}h.8v{height:g}z" for index, height in heights if height)


def series(samples: Iterable[BacklogSample], now: datetime, length: timedelta = DAY) -> Mapping[str, Series]:
    """By destination. `ended` of a sample counts since ever, so a step's share is what it grew by."""
    start = now - length
    steps = round(length / STEP)
    by: dict[str, list[BacklogSample]] = defaultdict(list)
    for one in samples:
        by[one.destination].append(one)
    return {name: Series(_points(found, start, steps)) for name, found in by.items()}


def _points(samples: Sequence[BacklogSample], start: datetime, steps: int) -> list[Point]:
    ended, most = [0] * steps, [0] * steps
    before: int | None = None
    for one in sorted(samples, key=lambda sample: sample.at):
        index = int((one.at - start) / STEP)
        if 0 <= index < steps:
            ended[index] += max(0, one.ended - before) if before is not None else 0
            most[index] = max(most[index], one.open)
        before = one.ended
    return [Point(start + STEP * index, ended[index], most[index]) for index in range(steps)]
