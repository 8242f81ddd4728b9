"""Keeping failure groups: counted where a fault is set, read with what stands in them, closed when nothing does.

Runs inside a transaction given by the caller; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, false, update

from gateway.errors import NotFoundError
from gateway.ledger.groups import statements as sql
from gateway.ledger.groups.port import EDITABLE, FailureGroup, Which, fingerprint_of
from gateway.ledger.groups.tables import failure_group
from gateway.ledger.port import AuditEntry
from gateway.ledger.trail import write_audit
from gateway.message import Fault


class Failed(NamedTuple):
    """An attempt that brought a fault. `stands`: the delivery is not ended by it."""

    destination: str
    operation: str
    fault: Fault
    stands: bool
    at: datetime


def note_faults(connection: Connection, failed: Iterable[Failed]) -> None:
    """Count faults in their groups, in key order, so that two transactions never wait for each other.

    Always after the deliveries and before the counters of the board, for the same reason. A success costs nothing.
    """
    rows: dict[str, dict[str, Any]] = {}
    for one in failed:
        fault = one.fault
        fingerprint = fingerprint_of(one.destination, one.operation, fault.kind, fault.code, fault.field)
        row = rows.setdefault(fingerprint, _row(fingerprint, one))
        row["occurrences"] += 1
        row["last_seen_at"] = max(row["last_seen_at"], one.at)
        if one.stands and row["opened_at"] is None:
            row |= {"opened_at": one.at, "times_opened": 1}
    sql.note_faults.run(connection, [rows[key] for key in sorted(rows)])


def _row(fingerprint: str, one: Failed) -> dict[str, Any]:
    fault = one.fault
    return {
        "fingerprint": fingerprint,
        "destination": one.destination,
        "operation": one.operation,
        "error_class": fault.kind,
        "error_code": fault.code,
        "error_field": fault.field,
        "vi": fault.vi,
        "en": fault.en,
        "first_seen_at": one.at,
        "last_seen_at": one.at,
        "occurrences": 0,
        "times_opened": 0,
        "opened_at": None,
    }


def close_empty(connection: Connection, quiet: timedelta, now: datetime) -> list[str]:
    """See `GroupLedger.close_empty_groups`."""
    connection.execute(sql.refill)
    connection.execute(sql.now_empty, {"now": now})
    closed = connection.execute(sql.close, {"n_since": -quiet.total_seconds(), "now": now}).scalars()
    return sorted(closed)


def groups(connection: Connection, which: Which) -> list[FailureGroup]:
    """See `GroupLedger.failure_groups`."""
    found = _read(connection, connection.execute(sql.groups(which)).all())
    return sorted(found, key=lambda one: -sum(one.standing.values()))


def group(connection: Connection, fingerprint: str) -> FailureGroup | None:
    """See `GroupLedger.failure_group`."""
    found = _read(connection, connection.execute(sql.one_group, {"b_fingerprint": fingerprint}).all())
    return found[0] if found else None


def changes(connection: Connection, since: datetime) -> list[FailureGroup]:
    """See `GroupLedger.group_changes`."""
    found = _read(connection, connection.execute(sql.changed_since, {"b_since": since}).all())
    return sorted(found, key=lambda one: max(filter(None, (one.opened_at, one.closed_at))))


def change(
    connection: Connection, fingerprint: str, values: Mapping[str, Any], entry: AuditEntry, now: datetime
) -> FailureGroup:
    """See `GroupLedger.change_group`."""
    if not set(values) <= set(EDITABLE):
        raise ValueError(f"nobody writes {sorted(set(values) - set(EDITABLE))} by hand")
    row = connection.execute(sql.lock_group, {"b_fingerprint": fingerprint}).one_or_none()
    if row is None:
        raise NotFoundError(f"Không có nhóm lỗi {fingerprint}. / There is no failure group {fingerprint}.")
    connection.execute(update(failure_group).where(failure_group.c.fingerprint == fingerprint).values(**values))
    write_audit(connection, entry, now)
    changed = group(connection, fingerprint)
    assert changed is not None  # noqa: S101 - it is locked
    return changed


def in_group(connection: Connection, fingerprint: str) -> list[ColumnElement[bool]]:
    """What a delivery must look like to stand in a group; nothing stands in one that is not there."""
    row = connection.execute(sql.one_group, {"b_fingerprint": fingerprint}).one_or_none()
    return sql.members_of(row) if row is not None else [false()]


def _read(connection: Connection, rows: Iterable[Any]) -> list[FailureGroup]:
    found = list(rows)
    counts: dict[str, dict[str, int]] = {row.fingerprint: {} for row in found}
    if found:
        for fingerprint, state, count in connection.execute(sql.standing, {"ids": list(counts)}):
            counts[fingerprint][state] = count
    return [FailureGroup(**row._mapping, standing=counts[row.fingerprint]) for row in found]  # noqa: SLF001 - documented
