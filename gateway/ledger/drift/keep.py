"""Runs inside a transaction given by the caller; nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger.drift import statements as sql
from gateway.ledger.drift.port import (
    OPEN_RUNS,
    Confirmed,
    DriftItem,
    DriftRun,
    Judged,
    NewDriftRun,
    RunState,
    Standing,
    Verb,
)
from gateway.ledger.port import AuditEntry
from gateway.ledger.trail import write_audit
from gateway.message import DeliveryState
from gateway.security.seal import KeyRing, Sealed

S = DeliveryState
WALK = 5_000
"""Deliveries that one piece of collecting looks at."""
_MOVING = (S.DELIVERING, S.UNCERTAIN)
_WAITS = (S.HELD, S.PENDING, S.WAITING)


def start(connection: Connection, run: NewDriftRun, entry: AuditEntry, now: datetime) -> bool:
    """See `DriftLedger.start_drift`."""
    if connection.execute(sql.find_run, {"b_run": run.id}).first() is not None:
        return False
    other = connection.execute(sql.open_run_of, {"b_destination": run.destination}).scalar()
    if other is not None:
        raise StateError(
            f"Một lượt đối soát của {run.destination} đang chạy ({other}); hãy đợi nó xong hoặc huỷ nó. / A "
            f"reconciliation of {run.destination} is open ({other}); wait until it has ended, or cancel it."
        )
    row = {
        "id": run.id, "destination": run.destination, "since": run.since, "until": run.until, "state": "collecting",
        "paused": False, "actor": entry.actor, "reason": entry.reason, "created_at": now, "changed_at": now,
        "ended_at": None, "cursor": bound(run.since), "kinds": "", "step": 0, "note": None,
    }  # fmt: skip
    sql.insert_run.run(connection, [row])
    details = {"destination": run.destination, "since": run.since.isoformat(), "until": run.until.isoformat()}
    write_audit(connection, entry, now, details)
    return True


def bound(moment: datetime) -> str:
    """The beginning of the ids that are made from a moment on: the first 48 bits of a UUIDv7 are its milliseconds."""
    digits = f"{max(0, int(moment.astimezone(UTC).timestamp() * 1000)):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def find(connection: Connection, run_id: str, *, lock: bool = False) -> DriftRun | None:
    """A run as it stands."""
    row = connection.execute(sql.lock_run if lock else sql.find_run, {"b_run": run_id}).one_or_none()
    return _run(row) if row else None


def open_runs(connection: Connection) -> list[DriftRun]:
    """Everything that is to be worked on."""
    return [_run(row) for row in connection.execute(sql.open_runs)]


def _run(row: Any) -> DriftRun:
    kinds = tuple(row.kinds.split())
    return DriftRun(row.id, row.destination, row.since, row.until, row.state, row.paused, kinds, row.step)


def collect(connection: Connection, run_id: str, now: datetime) -> bool:
    """See `DriftLedger.collect_drift`."""
    row = connection.execute(sql.lock_run, {"b_run": run_id}).one_or_none()
    if row is None or row.state != "collecting":
        return False
    period = {"b_after": row.cursor, "b_before": bound(row.until)}
    end = connection.execute(sql.piece_end, period | {"b_walk": WALK - 1}).scalar()
    piece = period | {"b_run": run_id, "b_destination": row.destination, "b_walk": 2 * WALK}
    if end is not None:  # up to that one and with it; others may have been committed among them in this moment
        piece["b_before"] = f"{end}~"
    connection.execute(sql.collect(connection.dialect.name), piece)
    done = {"n_state": "collecting" if end else "asking", "n_cursor": end or row.cursor}
    connection.execute(sql.move_cursor, done | {"b_run": run_id, "n_now": now})
    if end is None:
        _compared_if_all_asked(connection, run_id, now)
    return end is not None


def to_ask(connection: Connection, run_id: str, limit: int) -> list[DriftItem]:
    """See `DriftLedger.drift_to_ask`."""
    return [as_item(row) for row in connection.execute(sql.to_ask, {"b_run": run_id, "b_limit": limit})]


def as_item(row: Any) -> DriftItem:
    return DriftItem(row.subject, row.tries, row.kind, row.delivery_id)


def standing(connection: Connection, ring: KeyRing, destination: str, subject: str) -> Standing:
    """See `DriftLedger.standing`."""
    rows = connection.execute(sql.standing, {"b_subject": subject, "b_destination": destination}).all()
    taken = [row for row in rows if row.state == S.DELIVERED]
    taken.sort(key=lambda row: (row.delivered_at, row.position))
    states = {row.state for row in rows}
    return Standing(
        confirmed=tuple(_confirmed(ring, row, subject) for row in taken),
        moving=bool(states.intersection(_MOVING)),
        waits=bool(states.intersection(_WAITS)),
        dead=S.DEAD in states,
    )


def _confirmed(ring: KeyRing, row: Any, subject: str) -> Confirmed:
    return Confirmed(
        delivery_id=row.delivery_id, message_id=row.id, subject=subject, type=row.type, operation=row.operation,
        route=row.route, snapshot=row.snapshot, status=row.snapshot_status, time=row.time, sequence=row.sequence,
        client=row.client, correlation_id=row.correlation_id, body_form=row.body_form,
        open_body=partial(ring.open, Sealed(row.key_id, row.wrapped_key, row.body), row.id),
    )  # fmt: skip


def note(connection: Connection, run_id: str, judged: Sequence[Judged], now: datetime) -> None:
    """See `DriftLedger.note_drift`."""
    run = find(connection, run_id, lock=True)
    if run is None or run.state != "asking":
        return
    rows = [
        {
            "b_run": run_id, "b_subject": one.subject, "n_kind": one.kind, "n_again": int(one.kind is None),
            "n_ours": one.ours, "n_theirs": one.theirs, "n_delivery": one.delivery_id, "n_word": one.word, "n_now": now,
        }
        for one in judged
    ]  # fmt: skip
    sql.judge.run(connection, rows)
    _compared_if_all_asked(connection, run_id, now)


def _compared_if_all_asked(connection: Connection, run_id: str, now: datetime) -> None:
    if connection.execute(sql.to_ask, {"b_run": run_id, "b_limit": 1}).first() is None:
        row = connection.execute(sql.find_run, {"b_run": run_id}).one()
        put(connection, row, now, state="compared", note=None)


def tell(connection: Connection, run_id: str, words: Mapping[str, str] | None, now: datetime) -> None:
    """See `DriftLedger.tell_drift`."""
    connection.execute(sql.tell, {"b_run": run_id, "n_note": dict(words) if words else None, "n_now": now})


def put(connection: Connection, row: Any, now: datetime, **changes: Any) -> None:
    """Write a locked run back with these changes; one that is open no more has ended."""
    values: dict[str, Any] = {name: getattr(row, name) for name in ("state", "paused", "kinds", "note", "step")}
    values |= changes
    ended = None if values["state"] in OPEN_RUNS else now
    connection.execute(
        sql.set_state,
        {f"n_{name}": value for name, value in values.items()} | {"b_run": row.id, "n_ended": ended, "n_now": now},
    )


_FROM: Mapping[Verb, tuple[str, ...]] = {
    "pause": OPEN_RUNS,
    "continue": OPEN_RUNS,
    "cancel": OPEN_RUNS,
    "send": ("compared", "sent"),
}


def steer(
    connection: Connection, run_id: str, verb: Verb, entry: AuditEntry, kinds: Sequence[str], now: datetime
) -> RunState:
    """See `DriftLedger.steer_drift`."""
    row = connection.execute(sql.lock_run, {"b_run": run_id}).one_or_none()
    if row is None:
        raise NotFoundError(f"Không có lượt đối soát {run_id}. / There is no reconciliation {run_id}.")
    if row.state not in _FROM[verb] or (verb == "pause" and row.paused) or (verb == "continue" and not row.paused):
        raise _not_now(row, verb)
    ways: Mapping[Verb, dict[str, Any]] = {
        "pause": {"paused": True},
        # A stair that went wrong is not judged again: the next one shows whether it goes well now.
        "continue": {"paused": False, "note": None, "step": row.step + (row.state == "sending")},
        "cancel": {"state": "cancelled", "paused": False, "note": None},
        "send": {"state": "sending", "paused": False, "note": None, "kinds": " ".join(kinds), "step": row.step + 1},
    }
    changes = ways[verb]
    if verb == "send":
        other = connection.execute(sql.open_run_of, {"b_destination": row.destination}).scalar()
        if other is not None:
            raise StateError(
                f"Một lượt đối soát khác của {row.destination} đang chạy ({other}). / Another reconciliation of "
                f"{row.destination} is open ({other})."
            )
    put(connection, row, now, **changes)
    write_audit(connection, entry, now, {"was": row.state} | ({"kinds": list(kinds)} if kinds else {}))
    state: RunState = changes.get("state", row.state)
    return state


def _not_now(row: Any, verb: Verb) -> StateError:
    said = f"{row.state} (paused)" if row.paused else row.state
    return StateError(
        f"Lượt đối soát này đang {said} nên không làm được việc này ({verb}): tạm dừng, tiếp tục và huỷ khi nó đang "
        f"chạy; gửi phần lệch khi đã so xong. / This reconciliation is {said}, so it cannot {verb}: pause, continue "
        "and cancel while it is open; send the difference once it has been compared."
    )


def stop(connection: Connection, run_id: str, words: Mapping[str, str], entry: AuditEntry, now: datetime) -> None:
    """See `DriftLedger.stop_drift`."""
    row = connection.execute(sql.lock_run, {"b_run": run_id}).one_or_none()
    if row is not None and row.state in OPEN_RUNS and not row.paused:
        put(connection, row, now, paused=True, note=dict(words))
        write_audit(connection, entry, now)
