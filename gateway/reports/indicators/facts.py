"""What a dossier's snapshot says for the indicators: pure, from the document as it was received to facts.

Of it codes, words of closed lists, moments and marks are read, so only codes are made canonical; a member that is null
is one that is not there. To make all of it canonical took longer than everything else that is done with it here.

The rules of counting are those of docs/indicators.md; nothing personal leaves the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from gateway.acceptance.canonical import canonical_code
from gateway.acceptance.codes.moment import VIETNAM, day_in_vietnam, parse
from gateway.ledger.indicators.port import UNKNOWN_LEVEL, DossierFacts, ToCount
from gateway.working_time import WorkingTime

_LEAVES = ("refused", "withdrawn")
_ENDED = ("completed", "returned")
_WAITS_FOR_CITIZEN = ("supplement_requested", "payment_requested")
_STOPPED = "stopped"
_PAID = ("national_platform", "agency_gateway")
_PORTALS = ("provincial_portal", "national_portal")


@dataclass(frozen=True, slots=True)
class Rules:
    """What reading needs beside the document."""

    calendar: WorkingTime

    def closing_time(self) -> timedelta:
        """When offices close, as time since midnight: a due day without an hour ends then."""
        return self.calendar.hours[-1][1]


def facts_of(message: ToCount, data: Mapping[str, Any], rules: Rules) -> DossierFacts:
    """The facts of one full snapshot (`dossier.recorded.v1`)."""
    status = str(data["status"])
    received = _moment(data, "received_at")
    counts = received is not None and status not in _LEAVES
    finished = _finished(message, data, status) if counts else None
    due = _due(data, rules)
    judged = finished is not None and due is not None
    in_time = finished is not None and due is not None and finished <= due
    runs = counts and finished is None and status not in (*_WAITS_FOR_CITIZEN, _STOPPED)
    told = {
        **_of_filing(data),
        **_of_documents([*_documents(data)]),
        "judged": judged,
        "in_time": in_time,
        "results": finished is not None,
        "electronic_results": finished is not None and any(one.get("url") for one in _rows(data, "results")),
    }
    return DossierFacts(
        subject=message.subject,
        message_id=message.id,
        seq=message.seq,
        sequence=message.sequence,
        time=message.time,
        agency=canonical_code(data["agency"]["code"]),
        level=str(data.get("level") or UNKNOWN_LEVEL),
        procedure=canonical_code(data["procedure"]["code"]),
        received_day=str(day_in_vietnam(received)) if counts and received is not None else None,
        finished_day=str(day_in_vietnam(finished)) if finished is not None else None,
        finished_at=finished,
        overdue_from=due if runs or (judged and not in_time) else None,
        marks=frozenset(name for name, holds in told.items() if holds),
        working_seconds=_worked(received, finished, rules),
    )


def _of_filing(data: Mapping[str, Any]) -> dict[str, bool]:
    """Online is what a citizen filed on a portal; the channel alone says nothing of who typed."""
    online = data["channel"] == "online" and data.get("filed_at") in _PORTALS
    return {
        "online": online,
        "online_by_account": online and bool(data["applicant"].get("tech_id")),
        "fee_bearing": any((fee.get("amount") or 0) > 0 for fee in _fees(data)),
        "paid_declared": data.get("online_payment") in _PAID,
    }


def _of_documents(documents: list[Mapping[str, Any]]) -> dict[str, bool]:
    taken = [_is_reused(one) for one in documents]
    return {
        "digitised": bool(documents)
        and all(one.get("digitised") or reused for one, reused in zip(documents, taken, strict=True)),
        "reusable": any(taken) or any(one.get("component_code") for one in documents),
        "reused": any(taken),
    }


def _is_reused(document: Mapping[str, Any]) -> bool:
    return (document.get("reuse") or "none") != "none" or bool(document.get("from_store"))


def _documents(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Everything handed in, later supplements included, but for what was taken back."""
    for part in (data, *_rows(data, "supplements")):
        yield from (one for one in _rows(part, "documents") if not one.get("deleted"))


def _fees(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for part in (data, *_rows(data, "supplements")):
        yield from _rows(part, "fees")


def _finished(message: ToCount, data: Mapping[str, Any], status: str) -> datetime | None:
    """When the work was done; of a finished dossier that does not say so, when it was handed out, or told."""
    if status not in _ENDED:
        return None
    return _moment(data, "finished_at") or _moment(data, "returned_at") or message.time or message.accepted_at


def _due(data: Mapping[str, Any], rules: Rules) -> datetime | None:
    """The due date, moved by the time that was waited for the citizen.

    A supplement that names the new date moves it there. One that does not moves it by the time it was waited for,
    unless the date has been moved already (it differs from the one before).
    """
    due = _moment(data, "due_at")
    if due is None:
        return None
    due = _with_hour(due, rules)
    for one in _rows(data, "supplements"):
        new, old = _moment(one, "new_due_at"), _moment(one, "previous_due_at")
        asked, came = _moment(one, "requested_at"), _moment(one, "received_at")
        if new is not None:
            due = max(due, _with_hour(new, rules))
        elif (
            asked is not None and came is not None and came > asked and (old is None or old == _moment(data, "due_at"))
        ):
            due += came - asked
    return due


def _with_hour(due: datetime, rules: Rules) -> datetime:
    """Midnight stands for a day without an hour."""
    here = due.astimezone(VIETNAM)
    return here + rules.closing_time() if here.time() == time() else due


def _worked(received: datetime | None, finished: datetime | None, rules: Rules) -> int:
    if received is None or finished is None or finished <= received:
        return 0
    return int(rules.calendar.between(received, finished).total_seconds())


def _rows(part: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return part.get(name) or ()


def _moment(part: Mapping[str, Any], name: str) -> datetime | None:
    text = part.get(name)
    return parse(text) if isinstance(text, str) else None
