"""Replay jobs, carried on by the clock: look how a step is doing, then send more, climb, stop or finish.

Where a job stands is in the ledger alone, so another process goes on from there whenever this one ends.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.replays.port import StepLook
from gateway.scheduler.staircase import Climb, Finish, Move, Send, Stop, next_move

log = structlog.get_logger(__name__)

ACTOR = "scheduler"
_BUSY = 0.2
"""Seconds between two looks while a job is moving."""
_IDLE = 1.0
_TOGETHER = 25
"""Deliveries replayed in one transaction: some 30 ms, so that nobody waits for it."""


class ReplayKeeper:
    """Carries on every replay job until cancelled."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def run(self) -> None:
        """A look now and then; one that fails is made again."""
        while True:
            moving = True
            try:
                moving = await self.look(datetime.now(UTC))
            except LedgerUnavailable as exc:
                log.warning("replays.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("replays.failed")
            await asyncio.sleep(_BUSY if moving else _IDLE)

    async def look(self, now: datetime) -> bool:  # noqa: ARG002 - what is due here is due at any time
        """Carry every job on as far as it goes now; whether there are any."""
        jobs = await self._ledger.moving_replays()
        for job_id in jobs:
            await self._carry_on(job_id)
        return bool(jobs)

    async def _carry_on(self, job_id: str) -> None:
        """As long as there is something to do at once. Each turn sends, climbs or ends: it comes to an end."""
        while (look := await self._ledger.look_at_replay(job_id)) is not None:
            if not await self._make(look, next_move(look)):
                return

    async def _make(self, look: StepLook, move: Move) -> bool:
        """Whether that changed something at which it is worth looking again at once."""
        job_id = look.job_id
        match move:
            case Send(count):
                return await self._ledger.send_replays(job_id, min(count, _TOGETHER)) > 0
            case Climb(size):
                entry = AuditEntry(ACTOR, "replay.step", job_id, "")
                begun = await self._ledger.begin_step(job_id, look.step, size, entry)
                if begun:
                    log.info("replay.step", job=job_id, step=look.step + 1, size=begun)
                return begun > 0
            case Stop(verdict):
                entry = AuditEntry(ACTOR, "replay.stop", job_id, verdict["why"])
                if await self._ledger.end_replay(job_id, "stopped", verdict, entry):
                    log.warning("replay.stopped", job=job_id, step=look.step, reason=verdict["why"])
            case Finish():
                entry = AuditEntry(ACTOR, "replay.finish", job_id, "")
                if await self._ledger.end_replay(job_id, "finished", None, entry):
                    log.info("replay.finished", job=job_id)
        return False
