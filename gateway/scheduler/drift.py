"""Reconciliation by the clock: what is open is asked about piece by piece, and the difference sent stair by stair.

Everything a restart goes on from stands in the ledger; a process that is killed has at most one batch of questions
asked twice. One destination's trouble never holds up another's run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime, time
from typing import Protocol

import structlog

from gateway.errors import LedgerUnavailable, StateError
from gateway.ledger.drift.port import DriftRun, NewDriftRun
from gateway.ledger.port import AuditEntry, Ledger
from gateway.settings import ReconciliationSettings
from mappings.convert import VIETNAM

log = structlog.get_logger(__name__)

_EVERY = 1.0
_NIGHTLY = "đối soát hằng đêm / nightly reconciliation"
_TAKES_NOTHING = {
    "code": "CLOSED",
    "vi": "Nơi nhận đang tạm dừng hoặc không trả lời; đối soát tự chạy tiếp khi nó mở lại.",
    "en": "The destination is paused or does not answer; this goes on by itself when it is open again.",
}


class WorksOnRuns(Protocol):
    """Does the next piece of a run."""

    async def work_on(self, run: DriftRun, now: datetime) -> None: ...


class DriftKeeper:
    """Works on open runs until cancelled."""

    def __init__(
        self,
        ledger: Ledger,
        destinations: Collection[str],
        settings: ReconciliationSettings,
        asking: WorksOnRuns,
        sending: WorksOnRuns,
        closed: Callable[[str], float],
    ) -> None:
        """`destinations`: those that can be asked what they hold. `closed`: seconds for which one takes nothing."""
        self._ledger = ledger
        self._settings = settings
        self._asking = asking
        self._sending = sending
        self._closed = closed
        self._destinations = sorted(destinations)
        self._waiting: set[str] = set()
        """Runs that were told why they wait."""
        self._begun: set[str] = set()
        """Nightly runs that need not be begun again."""

    async def run(self) -> None:
        """A look now and then; one that fails is made again."""
        while True:
            try:
                await self.look(datetime.now(UTC))
            except LedgerUnavailable as exc:
                log.warning("reconciliation.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("reconciliation.failed")
            await asyncio.sleep(_EVERY)

    async def look(self, now: datetime) -> None:
        """Begin what is due by the time of day, then do a piece of every open run."""
        runs = await self._ledger.open_drift_runs()
        busy = {run.destination for run in runs}
        await self._begin_nightly(now, busy)
        await asyncio.gather(*(self._work_on(run, now) for run in runs if not run.paused))

    async def _begin_nightly(self, now: datetime, busy: set[str]) -> None:
        here = now.astimezone(VIETNAM)
        at = self._settings.nightly_at
        if not at or here.time() < time.fromisoformat(at):
            return
        until = datetime.combine(here.date(), time(), VIETNAM)
        for destination in self._destinations:
            run_id = f"nightly-{destination}-{here.date()}"
            if run_id in self._begun or destination in busy:
                continue
            run = NewDriftRun(run_id, destination, until - self._settings.look_back, until)
            try:
                await self._ledger.start_drift(run, AuditEntry("scheduler", "reconciliation.start", run_id, _NIGHTLY))
            except StateError:
                continue  # somebody began one in this very moment: the next look finds it
            self._begun = {run_id for run_id in self._begun if run_id.endswith(str(here.date()))} | {run_id}

    async def _work_on(self, run: DriftRun, now: datetime) -> None:
        if run.destination not in self._destinations or self._closed(run.destination) > 0:
            if run.id not in self._waiting:
                self._waiting.add(run.id)
                await self._ledger.tell_drift(run.id, _TAKES_NOTHING)
            return
        if run.id in self._waiting:
            self._waiting.discard(run.id)
            await self._ledger.tell_drift(run.id, None)
        match run.state:
            case "collecting":
                more = True
                while more:
                    more = await self._ledger.collect_drift(run.id)
            case "asking":
                await self._asking.work_on(run, now)
            case "sending":
                await self._sending.work_on(run, now)
