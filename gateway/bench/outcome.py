"""Whether everything arrived, once and in order: what was sent, beside the sink's list and the ledger's count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.bench.dossiers import DESTINATION, Sample


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where every message of a run ended. `received` is the sink's own count, `delivered` the ledger's."""

    sent: int
    received: int
    delivered: int
    lost: int
    doubled: int
    out_of_order: int
    balance: int

    @property
    def sound(self) -> bool:
        """Everything arrived once and in order, and both sides say so."""
        wrong = self.lost or self.doubled or self.out_of_order or self.balance
        return not wrong and self.sent == self.received == self.delivered

    @property
    def complete(self) -> bool:
        """Everything arrived: all that can be asked of a system that keeps neither order nor books."""
        return not self.lost and self.received >= self.sent


def judge(
    sent: Iterable[Iterable[Sample]], effects: Iterable[str], balance: Mapping[str, Any], before: int = 0
) -> Outcome:
    """Compare what was sent, what the sink lists and what the ledger counts; it had delivered `before` already."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for script in sent:
        for sample in script:
            wanted[sample.dossier].append(sample.effect)
    seen: dict[str, list[str]] = defaultdict(list)
    for one in effects:
        seen[one.split(" ")[1]].append(one)
    return Outcome(
        sent=sum(map(len, wanted.values())),
        received=sum(map(len, seen.values())),
        delivered=delivered_of(balance) - before,
        lost=sum(len(set(due) - set(seen[dossier])) for dossier, due in wanted.items()),
        doubled=sum(len(had) - len(set(had)) for had in seen.values()),
        out_of_order=sum(not _in_order(seen[dossier], due) for dossier, due in wanted.items()),
        balance=balance["balance"],
    )


def delivered_of(balance: Mapping[str, Any]) -> int:
    """How many deliveries to the sink the ledger says are done."""
    counts: dict[str, int] = {row["destination"]: row["delivered"] for row in balance["by"]}
    return counts.get(DESTINATION, 0)


def _in_order(seen: list[str], due: list[str]) -> bool:
    """Whether the first arrivals of a dossier's effects keep the order in which they were sent."""
    places = [due.index(one) for one in dict.fromkeys(seen) if one in due]
    return places == sorted(places)


def total(outcomes: Sequence[Outcome]) -> Outcome:
    """All of several runs."""
    return Outcome(**{name: sum(getattr(one, name) for one in outcomes) for name in Outcome.__slots__})
