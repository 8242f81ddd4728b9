"""Replay jobs as a person sees and steers them: plan first, then the very list that was seen; reason required, audited.

What goes wrong leaves its audit entry too. The work itself is the scheduler's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from uuid_utils import uuid7

from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.replays.port import Chosen, JobState, ListChangedError, ListPlan, NewReplay, Share

DEFAULT_FAILURE_RATE = 0.2
DEFAULT_SECONDS = 30.0
"""An attempt may take as long on average before a job stops by itself."""

Steer = Literal["pause", "continue", "cancel"]
_BECOMES: dict[Steer, JobState] = {"pause": "paused", "continue": "running", "cancel": "cancelled"}


@dataclass(frozen=True, slots=True)
class Limits:
    """When a job stops by itself: share of a step that fails (0 to 1), seconds an attempt takes (0: no bound)."""

    max_failure_rate: float = DEFAULT_FAILURE_RATE
    max_seconds: float = DEFAULT_SECONDS


class PlanChangedError(StateError):
    """The list is not what its maker saw any more; `plan` is what it would be now."""

    def __init__(self, plan: dict[str, Any]) -> None:
        super().__init__(str(ListChangedError()))
        self.plan = plan


class ReplayOperations:
    """Operations on replay jobs."""

    def __init__(self, ledger: Ledger, rate_of: Callable[[str], float]) -> None:
        """`rate_of`: calls a second that a destination bears; 0 where nothing bounds them."""
        self._ledger = ledger
        self._rate_of = rate_of

    async def plan(self, chosen: Chosen) -> dict[str, Any]:
        """What a replay of these would be. Changes nothing."""
        return self._shown(await self._ledger.plan_replay(chosen))

    async def create(
        self, chosen: Chosen, digest: str, actor: str, reason: str, *, as_then: bool, limits: Limits
    ) -> dict[str, Any]:
        """A job with exactly the list that has this digest; it begins at once where a scheduler runs.

        Raises `PlanChangedError`, `OverlapError`, `StateError`.
        """
        job_id = str(uuid7())
        details = {"filter": chosen.as_dict() | ({"ids": len(chosen.ids)} if chosen.ids else {}), "as_then": as_then}
        new = NewReplay(job_id, chosen, digest, as_then, limits.max_failure_rate, limits.max_seconds)
        try:
            await self._ledger.create_replay(new, AuditEntry(actor, "replay.create", job_id, reason, details=details))
        except ListChangedError as exc:
            raise PlanChangedError(await self.plan(chosen)) from exc
        return await self.show(job_id)

    async def show(self, job_id: str) -> dict[str, Any]:
        """One job with its counts, and where what failed is listed. Raises `NotFoundError`."""
        job = await self._ledger.replay_job(job_id)
        if job is None:
            raise NotFoundError(f"Không có đợt gửi lại {job_id}. / There is no replay {job_id}.")
        return told(job)

    async def page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        """Jobs, newest first."""
        found = await self._ledger.replay_jobs(cursor, limit)
        return {**found, "items": [told(job) for job in found["items"]]}

    async def items(self, job_id: str, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
        """What is on a job's list, in its order."""
        return await self._ledger.replay_items(job_id, state, cursor, limit)

    async def steer(self, job_id: str, how: Steer, actor: str, reason: str) -> dict[str, Any]:
        """Pause, continue or cancel. Raises `NotFoundError`, `StateError`."""
        await self._ledger.steer_replay(job_id, _BECOMES[how], AuditEntry(actor, f"replay.{how}", job_id, reason))
        return await self.show(job_id)

    def _shown(self, plan: ListPlan) -> dict[str, Any]:
        by = [self._share(one) for one in plan.by]
        minutes = [one["expected_minutes"] for one in by]
        return {
            "count": plan.count,
            "needless": plan.needless,
            "to_send": plan.count - plan.needless,
            "dossiers": plan.dossiers,
            "oldest_at": plan.oldest_at,
            "newest_at": plan.newest_at,
            "expected_minutes": None if None in minutes else max(minutes, default=0.0),
            "destinations": by,
            "digest": plan.digest,
            "overlaps": plan.overlaps,
        }

    def _share(self, share: Share) -> dict[str, Any]:
        rate = self._rate_of(share.destination)
        to_send = share.count - share.needless
        return {
            "destination": share.destination,
            "count": share.count,
            "needless": share.needless,
            "rate": rate or None,
            "expected_minutes": round(to_send / rate / 60, 1) if rate else None,
        }


def told(job: dict[str, Any]) -> dict[str, Any]:
    """A job with why it stopped in words, and the ways to what failed."""
    job_id = job["id"]
    return job | {
        "stopped_because": _words(job["verdict"]) if job["verdict"] else None,
        "failed_list": f"/v1/replays/{job_id}?state=failed",
        "retry_failed": {"filter": {"failed_of": job_id}},
    }


def _words(verdict: dict[str, Any]) -> dict[str, str]:
    if verdict["why"] == "latency":
        seconds, limit = verdict["seconds"], verdict["limit"]
        return {
            "vi": f"Mỗi lần gửi mất trung bình {seconds} giây, quá giới hạn {limit} giây. Hãy xem hệ thống đích còn "
            "khỏe không rồi cho chạy tiếp.",
            "en": f"An attempt took {seconds} s on average, more than the {limit} s allowed. See whether the target is "
            "well, then continue.",
        }
    failed, size, limit, code = verdict["failed"], verdict["of"], verdict["limit"], verdict["code"] or "–"
    return {
        "vi": f"{failed}/{size} lượt của bước này lại không được nhận (giới hạn {limit:.0%}), nhiều nhất vì {code}. "
        "Hãy sửa nguyên nhân rồi cho chạy tiếp; những lượt chưa gửi vẫn nguyên như trước.",
        "en": f"{failed} of {size} in this step failed again (limit {limit:.0%}), mostly of {code}. Mend the cause, "
        "then continue; what was not sent is as it was.",
    }
