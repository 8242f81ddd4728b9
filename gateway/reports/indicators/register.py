"""What the register of services says: counts of procedures, and which step of which service is due. Pure.

The periods are those of Plan 1601/KH-UBND (20/8/2021), part III: set up within 45 days of the approval of the process;
tried out within 15 days (department), 30 days (district) or 2 months (commune) of the notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from gateway.indicator_settings import IndicatorSettings
from gateway.ledger.services.port import Service

NEXT_STEPS = ("approve", "set_up", "notify", "try", "offer", "connect", "done")
"""What a service may stand before."""


def procedure_counts(services: Sequence[Service], day: str) -> dict[str, int]:
    """How many procedures there are, may be offered, and are, on a day."""
    offered = [one for one in services if _is_past(one.offered_on, day)]
    return {
        "procedures": len(services),
        "procedures_eligible": sum(one.eligible for one in services),
        "procedures_free": sum(not one.cause for one in services),
        "procedures_offered": len(offered),
        "procedures_full": sum(one.grade == "full" for one in offered),
        "procedures_connected": sum(_is_past(one.connected_on, day) for one in services),
    }


def offered_on(services: Iterable[Service], day: str) -> set[tuple[str, str]]:
    """(procedure, level) of what is offered online on a day."""
    return {(one.procedure, one.level) for one in services if _is_past(one.offered_on, day)}


def _is_past(step: str | None, day: str) -> bool:
    return step is not None and step <= day


def next_step(service: Service, settings: IndicatorSettings, today: date) -> dict[str, Any]:
    """The step a service stands before, the day it is due where the plan sets one, and whether that has passed.

    `step` is one of `NEXT_STEPS`.
    """
    step, since, period = _waiting_for(service, settings)
    due = date.fromisoformat(since) + timedelta(days=period) if since and period is not None else None
    return {
        "step": step,
        "since": since,
        "due": str(due) if due else None,
        "overdue_days": max(0, (today - due).days) if due else 0,
    }


def _waiting_for(service: Service, settings: IndicatorSettings) -> tuple[str, str | None, int | None]:
    trial = settings.trial_days.get(service.level)  # type: ignore[call-overload]  # the table's check knows the levels
    steps: tuple[tuple[str, str | None, str | None, int | None], ...] = (
        ("connect", service.connected_on, service.offered_on, None),
        ("offer", service.offered_on, service.tried_on, None),
        ("try", service.tried_on, service.notified_on, trial),
        ("notify", service.notified_on, service.set_up_on, None),
        ("set_up", service.set_up_on, service.approved_on, settings.set_up_days),
        ("approve", service.approved_on, None, None),
    )
    # The latest step that was taken says what comes next: an earlier one whose day nobody wrote down is behind it.
    following: tuple[str, str | None, int | None] = ("done", service.connected_on, None)
    for name, taken, since, period in steps:
        if taken is not None:
            return following
        following = (name, since, period)
    return following


def register_rows(
    services: Iterable[Service], settings: IndicatorSettings, today: date, asked: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The register as lists show it, each row with its next step. `asked`: level, step, overdue ("true")."""
    rows = ({**asdict(one), **next_step(one, settings, today)} for one in services)
    return [
        row
        for row in rows
        if row["level"] == asked.get("level", row["level"])
        and row["step"] == asked.get("step", row["step"])
        and (asked.get("overdue") != "true" or row["overdue_days"])
    ]
