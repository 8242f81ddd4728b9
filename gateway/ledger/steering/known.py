"""Dossiers that a destination had before us. Runs inside a transaction given by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.ledger import statements as ledger_sql
from gateway.ledger.lanes import Lane
from gateway.ledger.shapes import iso
from gateway.ledger.steering import statements as sql
from gateway.ledger.steering.port import Imported, KnownDossier


def import_known(
    connection: Connection, destination: str, dossiers: Sequence[KnownDossier], who: str, now: datetime
) -> Imported:
    """Record them, and let their lanes know that the destination has them. Lanes are locked in key order."""
    unique = {one.subject: one for one in sorted(dossiers, key=lambda one: one.confirmed_at)}
    keys = sorted(f"{destination} {subject}" for subject in unique)
    ledger_sql.insert_lanes.run(connection, [Lane.made(key, now).as_new() for key in keys])
    lanes = ledger_sql.lock_lanes_by_key.run(connection, {"keys": keys, "now": now})
    connection.execute(sql.accept_lanes, {"ids": [lane.id for lane in lanes]})
    known = len(connection.execute(sql.known, {"b_destination": destination, "subjects": list(unique)}).all())
    sql.know.run(connection, [_row(destination, one, who, now) for one in unique.values()])
    return Imported(len(unique) - known, known)


def known_among(connection: Connection, destination: str, subjects: Sequence[str]) -> dict[str, bool]:
    """Those the destination is known to have: True by import, False because it took them from us."""
    keys = {f"{destination} {subject}": subject for subject in subjects}
    lanes = connection.execute(sql.lanes_by_key, {"keys": list(keys)})
    ours = {keys[row.key]: False for row in lanes if row.accepted_once}
    wanted = {"b_destination": destination, "subjects": list(subjects)}
    return ours | {row.subject: True for row in connection.execute(sql.known, wanted)}


def confirmed(connection: Connection, subject: str) -> list[dict[str, Any]]:
    """What was known of a dossier before, as its passport shows it."""
    return [
        {
            "destination": row.destination,
            "operation": "import",
            "status": row.status,
            "at": iso(row.confirmed_at),
            "imported_at": iso(row.imported_at),
        }
        for row in connection.execute(sql.known_of_subject, {"b_subject": subject})
    ]


def _row(destination: str, one: KnownDossier, who: str, now: datetime) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "destination": destination,
        "status": one.status,
        "confirmed_at": one.confirmed_at,
        "imported_at": now,
        "imported_by": who,
    }
