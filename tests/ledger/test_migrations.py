"""The migrations lead to exactly the tables the program uses, and what must only grow only grows."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DatabaseError

from gateway.ledger.migrate import current, migrate, newest
from gateway.ledger.storage import SqliteStorage, sqlite_url
from gateway.ledger.tables import metadata


@pytest.fixture
async def url(tmp_path: Path) -> str:
    made = sqlite_url(tmp_path / "ledger.db")
    assert await migrate(made) == (None, newest())
    return made


def test_migrations_equal_the_tables(url: str) -> None:
    with create_engine(url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_every_partial_index_is_really_partial(url: str) -> None:
    """A comparison of names would miss a lost WHERE, and with it a rule."""
    expected = {
        index.name: str(index.dialect_options["sqlite"]["where"])
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    with create_engine(url).connect() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'")
        )
        found = {row.name: row.sql.partition(" WHERE ")[2] for row in rows}
    assert found == expected


async def test_migrating_twice_changes_nothing(url: str) -> None:
    assert await migrate(url) == (newest(), newest())


async def test_a_new_ledger_is_recognised_as_such(tmp_path: Path) -> None:
    storage = SqliteStorage(sqlite_url(tmp_path / "empty.db"))
    assert await storage.read(current) is None
    await storage.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET reason = 'x'",
        "DELETE FROM audit",
        "DELETE FROM attempt",
        "UPDATE attempt SET outcome = 'delivered' WHERE ended_at IS NOT NULL",
    ],
)
async def test_audit_and_attempts_only_grow(url: str, statement: str) -> None:
    storage = SqliteStorage(url)

    def fill(connection: Connection) -> None:
        connection.execute(text("INSERT INTO audit VALUES (1, 1, 'admin', 'x', 'y', 1, 'r', NULL)"))
        connection.execute(
            text("INSERT INTO attempt (delivery_id, number, started_at, may_repeat, ended_at) VALUES ('d', 1, 1, 0, 2)")
        )

    await storage.write(fill)
    await storage.close()
    engine = create_engine(url)
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.execute(text(statement))


def test_at_most_one_active_delivery_per_lane_is_the_databases_rule(url: str) -> None:
    columns = (
        "id, message_id, subject, destination, operation, route, lane_id, position, in_lane, state, attempts, tries"
    )
    more = "error_tries, snapshot, created_at, changed_at"
    row = "'{}', 'm', 's', 'd', 'o', 'r', 1, {}, 1, '{}', 0, 0, 0, 0, 1, 1"
    engine = create_engine(url)
    with pytest.raises(DatabaseError), engine.begin() as connection:
        for number, state in enumerate(("pending", "waiting")):
            values = row.format(number, number, state)
            connection.execute(text(f"INSERT INTO delivery ({columns}, {more}) VALUES ({values})"))
