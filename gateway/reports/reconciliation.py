"""Reconciliation of payments: the platform's file of one day beside what the ledger believes, every line explained.

Pure: the caller brings both sides. A payment belongs to the day it was opened or concluded on, Vietnamese time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from adapters.payment.reconcile import Comparison, OurPayment, TheirLine, compare, read_day_file
from mappings.convert import VIETNAM

WATCHED = timedelta(days=4)
"""A payment opened this long before may still be in the file of a day."""

CLASSES = ("matched", "never_arrived", "amount_differs", "state_differs", "ours_only", "theirs_only")
"""`never_arrived`: open here and unknown there, an INIT that got lost on its way. It needs nobody."""
UNEXPLAINED = ("amount_differs", "state_differs", "ours_only", "theirs_only")

_OUR_STATES = {"paid": "paid", "failed": "failed", "open": "open", "expired": "open"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report. Amounts in VND; `ours` and `theirs` are states, empty where that side has nothing."""

    kind: str
    reference: str
    transaction: str
    dossier: str
    our_amount: int | None
    their_amount: int | None
    ours: str
    theirs: str
    file_line: int | None


def reconcile(content: bytes, payments: Iterable[Mapping[str, Any]], day: date) -> list[Line]:
    """Every payment of the day on either side, each in one class. Raises `DayFileError`.

    `payments`: as `GET /v1/payments` lists them, from `WATCHED` before the day to its end.
    """
    theirs = read_day_file(content)
    named = {line.reference for line in theirs} | {line.transaction for line in theirs if line.transaction}
    ours = [_ours(one) for one in payments if one["state"] in _OUR_STATES and _concerns(one, day, named)]
    return [*_lines(compare(ours, theirs))]


def unexplained(lines: Sequence[Line]) -> int:
    """How many lines somebody must look into."""
    return sum(line.kind in UNEXPLAINED for line in lines)


def span(day: date) -> tuple[datetime, datetime]:
    """The moments between which payments of a day's file were opened."""
    begins = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    return begins - WATCHED, begins + timedelta(days=1)


def _concerns(one: Mapping[str, Any], day: date, named: set[str]) -> bool:
    if one["reference"] in named or one["transaction"] in named:
        return True
    return any(_day(one[name]) == day for name in ("opened_at", "concluded_at") if one[name])


def _day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(VIETNAM).date()


def _ours(one: Mapping[str, Any]) -> OurPayment:
    state: Any = _OUR_STATES[one["state"]]
    transaction = one["transaction"] or ""
    return OurPayment(one["reference"], one["subject"], one["amount"], one["currency"], state, transaction)


def _lines(found: Comparison) -> Iterable[Line]:
    for kind, pairs in (
        ("matched", found.matched),
        ("amount_differs", found.amount_differs),
        ("state_differs", found.state_differs),
    ):
        for pair in pairs:
            yield _line(kind, pair.ours, pair.theirs)
    for one in found.ours_only:
        yield _line("never_arrived" if one.state == "open" else "ours_only", one, None)
    for line in found.theirs_only:
        yield _line("theirs_only", None, line)


def _line(kind: str, ours: OurPayment | None, theirs: TheirLine | None) -> Line:
    return Line(
        kind=kind,
        reference=ours.reference if ours else theirs.reference if theirs else "",
        transaction=(theirs.transaction if theirs else "") or (ours.transaction if ours else ""),
        dossier=ours.dossier if ours else theirs.dossier if theirs else "",
        our_amount=ours.amount if ours else None,
        their_amount=theirs.amount if theirs else None,
        ours=ours.state if ours else "",
        theirs=theirs.state if theirs else "",
        file_line=theirs.line if theirs else None,
    )
