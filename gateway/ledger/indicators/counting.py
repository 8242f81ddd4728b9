"""What a dossier adds to the sums, and which of two snapshots is the newer. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from gateway.ledger.indicators.port import FINISHED, RECEIVED

Place = tuple[str, str, str, str]
"""(day, agency, level, procedure): a row of the sums."""
Sums = defaultdict[Place, defaultdict[str, int]]
"""What must be added to each row, by the name of its count."""
_RECEIVED, _FINISHED = frozenset(RECEIVED), frozenset(FINISHED)


def is_newer(one: Any, other: Any) -> bool:
    """Whether a snapshot counts rather than another: as lanes know it, and of equals the later accepted one.

    The very same one does: it may have been read by better rules.
    """
    if one.sequence is not None and other.sequence is not None:
        if one.sequence != other.sequence:
            return bool(one.sequence > other.sequence)
    elif one.time is not None and other.time is not None and one.time != other.time:
        return bool(one.time > other.time)
    return bool(one.seq >= other.seq)


def no_sums() -> Sums:
    """Nothing to be added yet."""
    return defaultdict(lambda: defaultdict(int))


def add(sums: Sums, row: Mapping[str, Any], times: int = 1) -> None:
    """Add what a row of `indicator_fact` adds; `times` -1: take it away again."""
    if row["received_day"] is None:
        return
    _add(sums, row["received_day"], row, of_reception(row["marks"], row["paid"], row["synchronised"]), times)
    if row["finished_day"] is not None:
        _add(sums, row["finished_day"], row, of_finish(row["marks"]), times)
        sums[_place(row["finished_day"], row)]["working_seconds"] += times * row["working_seconds"]


def add_alike(sums: Sums, day: str, row: Mapping[str, Any], *, received: bool) -> None:
    """Add what `number` facts that are alike add on the one of their two days that this day is."""
    names = of_reception(row["marks"], row["paid"], row["synchronised"]) if received else of_finish(row["marks"])
    _add(sums, day, row, names, row["number"])
    if not received:
        sums[_place(day, row)]["working_seconds"] += row["working_seconds"]


@lru_cache(maxsize=1024)
def of_reception(marks: str, paid: bool, synchronised: bool) -> tuple[str, ...]:
    """The counts of its day of reception that a dossier adds one to."""
    told = set(marks.split())
    names = (told & _RECEIVED) - {"paid_declared"} | {"received"}
    if synchronised:
        names.add("synchronised")
    if "fee_bearing" in told:
        names |= {"paid_online", "paid_declared"} if paid else told & {"paid_declared"}
    return tuple(names)


@lru_cache(maxsize=1024)
def of_finish(marks: str) -> tuple[str, ...]:
    """The counts of the day it was finished on that a dossier adds one to."""
    return tuple({"finished"} | _FINISHED.intersection(marks.split()))


def _place(day: str, row: Mapping[str, Any]) -> Place:
    return day, row["agency"], row["level"], row["procedure"]


def _add(sums: Sums, day: str, row: Mapping[str, Any], names: Iterable[str], times: int) -> None:
    told = sums[_place(day, row)]
    for name in names:
        told[name] += times
