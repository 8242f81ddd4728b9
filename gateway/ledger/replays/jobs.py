"""Making, steering and showing replay jobs. Runs inside a transaction given by the caller; nothing here commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger.hot import on_postgresql
from gateway.ledger.port import AuditEntry
from gateway.ledger.replays import chosen
from gateway.ledger.replays import statements as sql
from gateway.ledger.replays.port import (
    ITEM_STATES,
    JOB_CANCELLED,
    NEWER_SNAPSHOT,
    JobState,
    ListChangedError,
    NewReplay,
    OverlapError,
)
from gateway.ledger.replays.tables import replay_item, replay_job
from gateway.ledger.shapes import iso
from gateway.ledger.trail import write_audit

_ONE_AT_A_TIME = 0x11E27409
"""Key of PostgreSQL's advisory lock for making jobs."""
_MAY_BECOME: Mapping[JobState, tuple[JobState, ...]] = {
    "paused": ("running",),
    "running": ("paused", "stopped"),
    "cancelled": ("running", "paused", "stopped"),
}
"""What a person makes of a job, and out of which states."""


def create(connection: Connection, new: NewReplay, entry: AuditEntry, now: datetime) -> None:
    """Freeze the list and make the job. What is hashed is what was frozen, so nothing can come in between."""
    if on_postgresql(connection):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
    other = chosen.overlap(connection, new.chosen)
    if other is not None:
        raise OverlapError(other)
    connection.execute(sql.insert_job, _row(new, entry, now))
    values = chosen.parameters(new.chosen) | {"b_job": new.id}
    frozen = sql.freeze(chosen.conditions(connection, new.chosen), chosen.needless(), NEWER_SNAPSHOT)
    connection.execute(frozen, values)
    mine = {"b_job": new.id}
    total = int(connection.execute(sql.how_many, mine).scalar_one())
    if total == 0:
        raise StateError(
            "Không có lượt gửi nào đã dừng khớp bộ lọc này; hãy xem `lienthong dead list`. / No dead delivery fits "
            "this filter; look at `lienthong dead list`."
        )
    if chosen.digest(connection, sql.frozen_ids, replay_item.c.delivery_id, mine) != new.digest:
        raise ListChangedError
    connection.execute(sql.finish_insert, mine | {"n_total": total})
    write_audit(connection, entry, now, {"total": total, "digest": new.digest})


def _row(new: NewReplay, entry: AuditEntry, now: datetime) -> dict[str, Any]:
    return {
        "id": new.id,
        "state": "running",
        "filter": new.chosen.as_dict(),
        "digest": new.digest,
        "total": 0,
        "as_then": new.as_then,
        "max_failure_rate": new.max_failure_rate,
        "max_seconds": new.max_seconds,
        "actor": entry.actor,
        "reason": entry.reason,
        "step": 0,
        "rung": 0,
        "watched": True,
        "created_at": now,
        "changed_at": now,
    }


def steer(connection: Connection, job_id: str, to: JobState, entry: AuditEntry, now: datetime) -> None:
    """Pause, continue or cancel, as a person says."""
    job = connection.execute(sql.lock_job, {"b_job": job_id}).one_or_none()
    if job is None:
        raise NotFoundError(f"Không có đợt gửi lại {job_id}. / There is no replay {job_id}.")
    if job.state not in _MAY_BECOME[to]:
        possible = ", ".join(_MAY_BECOME[to])
        raise StateError(
            f"Đợt gửi lại này đang ở trạng thái {job.state}; thao tác này cần: {possible}. / This replay is "
            f"{job.state}; that can be done to one that is: {possible}."
        )
    if to == "cancelled":
        connection.execute(sql.leave_planned, {"b_job": job_id, "n_cause": JOB_CANCELLED})
    again = to == "running" and job.state == "stopped"
    change(connection, job, to, now, rung=0 if again else job.rung)
    write_audit(connection, entry, now, {"was": job.state, "state": to, "step": job.step})


def change(
    connection: Connection,
    job: Any,
    to: JobState,
    now: datetime,
    *,
    rung: int,
    verdict: Mapping[str, Any] | None = None,
) -> None:
    """Write a job's new state."""
    row = {
        "b_job": job.id,
        "n_state": to,
        "n_rung": rung,
        "n_verdict": verdict and dict(verdict),
        "n_watched": to == "running" or connection.execute(sql.anything_sent, {"b_job": job.id}).first() is not None,
        "n_at": now,
        "n_ended": now if to in ("finished", "cancelled") else None,
    }
    connection.execute(sql.change_job, row)


def view(connection: Connection, job_id: str) -> dict[str, Any] | None:
    """One job as people see it, with its counts in all and step by step."""
    job = connection.execute(sql.job, {"b_job": job_id}).one_or_none()
    return _view(connection, job) if job is not None else None


def page(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """Jobs, newest first."""
    query = sql.jobs_page if cursor is None else sql.jobs_page.where(replay_job.c.id < cursor)
    rows = connection.execute(query, {"b_limit": limit + 1}).all()
    return {
        "items": [_view(connection, row) for row in rows[:limit]],
        "next": rows[limit - 1].id if len(rows) > limit else None,
    }


def items(connection: Connection, job_id: str, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """What is on a job's list, in its order."""
    query = sql.items_page if state is None else sql.items_page.where(replay_item.c.state == state)
    asked = {"b_job": job_id, "b_after": int(cursor or 0), "b_limit": limit + 1}
    rows = connection.execute(query, asked).all()
    shown = [
        {
            "place": row.place,
            "delivery": row.delivery_id,
            "new": row.new_id,
            "subject": row.subject,
            "destination": row.destination,
            "step": row.step,
            "state": row.state,
            "cause": row.cause,
        }
        for row in rows[:limit]
    ]
    return {"items": shown, "next": str(rows[limit - 1].place) if len(rows) > limit else None}


def _view(connection: Connection, job: Any) -> dict[str, Any]:
    totals = dict.fromkeys(ITEM_STATES, 0)
    steps: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ITEM_STATES, 0))
    for row in connection.execute(sql.counts, {"b_job": job.id}):
        totals[row.state] += row.times
        if row.step is not None:
            steps[row.step][row.state] += row.times
    return {
        "id": job.id,
        "state": job.state,
        "filter": job.filter,
        "mapping": "then" if job.as_then else "now",
        "digest": job.digest,
        "total": job.total,
        "counts": totals,
        "step": job.step,
        "steps": [{"number": number, "size": sum(one.values()), **one} for number, one in sorted(steps.items())],
        "max_failure_rate": job.max_failure_rate,
        "max_seconds": job.max_seconds,
        "verdict": job.verdict,
        "actor": job.actor,
        "reason": job.reason,
        "created_at": iso(job.created_at),
        "changed_at": iso(job.changed_at),
        "ended_at": iso(job.ended_at),
    }
