"""The ledger's methods about reconciliation: rare beside the rest, so each is its own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ledger.clock import now as _now
from gateway.ledger.drift import keep, sending, views
from gateway.ledger.drift.port import (
    DriftItem,
    DriftRun,
    Judged,
    NewDriftRun,
    RunState,
    Sent,
    Standing,
    StepCount,
    Verb,
)
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry, NewMessage


class DriftPart(LedgerPart):
    """Part of `SqlLedger`; see `gateway.ledger.drift.port` for what each method promises."""

    async def start_drift(self, run: NewDriftRun, entry: AuditEntry) -> bool:
        return await self._operate(entry, lambda c, _: keep.start(c, run, entry, _now()))

    async def drift_run(self, run_id: str) -> DriftRun | None:
        return await self._read(lambda c: keep.find(c, run_id))

    async def open_drift_runs(self) -> list[DriftRun]:
        return await self._read(keep.open_runs)

    async def collect_drift(self, run_id: str) -> bool:
        return await self._write(lambda c, _: keep.collect(c, run_id, _now()))

    async def drift_to_ask(self, run_id: str, limit: int) -> list[DriftItem]:
        return await self._read(lambda c: keep.to_ask(c, run_id, limit))

    async def standing(self, destination: str, subject: str) -> Standing:
        return await self._read(lambda c: keep.standing(c, self._ring, destination, subject))

    async def note_drift(self, run_id: str, judged: Sequence[Judged]) -> None:
        await self._write(lambda c, _: keep.note(c, run_id, judged, _now()))

    async def tell_drift(self, run_id: str, note: Mapping[str, str] | None) -> None:
        await self._write(lambda c, _: keep.tell(c, run_id, note, _now()))

    async def steer_drift(self, run_id: str, verb: Verb, entry: AuditEntry, kinds: Sequence[str] = ()) -> RunState:
        return await self._operate(entry, lambda c, _: keep.steer(c, run_id, verb, entry, kinds, _now()))

    async def stop_drift(self, run_id: str, note: Mapping[str, str], entry: AuditEntry) -> None:
        await self._write(lambda c, _: keep.stop(c, run_id, note, entry, _now()))

    async def drift_to_send(self, run_id: str, limit: int) -> list[DriftItem]:
        return await self._read(lambda c: sending.to_send(c, run_id, limit))

    async def send_drift(
        self, run: DriftRun, item: DriftItem, messages: Sequence[NewMessage], *, skip: str | None = None
    ) -> Sent:
        return await self._write(
            lambda c, pending: sending.send(c, self._ring, run, item, messages, skip, pending, _now())
        )

    async def count_drift_step(self, run_id: str, step: int) -> StepCount:
        return await self._write(lambda c, _: sending.count_step(c, run_id, step))

    async def climb_drift(self, run_id: str, step: int) -> None:
        await self._write(lambda c, _: sending.climb(c, run_id, step, _now()))

    async def end_drift(self, run_id: str) -> None:
        await self._write(lambda c, _: sending.end(c, run_id, _now()))

    async def drift_view(self, run_id: str) -> dict[str, Any] | None:
        return await self._read(lambda c: views.run_view(c, run_id))

    async def drift_page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._read(lambda c: views.runs_page(c, cursor, limit))

    async def drift_items_page(
        self, run_id: str, filters: Mapping[str, str], cursor: str | None, limit: int
    ) -> dict[str, Any]:
        return await self._read(lambda c: views.items_page(c, run_id, filters, cursor, limit))
