"""The steps of a replay job: what came of what was sent, whose turn is next, and sending it.

Each function locks the job's row first, so that two schedulers who both think they lead do one thing after the other.
A delivery made from an item and the note of it on the list are one transaction: killed at any moment, a process leaves
both or neither, and nothing is replayed twice. Nothing here commits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection

from gateway.ledger import operate
from gateway.ledger import statements as ledger_sql
from gateway.ledger.port import AuditEntry, Pending
from gateway.ledger.replays import jobs
from gateway.ledger.replays import statements as sql
from gateway.ledger.replays.port import (
    DISCARDED,
    LANE_HELD,
    NEWER_SNAPSHOT,
    NO_VERSION_THEN,
    NOT_DEAD,
    StepLook,
)
from gateway.ledger.trail import write_audit
from gateway.message import DeliveryId, DeliveryState

S = DeliveryState
_SECOND = timedelta(seconds=1)
_LOST = "PROCESS_LOST"
"""Of an attempt whose process was gone, see `gateway.delivery.recover`."""
_TIMED = 100
"""Attempts of a step whose duration is looked at: the latest."""
_FINAL: Mapping[str, tuple[str, str | None]] = {
    S.DELIVERED: ("passed", None),
    S.REFUSED: ("failed", None),
    S.DEAD: ("failed", None),
    S.SUPERSEDED: ("needless", NEWER_SNAPSHOT),
    S.CANCELLED: ("left", DISCARDED),
}
"""State of a delivery that was made for an item -> what came of the item, and why where the delivery does not say."""


def look(connection: Connection, job_id: str) -> StepLook | None:
    """Note the outcomes that are known by now; how the job and its present step are doing."""
    mine = {"b_job": job_id}
    job = connection.execute(sql.lock_job, mine).one_or_none()
    if job is None:
        return None
    rows = connection.execute(sql.outcomes, mine).all()
    final = [row for row in rows if row.state in _FINAL]
    sql.note_outcomes.run(connection, [_outcome(job_id, row) for row in final])
    still = [row for row in rows if row.state not in _FINAL]
    if job.state != "running" and not still:
        connection.execute(sql.watch_no_more, mine)
    failing = [row for row in still if row.step == job.step and _has_failed(row)]
    step = mine | {"b_step": job.step}
    counts = {row.state: row.times for row in connection.execute(sql.step_counts, step)}
    causes = Counter({row.cause: row.times for row in connection.execute(sql.step_causes, step)})
    causes.update(row.error_code for row in failing)
    return StepLook(
        job_id=job_id,
        state=job.state,
        step=job.step,
        rung=job.rung,
        max_failure_rate=job.max_failure_rate,
        max_seconds=job.max_seconds,
        planned=counts.get("planned", 0),
        under_way=counts.get("sent", 0) - len(failing),
        failing=len(failing),
        passed=counts.get("passed", 0),
        failed=counts.get("failed", 0),
        needless=counts.get("needless", 0),
        left=counts.get("left", 0),
        seconds=_average(connection.execute(sql.latest_times, step | {"b_limit": _TIMED}).all()),
        more=connection.execute(sql.in_no_step, mine).first() is not None,
        sent=len(still),
        cause=str(causes.most_common(1)[0][0] or "") if causes else "",
    )


def _outcome(job_id: str, row: Any) -> dict[str, Any]:
    state, cause = _FINAL[row.state]
    cause = row.error_code if state == "failed" else cause
    return {"b_job": job_id, "b_place": row.place, "n_state": state, "n_cause": cause}


def _has_failed(row: Any) -> bool:
    """It failed again and is tried once more, waits for proof, or stands behind what failed: the step counts it so.

    What a process of ours left unfinished and will be tried again speaks against nobody.
    """
    if row.state == S.WAITING and row.error_code == _LOST:
        return False
    return row.state in (S.WAITING, S.UNCERTAIN) or row.behind is not None


def _average(times: Any) -> float:
    spent = [(row.ended_at - row.started_at) / _SECOND for row in times]
    return sum(spent) / len(spent) if spent else 0.0


def begin(connection: Connection, job_id: str, after: int, size: int, entry: AuditEntry, now: datetime) -> int:
    """Give so many more their turn; how many got one. 0 where somebody else was quicker, or nobody's turn it is yet."""
    mine = {"b_job": job_id}
    job = connection.execute(sql.lock_job, mine).one_or_none()
    if job is None or job.state != "running" or job.step != after:
        return 0
    places = connection.execute(sql.next_turns, mine | {"b_limit": size}).scalars().all()
    if not places:
        return 0
    number = job.step + 1
    sql.give_turn.run(connection, [mine | {"b_place": place, "n_step": number} for place in places])
    connection.execute(sql.begin_step, mine | {"n_step": number, "n_rung": job.rung + 1, "n_at": now})
    write_audit(connection, entry, now, {"step": number, "size": len(places)})
    return len(places)


def send(
    connection: Connection,
    job_id: str,
    limit: int,
    new_id: Callable[[], DeliveryId],
    now: datetime,
    pending: list[Pending],
) -> int:
    """Replay the next of the present step, or note why one is not; how many were looked at."""
    mine = {"b_job": job_id}
    job = connection.execute(sql.lock_job, mine).one_or_none()
    if job is None or job.state != "running":
        return 0
    turns = connection.execute(sql.turns, mine | {"b_step": job.step, "b_limit": limit}).all()
    # All lanes first, in key order, for these deliveries change together.
    ids = [turn.delivery_id for turn in turns]
    ledger_sql.lock_lanes_of_deliveries.run(connection, {"ids": ids, "now": now})
    notes = [_send_one(connection, job, turn, new_id(), now, pending) for turn in turns]
    sql.note_items.run(connection, notes)
    return len(turns)


def _send_one(
    connection: Connection, job: Any, turn: Any, new_id: DeliveryId, now: datetime, pending: list[Pending]
) -> dict[str, Any]:
    note = {"b_job": job.id, "b_place": turn.place, "n_new": None}
    row = connection.execute(ledger_sql.delivery_for_operation, {"b_id": turn.delivery_id}).one_or_none()
    state, cause = _hindrance(connection, job, row)
    if state:
        return note | {"n_state": state, "n_cause": cause}
    entry = AuditEntry(job.actor, "delivery.replay", turn.delivery_id, job.reason, details={"job": job.id})
    operate.replay(connection, turn.delivery_id, new_id, entry, now, pending, as_then=job.as_then)
    return note | {"n_state": "sent", "n_cause": None, "n_new": new_id}


def _hindrance(connection: Connection, job: Any, row: Any) -> tuple[str, str | None]:
    """Why this one cannot be replayed now, as the state and cause of its item; empty where it can."""
    if row is None or row.state != S.DEAD or row.replaced_by is not None:
        return "left", NOT_DEAD
    if job.as_then and not (row.pinned_version or row.mapping_version):
        return "left", NO_VERSION_THEN
    if row.lane_id is None:
        return "", None
    if row.snapshot and connection.execute(ledger_sql.newer_snapshot, _snapshot_of(row)).first() is not None:
        return "needless", NEWER_SNAPSHOT
    held = connection.execute(sql.lane_held_by, {"b_lane": row.lane_id, "b_id": row.id}).first()
    return ("left", LANE_HELD) if held is not None else ("", None)


def _snapshot_of(row: Any) -> dict[str, Any]:
    return {
        "b_subject": row.subject,
        "b_message": row.message_id,
        "b_destination": row.destination,
        "b_route": row.route,
    }


def end(
    connection: Connection,
    job_id: str,
    to: Literal["stopped", "finished"],
    verdict: Mapping[str, Any] | None,
    entry: AuditEntry,
    now: datetime,
) -> bool:
    """Stop or finish a job that runs; a finished one has nothing open."""
    mine = {"b_job": job_id}
    job = connection.execute(sql.lock_job, mine).one_or_none()
    if job is None or job.state != "running":
        return False
    if to == "finished" and connection.execute(sql.anything_open, mine).first() is not None:
        return False
    connection.execute(sql.take_turns_back, mine)
    jobs.change(connection, job, to, now, rung=job.rung, verdict=verdict)
    write_audit(connection, entry, now, {"state": to, "step": job.step} | dict(verdict or {}))
    return True
