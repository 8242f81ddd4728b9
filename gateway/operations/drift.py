"""Reconciliation as an operator steers it: begun, paused, let go on, cancelled, its difference sent; all audited."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from adapters.contract import AdapterSpec
from gateway.errors import StateError
from gateway.ledger.drift.port import DRIFTED, NewDriftRun, RunState, Verb
from gateway.ledger.port import AuditEntry, Ledger
from gateway.settings import Settings

LONGEST = timedelta(days=100)
"""A longer period is asked for piece by piece: at two questions a second a quarter may take days."""
SENT_UNASKED: tuple[str, ...] = ("missing", "behind")
"""What is sent again unless something else is named. `ahead` was written by somebody else: only by name."""


def _now() -> datetime:
    return datetime.now(UTC)


def reconcilable(settings: Settings, specs: Mapping[str, AdapterSpec]) -> frozenset[str]:
    """The connected destinations that can be asked what they hold."""
    names = {route.destination for route in settings.active_routes}
    return frozenset(name for name in names if name in specs and specs[name].looks)


class ReconciliationOperations:
    """Runs of reconciliation with the destinations that can be asked what they hold."""

    def __init__(self, ledger: Ledger, destinations: Collection[str], clock: Callable[[], datetime] = _now) -> None:
        """`destinations`: those whose adapters can look."""
        self._ledger = ledger
        self._destinations = destinations
        self._clock = clock

    async def start(self, destination: str, since: datetime, until: datetime | None, actor: str, reason: str) -> str:
        """Begin a run; its id. Whoever runs the scheduler asks. Raises `StateError`."""
        run_id, until = str(uuid7()), until or self._clock()
        entry = AuditEntry(actor, "reconciliation.start", run_id, reason)
        if (flaw := self._flaw(destination, since, until)) is not None:
            await self._ledger.record_audit(replace(entry, ok=False, details={"refused": flaw[0]}))
            raise StateError(flaw[1])
        await self._ledger.start_drift(NewDriftRun(run_id, destination, since, until), entry)
        return run_id

    async def steer(self, run_id: str, verb: Verb, actor: str, reason: str, kinds: Sequence[str] = ()) -> RunState:
        """Pause, continue or cancel a run, or send its difference again; the state it is in then.

        Raises `NotFoundError`, `StateError`.
        """
        chosen = tuple(kinds) or SENT_UNASKED if verb == "send" else ()
        entry = AuditEntry(actor, f"reconciliation.{verb}", run_id, reason)
        return await self._ledger.steer_drift(run_id, verb, entry, chosen)

    async def view(self, run_id: str) -> dict[str, Any] | None:
        """A run with its counts, and what sending its difference would mean."""
        view = await self._ledger.drift_view(run_id)
        return None if view is None else planned(view)

    def _flaw(self, destination: str, since: datetime, until: datetime) -> tuple[str, str] | None:
        if destination not in self._destinations:
            known = ", ".join(sorted(self._destinations)) or "–"
            return "destination", (
                f"Không hỏi được {destination} đang giữ gì; hỏi được: {known}. / {destination} cannot be asked what it "
                f"holds; these can: {known}."
            )
        if since >= until:
            return "period", "since phải trước until. / since must be before until."
        if until - since > LONGEST:
            days = LONGEST.days
            return "period", (
                f"Mỗi lượt đối soát tối đa {days} ngày; hãy chia nhỏ. / A reconciliation takes {days} days at most; do "
                "it piece by piece."
            )
        return None


def planned(view: dict[str, Any]) -> dict[str, Any]:
    """The view with the plan of sending: how many of each kind, and which go without being named."""
    counts = view["counts"]
    return view | {"drifted": {kind: counts[kind] for kind in DRIFTED}, "sends_by_default": list(SENT_UNASKED)}
