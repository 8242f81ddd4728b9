"""Pauses, closures, probes and announced maintenance. Runs inside a transaction given by the caller."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger.clock import seconds_until
from gateway.ledger.port import AuditEntry
from gateway.ledger.shapes import iso
from gateway.ledger.steering import statements as sql
from gateway.ledger.steering.port import ClosedBy, NewWindow, Pause, Probe, Probed, Steering, ToldClosed, Window
from gateway.ledger.trail import write_audit


def tell(connection: Connection, name: str, closed: ToldClosed, now: datetime) -> None:
    """The last word on a destination counts, whoever says it."""
    told = {
        "name": name, "n_seconds": closed.seconds, "reason": closed.reason, "closed_by": closed.by,
        "closed_vi": closed.vi, "closed_en": closed.en, "now": now,
    }  # fmt: skip
    connection.execute(sql.tell[connection.dialect.name], told)


def read(connection: Connection, now: datetime) -> dict[str, Steering]:
    """Every destination about which something is known."""
    windows: dict[str, list[Window]] = defaultdict(list)
    for row in connection.execute(sql.ahead, {"now": now}):
        windows[row.destination].append(as_window(row))
    rows = {row.name: row for row in connection.execute(sql.everything, {"now": now})}
    return {
        name: Steering(
            name,
            closed=_closed(rows[name]) if name in rows else None,
            pause=_pause(rows[name]) if name in rows else None,
            windows=tuple(sorted(windows[name], key=lambda one: one.starts_at)),
            probe=_probe(rows[name]) if name in rows else None,
        )
        for name in sorted({*rows, *windows})
    }


def _closed(row: Any) -> ToldClosed | None:
    seconds = seconds_until(row.closed_until, row.now)
    if seconds <= 0:
        return None
    by: ClosedBy = row.closed_by or "breaker"
    return ToldClosed(seconds, row.reason, by, row.closed_since, row.closed_vi or "", row.closed_en or "")


def _pause(row: Any) -> Pause | None:
    return Pause(row.paused_at, row.paused_by, row.pause_reason) if row.paused_at is not None else None


def _probe(row: Any) -> Probe | None:
    if row.probe_id is None:
        return None
    result = None
    if row.probe_ended_at is not None:
        result = Probed(bool(row.probe_ok), row.probe_code or "", row.probe_vi or "", row.probe_en or "")
    return Probe(row.probe_id, row.probe_taken_at is not None, row.probe_ended_at, result)


def as_window(row: Any) -> Window:
    """A row as a value."""
    return Window(
        row.id, row.destination, row.starts_at, row.ends_at, row.reason, row.who, row.cancelled_at, row.cancelled_by,
        seconds_until(row.starts_at, row.now), seconds_until(row.ends_at, row.now),
    )  # fmt: skip


def pause(connection: Connection, name: str, entry: AuditEntry, now: datetime) -> None:
    """Raises `StateError` where somebody has paused it already."""
    wanted = {"name": name, "paused_by": entry.actor, "pause_reason": entry.reason, "now": now}
    if connection.execute(sql.pause[connection.dialect.name], wanted).first() is None:
        known = connection.execute(sql.pause_of, {"b_name": name}).one()
        since = iso(known.paused_at)
        raise StateError(
            f"{name} đã được {known.paused_by} tạm dừng từ {since}. / {name} is paused by {known.paused_by} since "
            f"{since} already."
        )
    write_audit(connection, entry, now)


def resume(connection: Connection, name: str, entry: AuditEntry, now: datetime) -> None:
    """Raises `StateError` where nothing is paused."""
    known = connection.execute(sql.pause_of, {"b_name": name}).one_or_none()
    if known is None or known.paused_at is None:
        raise StateError(
            f"{name} không bị tạm dừng; xem trạng thái bằng `lienthong destinations`. / {name} is not paused; see "
            "`lienthong destinations`."
        )
    connection.execute(sql.resume, {"b_name": name})
    was = {"paused_by": known.paused_by, "paused_at": iso(known.paused_at), "pause_reason": known.pause_reason}
    write_audit(connection, entry, now, was)


def ask_probe(connection: Connection, name: str, probe_id: str, entry: AuditEntry, now: datetime) -> None:
    """A question nobody has answered yet is forgotten: the newest counts."""
    asked = {"name": name, "probe_id": probe_id, "now": now}
    connection.execute(sql.ask_probe[connection.dialect.name], asked)
    write_audit(connection, entry, now)


def take_probe(connection: Connection, name: str, probe_id: str, now: datetime) -> bool:
    """Whether it is the caller's to do."""
    asked = {"b_name": name, "b_probe": probe_id, "now": now}
    return connection.execute(sql.take_probe, asked).first() is not None


def end_probe(connection: Connection, name: str, probe_id: str, result: Probed, now: datetime) -> None:
    """Note what came of it."""
    said = {"n_ok": result.ok, "n_code": result.code, "n_vi": result.vi, "n_en": result.en}
    connection.execute(sql.end_probe, {"b_name": name, "b_probe": probe_id, "now": now} | said)


def add_window(connection: Connection, new: NewWindow, entry: AuditEntry, now: datetime) -> Window:
    """Raises `StateError` for a window that holds no time to come."""
    row = {
        "id": new.id, "destination": new.destination, "starts_at": new.starts_at, "ends_at": new.ends_at,
        "reason": entry.reason, "who": entry.actor, "now": now,
    }  # fmt: skip
    connection.execute(sql.add_window, row)
    made = _window(connection, new.id, now)
    if made.ends_in <= 0 or made.ends_at <= made.starts_at:
        raise StateError(
            "Đợt bảo trì phải kết thúc sau khi bắt đầu, và sau lúc này. / Maintenance must end after it begins, and "
            "after now."
        )
    write_audit(connection, entry, now, _said(made))
    return made


def cancel_window(connection: Connection, window_id: str, entry: AuditEntry, now: datetime) -> Window:
    """Raises `NotFoundError`, and `StateError` for one that is cancelled or over."""
    found = _window(connection, window_id, now)
    if found.cancelled_at is not None or found.ends_in <= 0:
        raise StateError(
            "Đợt bảo trì này đã kết thúc hoặc đã huỷ; xem `lienthong maintenance list`. / This maintenance is over or "
            "was cancelled; see `lienthong maintenance list`."
        )
    connection.execute(sql.cancel_window, {"b_id": window_id, "n_by": entry.actor, "now": now})
    write_audit(connection, entry, now, _said(found))
    return _window(connection, window_id, now)


def windows(connection: Connection, now: datetime, *, past: bool) -> list[Window]:
    """Those under way or to come, or the latest of all."""
    if past:
        return [as_window(row) for row in connection.execute(sql.latest_windows, {"now": now})]
    found = [as_window(row) for row in connection.execute(sql.ahead, {"now": now})]
    return sorted(found, key=lambda one: one.starts_at)


def _window(connection: Connection, window_id: str, now: datetime) -> Window:
    row = connection.execute(sql.window, {"b_id": window_id, "now": now}).one_or_none()
    if row is None:
        raise NotFoundError(
            f"Không có đợt bảo trì {window_id}; xem `lienthong maintenance list`. / There is no maintenance "
            f"{window_id}; see `lienthong maintenance list`."
        )
    return as_window(row)


def _said(window: Window) -> dict[str, Any]:
    return {
        "destination": window.destination,
        "starts_at": iso(window.starts_at),
        "ends_at": iso(window.ends_at),
    }
