"""What a dossier adds to the sums, and which of two snapshots is the newer. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from gateway.ledger.indicators.port import FINISHED, RECEIVED

Place = tuple[str, str, str, str]
"""(day, agency, level, procedure): a row of the sums."""
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


def contribution(row: Mapping[str, Any]) -> dict[Place, Counter[str]]:
    """What a row of `indicator_fact` adds, by place."""
    made: dict[Place, Counter[str]] = {}
    unit = (row["agency"], row["level"], row["procedure"])
    marks = set(row["marks"].split())
    if row["received_day"] is None:
        return made
    told = Counter((marks & _RECEIVED) - {"paid_declared"})
    told["received"] += 1
    told["synchronised"] += bool(row["synchronised"])
    if "fee_bearing" in marks:
        told["paid_online"] += bool(row["paid"])
        told["paid_declared"] = int(row["paid"] or "paid_declared" in marks)
    made[row["received_day"], *unit] = told
    if row["finished_day"] is not None:
        told = made.setdefault((row["finished_day"], *unit), Counter())
        told.update(marks & _FINISHED)
        told["finished"] += 1
        told["working_seconds"] += row["working_seconds"]
    return made


def difference(before: Mapping[Place, Counter[str]], after: Mapping[Place, Counter[str]]) -> dict[Place, Counter[str]]:
    """What must be added to the sums for one contribution to take the place of another."""
    made: dict[Place, Counter[str]] = {}
    for place in before.keys() | after.keys():
        change = Counter(after.get(place, Counter()))
        change.subtract(before.get(place, Counter()))
        change = Counter({name: number for name, number in change.items() if number})
        if change:
            made[place] = change
    return made
