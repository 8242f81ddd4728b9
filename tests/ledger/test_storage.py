"""A storage that fails is told from a statement that is wrong: only the first is worth trying again."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError, ProgrammingError

from gateway.errors import LedgerUnavailable
from gateway.ledger.address import sqlite_url
from gateway.ledger.migrate import migrate
from gateway.ledger.storage.sqlite import SqliteStorage
from gateway.ledger.tables import outbox
from tests.builders import NOW


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    await migrate(sqlite_url(tmp_path / "ledger.db"))
    return tmp_path / "ledger.db"


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SqliteStorage]:
    opened = SqliteStorage(sqlite_url(path))
    yield opened
    await opened.close()


def a_row(connection: Connection) -> None:
    connection.execute(insert(outbox).values(delivery_id="044999000123", destination="x", due_at=NOW))


async def test_a_broken_rule_is_said_as_it_is_and_quotes_nothing(storage: SqliteStorage) -> None:
    await storage.write(a_row)
    with pytest.raises(IntegrityError) as caught:
        await storage.write(a_row)
    assert "044999000123" not in str(caught.value)


async def test_a_value_no_database_takes_is_said_as_it_is(storage: SqliteStorage) -> None:
    with pytest.raises(ProgrammingError):
        await storage.write(lambda c: c.exec_driver_sql("SELECT ?", (object(),)))


async def test_what_the_program_does_wrong_is_not_put_down_to_the_disk(storage: SqliteStorage) -> None:
    with pytest.raises(ZeroDivisionError):
        await storage.write(lambda _: 1 // 0)


async def test_a_ledger_that_somebody_else_holds_is_away_and_comes_back(path: Path) -> None:
    storage = SqliteStorage(sqlite_url(path))
    await storage.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=20"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable):
        await storage.write(a_row)
    other.execute("ROLLBACK")
    other.close()
    await storage.write(a_row)
    await storage.close()


async def test_a_file_that_is_no_ledger_is_away_too(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"not a database, whatever its name says" * 100)
    storage = SqliteStorage(sqlite_url(tmp_path / "ledger.db"))
    with pytest.raises(LedgerUnavailable):
        await storage.read(lambda c: c.exec_driver_sql("SELECT 1 FROM sqlite_master").all())
    await storage.close()
