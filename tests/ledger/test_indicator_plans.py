"""Counting and reports look at what is new, open or asked for, never at the ledger from end to end."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine

from gateway.ledger.indicators import count, read
from gateway.ledger.indicators.port import Counted, DossierFacts, Wanted
from gateway.ledger.migrate import migrate
from gateway.ledger.record import record
from tests.builders import RING, a_message, a_snapshot
from tests.ledger import test_no_scans
from tests.ledger.test_no_scans import engine, planned
from tests.ledger.test_no_scans_postgres import KNOWING, Statements, filled, plans
from tests.services.databases import a_database, execute

__all__ = ["engine", "filled"]

PORTAL = "national_portal"
NOW = datetime(2025, 3, 12, tzinfo=UTC)
_OURS = re.compile(
    r"SCAN (?:delivery|message|payment|indicator_day|indicator_fact)\b(?! USING .*indicator_fact_overdue)"
)
"""What was ever late may be looked at as a whole, by whoever asks for one agency's figures."""


def a_day_of_counting(connection: Connection) -> None:
    """Everything the keeper and a report ask."""
    message = a_message(a_snapshot())
    record(connection, [[message]], [])
    state = count.state(connection)
    portion = count.portion(connection, RING, state.last, 1)
    assert portion is not None
    day = "2025-03-10"
    fact = DossierFacts(message.subject, message.id, 1, None, None, "H46.1", "commune", "1.1", day, day, NOW, NOW)
    counted = Counted(portion.after, portion.up_to, [fact], frozenset({"H46-250310-0002"}))
    assert count.note(connection, counted, PORTAL, NOW)
    count.find_ended(connection, PORTAL, "", 10)
    count.look_again(connection, [message.subject], PORTAL)
    count.begin_anew(connection)
    while count.recount_day(connection):
        pass
    read.agencies(connection, day, day)
    read.figures(connection, Wanted(day, day, NOW))
    read.figures(connection, Wanted(day, day, NOW, ("H46.1",), "commune"))


def test_on_sqlite_nothing_is_counted_from_end_to_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_no_scans, "_FULL_SCAN", _OURS)
    plans_ = planned(engine, a_day_of_counting)
    assert len(plans_.seen) > 15
    assert plans_.scans == []


async def test_on_postgresql_neither(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await Statements(monkeypatch).of(filled, a_day_of_counting)
    assert len(asked) > 12
    for statement in KNOWING:
        await execute(filled, statement)
    scan = re.compile(r"Seq Scan on (?:delivery|message)\b")  # the others are empty here, or nearly
    assert [plan for plan in await plans(filled, asked) if scan.search(plan)] == []


async def test_a_plan_made_while_all_was_empty_finds_each_dossier_by_its_index(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection keeps its plans, also when the tables are full."""
    async with a_database(postgres_server) as url:
        await migrate(url)
        asked = await Statements(monkeypatch).of(url, a_day_of_counting)
        by_key = {sql: parameters for sql, parameters in asked.items() if "json_to_recordset" in sql}
        by_key = {sql: parameters for sql, parameters in by_key.items() if sql.startswith("SELECT")}
        assert len(by_key) == 3
        assert [plan for plan in await plans(url, by_key) if "Seq Scan" in plan] == []
