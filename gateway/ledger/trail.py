"""The audit trail: rows written in the transaction of what they tell of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.ledger import statements as sql
from gateway.ledger.port import AuditEntry
from gateway.ledger.proof.leaves import audit_leaf
from gateway.ledger.proof.statements import insert_unchained
from gateway.ledger.sought.rows import note_seen, people_of
from gateway.security.seek import apart


def write_audit(connection: Connection, entry: AuditEntry, now: datetime, more: dict[str, Any] | None = None) -> int:
    """One audit row, in the transaction of what it tells of; found by whoever asks who saw the people it is about.

    Gives back its number.
    """
    details = dict(entry.details) | (more or {})
    people = entry.people or (people_of(connection, entry.about) if entry.about else b"")
    if people:
        details["people"] = [one.hex() for one in apart(people)]
    told = {
        "at": now,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "ok": entry.ok,
        "reason": entry.reason,
        "details": details or None,
    }
    row = connection.execute(sql.insert_audit, told).one()
    if people:
        note_seen(connection, people, row.seq)
    insert_unchained.run(connection, [{"kind": "audit", "ref": f"audit/{row.seq}", "leaf": audit_leaf(row)}])
    return int(row.seq)
