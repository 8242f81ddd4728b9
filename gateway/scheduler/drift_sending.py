"""Sending the difference again, stair by stair: 1, 5, 20, then 100 dossiers at a time; what goes wrong stops it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import structlog

from gateway.acceptance.canonical import document_of
from gateway.acceptance.replies import Replies
from gateway.ledger.drift.port import Confirmed, DriftItem, DriftRun, StepCount
from gateway.ledger.port import AuditEntry, Ledger, NewMessage
from gateway.scheduler.staircase import STAIRS

log = structlog.get_logger(__name__)

_STAIRS = STAIRS[:4]
"""Not more than a hundred dossiers at a time: each may be several messages."""
MOST_FAILURES = 0.2
"""Share of one stair that may fail; above it the run stops and waits for a person."""


class Sending:
    """Brings drifted dossiers up to date with what was confirmed before."""

    def __init__(self, ledger: Ledger, replies: Replies, repeatable: Collection[str]) -> None:
        """`repeatable`: names of the routes on which a repeat has no second effect."""
        self._ledger = ledger
        self._replies = replies
        self._repeatable = repeatable

    async def work_on(self, run: DriftRun, now: datetime) -> None:
        """See how the stair stands: wait for it, stop, climb, or fill it."""
        count = await self._ledger.count_drift_step(run.id, run.step)
        if count.open:
            return
        if _goes_wrong(count):
            await self._stop(run, count)
            return
        if count.arrived + count.failed:
            run = replace(run, step=run.step + 1)
            await self._ledger.climb_drift(run.id, run.step)
        items = await self._ledger.drift_to_send(run.id, _STAIRS[min(run.step, len(_STAIRS)) - 1])
        for item in items:
            await self._bring(run, item, now)
        if not items:
            await self._ledger.end_drift(run.id)

    async def _bring(self, run: DriftRun, item: DriftItem, now: datetime) -> None:
        there = await self._ledger.standing(run.destination, item.subject)
        again = _needed(there.confirmed)
        messages = [self._message(run, one, now) for one in again if one.snapshot or self._may_repeat(item, one)]
        word = None if all(one.deliveries for one in messages) and messages else "NOTHING_TO_SEND"
        if await self._ledger.send_drift(run, item, messages, skip=word) != "open":
            log.info("reconciliation.skipped", subject=item.subject)

    def _may_repeat(self, item: DriftItem, one: Confirmed) -> bool:
        """A step that the destination may have already goes only where a repeat has no second effect."""
        return item.kind == "missing" or one.route in self._repeatable

    def _message(self, run: DriftRun, one: Confirmed, now: datetime) -> NewMessage:
        data = document_of(one.open_body(), one.body_form)
        return self._replies.again(one, data, f"reconciliation/{run.id}/{one.message_id}", run.destination, now)

    async def _stop(self, run: DriftRun, count: StepCount) -> None:
        said = f"{count.failed}/{count.failed + count.arrived}"
        note = {
            "code": "TOO_MANY_FAILED",
            "vi": f"Dừng: {said} hồ sơ của bậc này không tới được; hãy xem nguyên nhân rồi cho chạy tiếp hoặc huỷ.",
            "en": f"Stopped: {said} dossiers of this stair did not arrive; look at the cause, then continue or cancel.",
        }
        entry = AuditEntry("scheduler", "reconciliation.stop", run.id, note["vi"], details={"step": run.step})
        await self._ledger.stop_drift(run.id, note, entry)


def _goes_wrong(count: StepCount) -> bool:
    ended = count.arrived + count.failed
    return ended > 0 and count.failed / ended > MOST_FAILURES


def _needed(confirmed: tuple[Confirmed, ...]) -> tuple[Confirmed, ...]:
    """The newest snapshot and what was confirmed after it; steps before it would turn the dossier's status back."""
    newest = max((place for place, one in enumerate(confirmed) if one.snapshot), default=0)
    return confirmed[newest:]
