"""The migrations lead to exactly the tables the program uses, and what must only grow only grows: on both engines."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from gateway.ledger import migrate as migrate_module
from gateway.ledger.address import sqlite_url
from gateway.ledger.groups.keep import groups
from gateway.ledger.groups.port import fingerprint_of
from gateway.ledger.migrate import current, migrate, newest, upgrade
from gateway.ledger.schema import metadata
from gateway.ledger.storage.opening import open_storage
from gateway.ledger.storage.port import Storage
from tests.services.databases import a_database

R = TypeVar("R")
MOMENT = {"sqlite": "1", "postgresql": "'2025-06-12T00:00:00Z'"}
TRUE = {"sqlite": "1", "postgresql": "true"}
FALSE = {"sqlite": "0", "postgresql": "false"}


@pytest.fixture(params=["sqlite", "postgresql"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """A database that nothing was done to yet."""
    if request.param == "sqlite":
        opened = open_storage(sqlite_url(tmp_path / "ledger.db"))
        yield opened
        await opened.close()
        return
    server = request.getfixturevalue("postgres_server")
    async with a_database(server) as url:
        opened = open_storage(url)
        yield opened
        await opened.close()


@pytest.fixture
async def migrated(storage: Storage, request: pytest.FixtureRequest) -> Storage:
    assert await migrate(address(storage)) == (None, newest())
    return storage


def address(storage: Storage) -> str:
    engine: Any = getattr(storage, "_engine", None) or storage._writer  # type: ignore[attr-defined]
    return str(engine.url.render_as_string(hide_password=False))


def dialect(connection: Connection) -> str:
    return connection.dialect.name


async def test_a_new_ledger_is_recognised_as_such(storage: Storage) -> None:
    assert await storage.read(current) is None


async def test_migrations_equal_the_tables(migrated: Storage) -> None:
    def differences(connection: Connection) -> list[Any]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await migrated.read(differences) == []


async def test_every_partial_index_is_really_partial(migrated: Storage) -> None:
    """A comparison of names would miss a lost WHERE, and with it a rule."""
    name, expected, found = await migrated.read(_partial_indexes)
    assert found == expected, name


def _partial_indexes(connection: Connection) -> tuple[str, dict[str, str], dict[str, str]]:
    name = dialect(connection)
    expected = {
        str(index.name): _plain(str(index.dialect_options[name]["where"]))
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options[name]["where"] is not None
    }
    query = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'",
        "postgresql": "SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE schemaname = 'public' "
        "AND indexdef LIKE '%WHERE%'",
    }[name]
    return (
        name,
        expected,
        {row.name: _plain(row.sql.partition(" WHERE ")[2]) for row in connection.execute(text(query))},
    )


def _plain(condition: str) -> str:
    """Without what PostgreSQL adds in repeating a condition."""
    return re.sub(r"::text|[()]", "", condition)


async def test_migrating_twice_changes_nothing(migrated: Storage) -> None:
    assert await migrate(address(migrated)) == (newest(), newest())


async def test_between_two_steps_a_slow_machine_may_take_its_time(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere PostgreSQL ends a transaction that does nothing for 5 s; reading the revisions can take longer."""
    seconds = []

    def watched(connection: Connection) -> None:
        patience = "SELECT extract(epoch FROM current_setting('idle_in_transaction_session_timeout')::interval)"
        seconds.append(connection.execute(text(patience)).scalar_one())
        upgrade(connection)

    monkeypatch.setattr(migrate_module, "upgrade", watched)
    async with a_database(postgres_server) as url:
        assert await migrate(url) == (None, newest())
    assert seconds[0] >= 60


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET reason = 'x'",
        "DELETE FROM audit",
        "DELETE FROM attempt",
        "UPDATE attempt SET outcome = 'delivered' WHERE ended_at IS NOT NULL",
    ],
)
async def test_audit_and_attempts_only_grow(migrated: Storage, statement: str) -> None:
    def fill(connection: Connection) -> None:
        now, true, false = (words[dialect(connection)] for words in (MOMENT, TRUE, FALSE))
        connection.execute(text(f"INSERT INTO audit VALUES (1, {now}, 'admin', 'x', 'y', {true}, 'r', NULL)"))
        columns = "delivery_id, number, started_at, may_repeat, ended_at"
        connection.execute(text(f"INSERT INTO attempt ({columns}) VALUES ('d', 1, {now}, {false}, {now})"))
        columns = (
            "id, message_id, subject, destination, operation, route, in_lane, state, attempts, tries, error_tries, "
            "snapshot, created_at, changed_at"
        )
        row = f"'d', 'm', 's', 'd', 'o', 'r', {false}, 'delivered', 1, 1, 0, {false}, {now}, {now}"
        connection.execute(text(f"INSERT INTO delivery ({columns}) VALUES ({row})"))

    await migrated.write(fill)
    with pytest.raises(Exception, match=r"only grow|only grows|is final|refuses"):
        await migrated.write(lambda connection: connection.execute(text(statement)))


async def test_of_the_log_only_texts_below_the_bound_go(migrated: Storage) -> None:
    def fill(connection: Connection) -> dict[str, str]:
        name = dialect(connection)
        now, true = MOMENT[name], TRUE[name]
        empty, full = {"sqlite": ("x''", "x'7b7d'"), "postgresql": ("''::bytea", "'{}'::bytea")}[name]
        for seq in (1, 2):
            connection.execute(text(f"INSERT INTO audit VALUES ({seq}, {now}, 'admin', 'x', 'y', {true}, 'r', NULL)"))
        for number in (1, 2, 3):
            told = f"{number}, 'audit', 'audit/{number}', {full}"
            connection.execute(text(f"INSERT INTO entry (position, kind, ref, leaf) VALUES ({told})"))
        connection.execute(text(f"INSERT INTO retired VALUES (9, {now}, '2025-06-12', 3)"))
        connection.execute(text(f"UPDATE entry SET leaf = {empty}, retired_at = {now} WHERE position = 1"))
        return {"now": now, "empty": empty, "full": full}

    words = await migrated.write(fill)
    for statement in (
        "UPDATE entry SET leaf = {empty} WHERE position = 2",
        "UPDATE entry SET ref = 'x', leaf = {empty}, retired_at = {now} WHERE position = 2",
        "UPDATE entry SET leaf = {full}, retired_at = {now} WHERE position = 2",
        "UPDATE entry SET leaf = {empty}, retired_at = {now} WHERE position = 3",
        "UPDATE entry SET leaf = {full}, retired_at = {now} WHERE position = 1",
        "DELETE FROM entry WHERE position = 1",
        "DELETE FROM audit WHERE seq = 2",
        "UPDATE audit SET reason = 'x' WHERE seq = 1",
        "UPDATE retired SET upto = 9",
        "DELETE FROM retired",
    ):
        told = text(statement.format(**words))
        with pytest.raises(Exception, match=r"only grows|refuses"):
            await migrated.write(lambda connection, told=told: connection.execute(told))
    goes = text("UPDATE entry SET leaf = {empty}, retired_at = {now} WHERE position = 2".format(**words))
    await migrated.write(lambda connection: connection.execute(goes))
    await migrated.write(lambda connection: connection.execute(text("DELETE FROM audit WHERE seq = 2")))


async def test_at_most_one_active_delivery_per_lane_is_the_databases_rule(migrated: Storage) -> None:
    def two(connection: Connection) -> None:
        now, true, false = (words[dialect(connection)] for words in (MOMENT, TRUE, FALSE))
        columns = (
            "id, message_id, subject, destination, operation, route, lane_id, position, in_lane, state, attempts, "
            "tries, error_tries, snapshot, created_at, changed_at"
        )
        for number, state in enumerate(("pending", "waiting")):
            row = f"'{number}', 'm', 's', 'd', 'o', 'r', 1, {number}, {true}, '{state}', 0, 0, 0, {false}, {now}, {now}"
            connection.execute(text(f"INSERT INTO delivery ({columns}) VALUES ({row})"))

    with pytest.raises(Exception, match=r"UNIQUE|refuses this: UniqueViolationError delivery_one_active"):
        await migrated.write(two)


async def test_what_failed_before_there_were_groups_has_one_from_the_first_day(storage: Storage) -> None:
    def old(connection: Connection) -> None:
        upgrade(connection, "0007")
        now, true, false = (words[dialect(connection)] for words in (MOMENT, TRUE, FALSE))
        columns = (
            "id, message_id, subject, destination, operation, route, lane_id, position, in_lane, state, attempts, "
            "tries, error_tries, snapshot, created_at, changed_at, error_class, error_code, error_vi, error_en"
        )
        for number, state in enumerate(("dead", "waiting", "delivered", "dead")):
            row = f"'{number}', 'm', 's', 'd', 'o', 'r', NULL, NULL, {true}, '{state}', 1, 1, 0, {false}, {now}, {now}"
            code = "'UNMAPPED_CODE'" if number < 3 else "'OTHER'"
            connection.execute(text(f"INSERT INTO delivery ({columns}) VALUES ({row}, 'mapping', {code}, 'v', 'e')"))

    await storage.write(old)
    await migrate(address(storage))
    found = await storage.read(lambda connection: {one.error_code: one for one in groups(connection, "open")})
    assert {code: dict(one.standing) for code, one in found.items()} == {
        "UNMAPPED_CODE": {"dead": 1, "waiting": 1},
        "OTHER": {"dead": 1},
    }
    assert {one.times_opened for one in found.values()} == {1}
    cause = ("d", "o", "mapping", "OTHER", None)
    assert found["OTHER"].fingerprint == fingerprint_of(*cause)
