"""Reconciliation looks at the period it is about and the dossiers in it, never at the ledger from end to end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from gateway.ledger.drift import keep, sending, statements
from gateway.ledger.drift.port import DriftItem, Judged, NewDriftRun
from gateway.ledger.port import AuditEntry
from gateway.ledger.record import record
from gateway.ledger.settle import begin, settle
from tests.builders import RING, a_begin, a_message, a_settlement, a_snapshot
from tests.ledger import test_no_scans
from tests.ledger.test_no_scans import engine, planned
from tests.ledger.test_no_scans_postgres import KNOWING, Statements, filled, plans
from tests.services.databases import execute

__all__ = ["engine", "filled"]

PORTAL = "national_portal"
_OURS = re.compile(r"SCAN (?:delivery|message|lane|drift_item)\b")


def a_reconciliation(connection: Connection) -> None:
    """Every statement of a run, from its beginning to the last dossier sent again."""
    now = datetime.now(UTC)
    first, again = a_snapshot(), a_snapshot()
    message = a_message(first)
    record(connection, [[message]], [])
    begin(connection, [a_begin(first.id)])
    settle(connection, [a_settlement(first.id)], [])
    entry = AuditEntry("admin", "x", "R-1", "thử")
    keep.start(connection, NewDriftRun("R-1", PORTAL, now - timedelta(hours=1), now + timedelta(hours=1)), entry, now)
    keep.open_runs(connection)
    piece = {"b_run": "R-1", "b_destination": PORTAL, "b_after": "0", "b_before": "1", "b_walk": 9}
    connection.execute(statements.dossiers, piece).all()  # what collecting inserts; plans of INSERTs are not looked at
    while keep.collect(connection, "R-1", now):
        pass
    keep.to_ask(connection, "R-1", 20)
    there = keep.standing(connection, RING, PORTAL, message.subject)
    subjects = [item.subject for item in keep.to_ask(connection, "R-1", 100_000)]
    keep.note(connection, "R-1", [Judged(one, "missing", delivery_id=there.last) for one in subjects], now)
    keep.steer(connection, "R-1", "send", entry, ["missing"], now)
    sending.to_send(connection, "R-1", 5)
    run = keep.find(connection, "R-1")
    assert run is not None
    item = DriftItem(message.subject, 0, "missing", there.last)
    sent = a_message(again, subject=message.subject)
    assert sending.send(connection, RING, run, item, [sent], None, [], now) == "open"
    sending.count_step(connection, "R-1", 1)
    sending.climb(connection, "R-1", 2, now)
    sending.end(connection, "R-1", now)


def test_on_sqlite_nothing_is_read_from_end_to_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_no_scans, "_FULL_SCAN", _OURS)
    plans_ = planned(engine, a_reconciliation)
    assert len(plans_.seen) > 20
    assert plans_.scans == []


async def test_on_postgresql_neither(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await Statements(monkeypatch).of(filled, a_reconciliation)
    assert len(asked) > 15
    for statement in KNOWING:
        await execute(filled, statement)
    found = await plans(filled, asked)
    assert [plan for plan in found if re.search(r"Seq Scan on (?:delivery|message|lane|drift_item)\b", plan)] == []
