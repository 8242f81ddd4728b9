"""Working time in Việt Nam: which days are worked on, and how much working time lies between two moments.

Pure: what is a holiday, and what a make-up day, is handed in (`[calendar]`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from mappings.convert import VIETNAM

_DAY = timedelta(days=1)

Hours = tuple[timedelta, timedelta]
"""Working hours of a day: from and to, as time since midnight."""


@dataclass(frozen=True)
class WorkingTime:
    """Office hours of a public service. `weekend`: days of the week without work, Monday is 0.

    `yearly`: (month, day) of holidays that come every year; one that falls on a weekend makes the next working day a
    day off (Labour Code, article 111.3). `holidays` are single days, with nothing made up; on `make_up` days there is
    work whatever else is said.
    """

    hours: tuple[Hours, ...]
    weekend: frozenset[int]
    yearly: frozenset[tuple[int, int]] = frozenset()
    holidays: frozenset[date] = frozenset()
    make_up: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether the day has working hours."""
        return day in self.make_up or not (day.weekday() in self.weekend or day in _off(self, day.year))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time that has passed from one moment to a later one; none if it is not later."""
        start, end = start.astimezone(VIETNAM), end.astimezone(VIETNAM)
        total, day = timedelta(), start.date()
        while day <= end.date():
            if self.works_on(day):
                midnight = datetime.combine(day, time(), VIETNAM)
                for opens, closes in self.hours:
                    total += max(timedelta(), min(end, midnight + closes) - max(start, midnight + opens))
            day += _DAY
        return total


@lru_cache(maxsize=64)
def _off(calendar: WorkingTime, year: int) -> frozenset[date]:
    """The days off of a year that are no weekend, those that make up for a holiday on one included."""
    found = set(calendar.holidays)
    for each in (year - 1, year):  # what makes up for the end of a year may lie in the next
        feasts = sorted(_of_year(calendar.yearly, each))
        found |= set(feasts)
        for feast in feasts:
            if feast.weekday() in calendar.weekend:
                found.add(_next_worked_on(calendar, feast, found))
    return frozenset(found)


def _of_year(yearly: frozenset[tuple[int, int]], year: int) -> Iterator[date]:
    for month, day in yearly:
        try:
            yield date(year, month, day)
        except ValueError:  # the 29th of February
            continue


def _next_worked_on(calendar: WorkingTime, day: date, off: set[date]) -> date:
    for _ in range(14):
        day += _DAY
        if day.weekday() not in calendar.weekend and day not in off:
            break
    return day
