"""Asking a destination what it holds, dossier by dossier, within its quota."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog

from adapters.contract import DeliveryError, Looks, Reply
from gateway.acceptance.canonical import document_of
from gateway.delivery.breaker import Pace
from gateway.delivery.route import OpenRoute
from gateway.ledger.drift.port import Confirmed, DriftItem, DriftRun, Judged, Standing
from gateway.ledger.port import Ledger
from gateway.reports.drift import compare
from gateway.settings import ReconciliationSettings
from mappings import Mapping as Table
from mappings import MappingError

log = structlog.get_logger(__name__)

_MOST_TRIES = 5
"""Questions about one dossier without a clear answer, while others got theirs; then it is left `unasked`."""
_PAUSES = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 600))
"""After a batch in which the destination answered nothing at all."""
_UNDER_WAY = "UNDER_WAY"
_UNREADABLE = "UNREADABLE_STATUS"


@dataclass(slots=True)
class _Trouble:
    """How a destination does in a run: how often in a row it answered nothing, and when it is asked again."""

    run: str
    times: int = 0
    until: datetime | None = None


class Asking:
    """Asks about the next dossiers of a run."""

    def __init__(
        self,
        ledger: Ledger,
        routes: Mapping[str, OpenRoute],
        settings: ReconciliationSettings,
        table: Callable[[str], Table],
    ) -> None:
        """`table`: the mapping in force, by name."""
        self._ledger = ledger
        self._settings = settings
        self._table = table
        self._routes = {one.settings.destination: one for one in routes.values() if hasattr(one.adapter, "look")}
        self._paces = {name: Pace(settings.rate) for name in self._routes}
        self._troubles: dict[str, _Trouble] = {}

    @property
    def destinations(self) -> frozenset[str]:
        """Those that can be asked."""
        return frozenset(self._routes)

    async def work_on(self, run: DriftRun, now: datetime) -> None:
        """One batch. When the destination answers nothing, no try is counted and the run waits."""
        trouble = self._trouble(run)
        if trouble.until is not None and now < trouble.until:
            return
        judged: list[Judged] = []
        failed: list[tuple[DriftItem, DeliveryError]] = []
        for item in await self._ledger.drift_to_ask(run.id, self._settings.batch):
            try:
                judged.append(await self._about(run, item))
            except DeliveryError as exc:
                failed.append((item, exc))
                if exc.scope == "destination" or (not judged and len(failed) == _MOST_TRIES):
                    break
        if failed and not judged and not await self._answers(run):
            await self._wait(run, trouble, now, failed[-1][1])
            return
        judged += [_unclear(item, exc) for item, exc in failed]
        if trouble.times:
            trouble.times, trouble.until = 0, None
            await self._ledger.tell_drift(run.id, None)
        if judged:
            await self._ledger.note_drift(run.id, judged)
            if all(one.word == _UNDER_WAY for one in judged):  # nothing else is left: give them time to arrive
                trouble.until = now + _PAUSES[0]

    def _trouble(self, run: DriftRun) -> _Trouble:
        """Of this run; a destination has one at a time, so that of an earlier one is forgotten."""
        known = self._troubles.get(run.destination)
        if known is None or known.run != run.id:
            known = self._troubles[run.destination] = _Trouble(run.id)
        return known

    async def _about(self, run: DriftRun, item: DriftItem) -> Judged:
        before = await self._ledger.standing(run.destination, item.subject)
        told = self._told(before.confirmed)
        if before.moving:
            return _again(item, _UNDER_WAY)
        if not told:
            return Judged(item.subject, "unconfirmed")
        route = self._routes[run.destination]
        await self._paces[run.destination].wait()
        async with route.gates[0].slots:
            await route.gates[0].pace.wait()
            deadline = asyncio.get_running_loop().time() + route.destination.timeout.total_seconds()
            reply = await cast("Looks", route.adapter).look(item.subject, deadline)
        after = await self._ledger.standing(run.destination, item.subject)
        if _moved(before, after):
            return _again(item, _UNDER_WAY)
        known, theirs, word = self._said(reply)
        kind = compare(told, theirs) if known else "missing"
        return Judged(item.subject, kind, told[-1], theirs or word, before.last, None if theirs else word)

    def _told(self, confirmed: tuple[Confirmed, ...]) -> list[str]:
        """Every status the destination confirmed, in the order of its effects."""
        told: list[str] = []
        for one in confirmed:
            if one.snapshot:
                told.append(one.status or "")
            elif self._settings.progress_moves_status:
                told += _steps(document_of(one.open_body(), one.body_form))
        return told

    def _said(self, reply: Reply) -> tuple[bool, str | None, str | None]:
        """(whether it knows the dossier, its status in our words, why there is none)."""
        try:
            document = self._table(reply.mapping).backward(dict(cast("Mapping[str, Any]", reply.record))).document
        except MappingError as exc:
            log.warning("reconciliation.unreadable_status", code=exc.code)
            return True, None, _UNREADABLE
        rows = next((value for value in document.values() if isinstance(value, list)), [])
        status = next((row["status"] for row in rows if row.get("status")), None)
        return bool(rows), status, None

    async def _answers(self, run: DriftRun) -> bool:
        """Whether the destination is well, and what failed is a matter of these dossiers."""
        try:
            await self._routes[run.destination].adapter.probe()
        except DeliveryError:
            return False
        return True

    async def _wait(self, run: DriftRun, trouble: _Trouble, now: datetime, exc: DeliveryError) -> None:
        pause = _PAUSES[min(trouble.times, len(_PAUSES) - 1)]
        trouble.times, trouble.until = trouble.times + 1, now + pause
        log.warning(
            "reconciliation.no_answer", destination=run.destination, code=exc.code, seconds=pause.total_seconds()
        )
        await self._ledger.tell_drift(run.id, {"code": exc.code, "vi": exc.vi, "en": exc.en})


def _steps(document: Mapping[str, Any]) -> list[str]:
    """The statuses of a progress document in the order of its steps' times, as they are sent."""
    steps = [one for one in document.get("steps", ()) if isinstance(one, dict)]
    return [str(one["status"]) for one in sorted(steps, key=lambda one: str(one.get("at", ""))) if one.get("status")]


def _moved(before: Standing, after: Standing) -> bool:
    """Whether the answer may be about something else than what was confirmed before."""
    return after.moving or before.last != after.last


def _again(item: DriftItem, word: str) -> Judged:
    """It is asked about again, and after so many times left alone."""
    return Judged(item.subject, "unasked" if item.tries + 1 >= _MOST_TRIES else None, word=word)


def _unclear(item: DriftItem, exc: DeliveryError) -> Judged:
    return _again(item, exc.code)
