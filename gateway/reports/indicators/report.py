"""The indicators of a period: sums out of the ledger, the register beside them, points, targets and the days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from gateway.acceptance.codes import agency as agencies
from gateway.acceptance.codes import moment
from gateway.acceptance.codes.moment import VIETNAM, day_in_vietnam
from gateway.errors import GatewayError
from gateway.indicator_settings import IndicatorSettings
from gateway.ledger.indicators.port import COUNTS, OFFERED, CountingState, Figures, Sums, Wanted
from gateway.ledger.port import Ledger
from gateway.ledger.services.port import LEVELS, Service
from gateway.reports.indicators.register import offered_on, procedure_counts
from gateway.reports.indicators.score import ratio, score, shown
from gateway.reports.indicators.targets import evaluate, in_force

MOST_DAYS = 1100
_UNIT_RATIOS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "C4": ("synchronised", ("received",)),
    "T1": ("in_time", ("judged", "overdue")),
    "S1": ("electronic_results", ("results",)),
    "S2": ("digitised", ("received",)),
    "S3": ("reused", ("reusable",)),
    "O3": ("online", ("received",)),
}
"""What is shown of every unit; O3 of all dossiers."""
_PAID = {"confirmed": "paid_online", "declared": "paid_declared"}


class QueryError(GatewayError):
    """A question that cannot be asked: what `pointer` names must be something else, which is said in both languages."""

    def __init__(self, pointer: str, vi: str, en: str) -> None:
        super().__init__(f"{pointer} phải là {vi}. / {pointer} must be {en}.")
        self.pointer, self.vi, self.en = pointer, vi, en


@dataclass(frozen=True, slots=True)
class Query:
    """Days from `first` to `last`, both included, of an agency with the units below it and of a level, or of all."""

    first: date
    last: date
    agency: str = ""
    level: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str], now: datetime) -> Query:
        """From words as people write them; without days, this month up to today. Raises `QueryError`."""
        today = day_in_vietnam(now)
        last = _day(asked, "to") or today
        first = _day(asked, "from") or last.replace(day=1)
        if first > last or (last - first).days > MOST_DAYS:
            raise QueryError(
                "from", f"ngày trước to, cách tối đa {MOST_DAYS} ngày", f"before to, by {MOST_DAYS} days at most"
            )
        agency, level = asked.get("agency", ""), asked.get("level", "")
        if agency and agencies.parse(agency) is None:
            raise QueryError("agency", "mã cơ quan như 000.00.16.H46 hoặc H46.16", "an agency code like H46.16")
        if level and level not in LEVELS:
            words = ", ".join(LEVELS)
            raise QueryError("level", f"một trong: {words}", f"one of: {words}")
        return cls(first, last, agency, level)

    def file_name(self, kind: str) -> str:
        """What a file about it is called."""
        return f"indicators-{self.first}-{self.last}.{kind}"

    def as_dict(self) -> dict[str, str]:
        """As it was asked; what was not is left out."""
        made = {"from": str(self.first), "to": str(self.last), "agency": self.agency, "level": self.level}
        return {name: value for name, value in made.items() if value}


async def indicator_report(ledger: Ledger, settings: IndicatorSettings, query: Query, now: datetime) -> dict[str, Any]:
    """Everything about a period, JSON-able. Numerators and denominators stand beside every ratio."""
    end = datetime.combine(query.last + timedelta(days=1), time(), VIETNAM)
    first, last, cutoff = str(query.first), str(query.last), min(now, end)
    chosen = _below(query.agency, await ledger.indicator_agencies(first, last)) if query.agency else None
    wanted = Wanted(first, last, cutoff, chosen, query.level or None)
    figures, services, state = (
        await ledger.indicator_figures(wanted), await ledger.services(), await ledger.counting_state()
    )  # fmt: skip
    register = [one for one in services if not query.level or one.level == query.level]
    counts = totals(figures, register, last, settings.payment_evidence)
    by_level: dict[str, dict[str, int]] = {"all": counts}
    for level in LEVELS:
        by_level[level] = totals(_of_level(figures, level), [one for one in register if one.level == level], last)
    return {
        "query": query.as_dict(),
        "as_of": now.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "counted": _counted(state),
        "counts": counts,
        **score(counts, settings),
        "targets": evaluate(in_force(settings.targets, query.last.year), by_level),
        "units": [_unit(one, settings.payment_evidence) for one in figures.units],
        "days": [{"day": one.day, **one.counts} for one in figures.days],
        "procedures": [_procedure(one) for one in figures.procedures],
    }


def totals(figures: Figures, register: Sequence[Service], last: str, evidence: str = "confirmed") -> dict[str, int]:
    """All counts of a period, with those of procedures: it is computed over all dossiers, never as a mean of units.

    Without a register nothing is known of what is offered, so the counts that hang on it are left out.
    """
    made: Counter[str] = Counter(dict.fromkeys((*COUNTS, *OFFERED, "overdue"), 0))
    for unit in figures.units:
        made.update(unit.counts)
    fees = [one for one in figures.procedures if one.counts["fee_bearing"]]
    used = {(one.procedure, one.level) for one in figures.procedures if one.counts["online"]}
    with_fee = {one.procedure for one in fees} | {one.procedure for one in register if one.fee_bearing}
    made["procedures_with_fee"] = len(with_fee)
    made["procedures_paid"] = len({one.procedure for one in fees if one.counts[_PAID[evidence]]})
    if not register:
        return {name: number for name, number in made.items() if name not in OFFERED}
    return {
        **made,
        **procedure_counts(register, last),
        "procedures_used": len(used & offered_on(register, last)),
    }


def _of_level(figures: Figures, level: str) -> Figures:
    def only(some: Iterable[Sums]) -> list[Sums]:
        return [one for one in some if one.level == level]

    return Figures(only(figures.units), only(figures.procedures), ())


def _below(code: str, known: Iterable[str]) -> tuple[str, ...]:
    """The agencies that are this one or below it, in either way of writing codes."""
    asked = agencies.parse(code)
    found = ((one, agencies.parse(one)) for one in known)
    return tuple(one for one, unit in found if asked is not None and unit is not None and asked.covers(unit))


def _unit(one: Sums, evidence: str) -> dict[str, Any]:
    asked = {**_UNIT_RATIOS, "P2": (_PAID[evidence], ("fee_bearing",))}
    ratios = {name: shown(ratio(one.counts, *parts)[2]) for name, parts in asked.items()}
    return {"agency": one.agency, "level": one.level, **one.counts, "ratios": ratios}


def _procedure(one: Sums) -> dict[str, Any]:
    """T2, for information: the mean working time of a procedure, in hours."""
    done = one.counts["finished"]
    mean = round(one.counts["working_seconds"] / done / 3600, 1) if done else None
    return {"procedure": one.procedure, "level": one.level, **one.counts, "mean_working_hours": mean}


def _counted(state: CountingState) -> dict[str, Any]:
    return {
        "at": state.counted_at.isoformat() if state.counted_at else None,
        "behind": state.last - state.reached,
        "unreadable": state.unreadable,
        "recounting": state.recounting,
    }


def _day(asked: Mapping[str, str], name: str) -> date | None:
    text = asked.get(name)
    if not text:
        return None
    if not moment.is_day(text):
        raise QueryError(name, "một ngày như 2025-03-10", "a day like 2025-03-10")
    return date.fromisoformat(text)
