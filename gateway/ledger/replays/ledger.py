"""The ledger's methods about replay jobs: rare beside the rest, so each is its own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from uuid_utils import uuid7

from gateway.ledger.clock import now as _now
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry
from gateway.ledger.replays import chosen as lists
from gateway.ledger.replays import jobs, steps
from gateway.ledger.replays import statements as sql
from gateway.ledger.replays.port import Chosen, JobState, ListPlan, NewReplay, StepLook
from gateway.message import DeliveryId


class ReplayPart(LedgerPart):
    """Part of `SqlLedger`; see `gateway.ledger.replays.port` for what each method promises."""

    async def plan_replay(self, chosen: Chosen) -> ListPlan:
        return await self._report(lambda c: lists.plan(c, chosen))

    async def create_replay(self, new: NewReplay, entry: AuditEntry) -> None:
        await self._operate(entry, lambda c, _: jobs.create(c, new, entry, _now()))

    async def replay_job(self, job_id: str) -> dict[str, Any] | None:
        return await self._read(lambda c: jobs.view(c, job_id))

    async def replay_jobs(self, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: jobs.page(c, cursor, limit))

    async def replay_items(self, job_id: str, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: jobs.items(c, job_id, state, cursor, limit))

    async def steer_replay(self, job_id: str, to: JobState, entry: AuditEntry) -> None:
        await self._operate(entry, lambda c, _: jobs.steer(c, job_id, to, entry, _now()))

    async def moving_replays(self) -> list[str]:
        return await self._read(lambda c: list(c.execute(sql.moving).scalars()))

    async def look_at_replay(self, job_id: str) -> StepLook | None:
        return await self._write(lambda c, _: steps.look(c, job_id))

    async def begin_step(self, job_id: str, after: int, size: int, entry: AuditEntry) -> int:
        return await self._write(lambda c, _: steps.begin(c, job_id, after, size, entry, _now()))

    async def send_replays(self, job_id: str, limit: int) -> int:
        return await self._write(lambda c, pending: steps.send(c, job_id, limit, _new_id, _now(), pending))

    async def end_replay(
        self, job_id: str, to: Literal["stopped", "finished"], verdict: Mapping[str, Any] | None, entry: AuditEntry
    ) -> bool:
        return await self._write(lambda c, _: steps.end(c, job_id, to, verdict, entry, _now()))


def _new_id() -> DeliveryId:
    return DeliveryId(str(uuid7()))
