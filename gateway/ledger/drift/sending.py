"""Sending the difference again, inside a transaction given by the caller; nothing here commits.

What goes out is a new message with the same content, so a delivery that was confirmed stays what it is (decision 0033).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from gateway.ledger import statements as ledger_sql
from gateway.ledger.drift import keep
from gateway.ledger.drift import statements as sql
from gateway.ledger.drift.port import DriftItem, DriftRun, Sent, StepCount
from gateway.ledger.port import NewMessage, Pending
from gateway.ledger.record import record
from gateway.message import DeliveryState
from gateway.security.seal import KeyRing

S = DeliveryState
_ENDED = {
    S.DELIVERED: "arrived",
    S.REFUSED: "failed",
    S.DEAD: "failed",
    S.SUPERSEDED: "skipped",
    S.CANCELLED: "skipped",
}


def to_send(connection: Connection, run_id: str, limit: int) -> list[DriftItem]:
    """See `DriftLedger.drift_to_send`."""
    run = keep.find(connection, run_id)
    if run is None or run.state != "sending":
        return []
    chosen = {"b_run": run_id, "kinds": run.kinds, "b_limit": limit}
    return [keep.as_item(row) for row in connection.execute(sql.to_send, chosen)]


def send(
    connection: Connection, ring: KeyRing, run: DriftRun, item: DriftItem, messages: Sequence[NewMessage],
    skip: str | None, pending: list[Pending], now: datetime,
) -> Sent:  # fmt: skip
    """See `DriftLedger.send_drift`."""
    # The lane first, as everything that changes deliveries takes it: whatever else arrives waits until this is done.
    key = f"{run.destination} {item.subject}"
    ledger_sql.lock_lanes_by_key.run(connection, {"keys": [key], "now": now})
    current = keep.find(connection, run.id, lock=True)
    if current is None or current.state != "sending":
        return "skipped"
    there = keep.standing(connection, ring, run.destination, item.subject)
    word = skip
    if there.last != item.delivery_id:
        word = "CONFIRMED_SINCE"
    elif there.moving or there.waits:
        word = "UNDER_WAY"
    elif there.dead:
        word = "DEAD"
    row = {"b_run": run.id, "b_subject": item.subject, "n_step": run.step}
    if word is not None:
        connection.execute(sql.note_sent, row | {"n_sent": "skipped", "n_messages": None, "n_word": word})
        return "moved" if word == "CONFIRMED_SINCE" else "skipped"
    [recorded] = record(connection, [messages], pending, now)
    ids = [one.id for one in recorded]
    connection.execute(sql.note_sent, row | {"n_sent": "open", "n_messages": ids, "n_word": None})
    return "open"


def count_step(connection: Connection, run_id: str, step: int) -> StepCount:
    """See `DriftLedger.count_drift_step`."""
    run = keep.find(connection, run_id, lock=True)
    if run is None:
        return StepCount(0, 0, 0)
    rows = connection.execute(sql.sent_on, {"b_run": run_id, "kinds": run.kinds, "b_step": step}).all()
    open_ones = [row for row in rows if row.sent == "open"]
    ids = [one for row in open_ones for one in row.messages]
    states = {row.message_id: S(row.state) for row in connection.execute(sql.how_they_stand, {"ids": ids})}
    said = {row.subject: _said([states[one] for one in row.messages if one in states]) for row in open_ones}
    ended = {subject: word for subject, word in said.items() if word != "open"}
    sql.end_items.run(
        connection, [{"b_run": run_id, "b_subject": subject, "n_sent": word} for subject, word in ended.items()]
    )
    words = [said.get(row.subject, row.sent) for row in rows if row.sent_step == step]
    return StepCount(list(said.values()).count("open"), words.count("arrived"), words.count("failed"))


def _said(states: list[DeliveryState]) -> str:
    """A dossier is as far as the worst of its messages; a dead one holds those behind it, so it has failed."""
    words = {_ENDED.get(state, "open") for state in states}
    if S.DEAD in states:
        return "failed"
    return next((word for word in ("open", "failed", "skipped") if word in words), "arrived")


def climb(connection: Connection, run_id: str, step: int, now: datetime) -> None:
    """See `DriftLedger.climb_drift`."""
    connection.execute(sql.climb, {"b_run": run_id, "n_step": step, "n_now": now})


def end(connection: Connection, run_id: str, now: datetime) -> None:
    """See `DriftLedger.end_drift`."""
    row = connection.execute(sql.lock_run, {"b_run": run_id}).one_or_none()
    if row is not None and row.state == "sending":
        keep.put(connection, row, now, state="sent", paused=False, note=None)
