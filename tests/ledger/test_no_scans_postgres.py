"""On PostgreSQL, too, nothing that runs for every message or every few seconds reads a table from end to end.

Asked of its planner over a ledger that has worked, with and without knowledge of what the tables hold, and with every
way of reading allowed to it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, Engine, event

from gateway.ledger import hot
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.settings import LedgerSettings
from tests.builders import RING, a_message
from tests.ledger.bulk import store_finished
from tests.ledger.test_no_scans import a_life, what_runs_by_the_clock
from tests.services.databases import a_database, dsn, execute

STORED = 4000
OPEN = 2000
_SCAN = re.compile(r"Seq Scan on (?:delivery|message|lane|attempt|outbox)\b")
_BY_ID = re.compile(r"(?:delivery\.id|\bid|delivery_id) = (?:ANY|\(?u\.)")
_FIRST_ROW = "SELECT outbox.delivery_id \nFROM outbox \n LIMIT"
"""Whether anything is there at all: the first row will do."""
_HOW_MANY = "SELECT count(*) AS count_1 \nFROM outbox"
"""What is due is to be counted, here nearly all of it; only what is open stands in that table."""
KNOWING = (
    "ANALYZE",
    # As if there were millions: of a few thousand rows it may well be quicker to read all.
    "UPDATE pg_class SET reltuples = 500 * reltuples WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
)


@pytest.fixture
async def filled(postgres_server: str) -> AsyncIterator[str]:
    """Thousands of finished messages, and thousands that are due."""
    async with a_database(postgres_server) as url:
        await migrate(url)
        await store_finished(url, STORED, len(RING.seal(bytes(1000), "sample").body))
        ledger = SqlLedger(url, RING, LedgerSettings())
        for start in range(0, OPEN, 500):
            await ledger.accept([a_message(subject=f"H-{number}") for number in range(start, start + 500)])
        await ledger.close()
        yield url


class Statements:
    """What the ledger asks, with the parameters of the first time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: dict[str, Any] = {}
        plain = hot.fetch

        def noting(connection: Connection, sql: str, parameters: Any) -> list[Any]:
            self.seen.setdefault(sql, list(parameters))
            return plain(connection, sql, parameters)

        monkeypatch.setattr(hot, "fetch", noting)
        event.listen(Engine, "before_cursor_execute", self._note)

    def _note(self, connection: Connection, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if connection.dialect.name == "postgresql" and statement.split(maxsplit=1)[0] in ("SELECT", "UPDATE", "DELETE"):
            self.seen.setdefault(statement, list(parameters))

    async def of(self, url: str, work: Callable[[Connection], None]) -> dict[str, Any]:
        ledger = SqlLedger(url, RING, LedgerSettings())
        await ledger._write(lambda connection, _: work(connection))
        await ledger.close()
        event.remove(Engine, "before_cursor_execute", self._note)
        return self.seen


async def plans(url: str, statements: dict[str, Any], *settings: str) -> list[str]:
    """The plan of each, as it is made once for all parameters."""
    connection = await asyncpg.connect(dsn(url))
    try:
        for setting in ("plan_cache_mode = force_generic_plan", *settings):
            await connection.execute(f"SET {setting}")
        told = []
        for sql, parameters in statements.items():
            transaction = connection.transaction()
            await transaction.start()
            steps = [row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *parameters)]
            await transaction.rollback()
            told.append("\n".join([sql, *steps]))
        return told
    finally:
        await connection.close()


def wrong(plan: str) -> bool:
    through_all_that_is_open = "delivery_open" in plan and _BY_ID.search(plan) is not None
    return bool(_SCAN.search(plan)) or through_all_that_is_open


@pytest.mark.parametrize("analysed", [True, False], ids=["analysed", "knowing nothing"])
async def test_nothing_on_the_way_of_a_message_scans(
    filled: str, monkeypatch: pytest.MonkeyPatch, analysed: bool
) -> None:
    asked = await Statements(monkeypatch).of(filled, a_life)
    assert len(asked) > 12
    for statement in KNOWING if analysed else ("DELETE FROM pg_statistic",):
        await execute(filled, statement)
    settings = () if analysed else ("enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off")
    assert [plan for plan in await plans(filled, asked, *settings) if wrong(plan)] == []


async def test_nothing_that_runs_by_the_clock_scans(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await Statements(monkeypatch).of(filled, what_runs_by_the_clock)
    assert len(asked) > 8
    for statement in KNOWING:
        await execute(filled, statement)
    found = [plan for plan in await plans(filled, asked) if _SCAN.search(plan)]
    assert [plan for plan in found if not plan.startswith((_FIRST_ROW, _HOW_MANY))] == []
