"""PostgreSQL databases for tests: an empty one, or one with an empty ledger that a process's tests use in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from gateway.ledger.migrate import migrate
from gateway.ledger.schema import metadata


@asynccontextmanager
async def a_database(server: str) -> AsyncIterator[str]:
    """The address of a fresh, empty database; gone on leaving."""
    made = await create(server)
    try:
        yield made
    finally:
        await drop(server, made)


async def create(server: str, *, migrated: bool = False) -> str:
    """A new database on the server: its address."""
    made = make_url(server).set(database=f"lienthong_{uuid4().hex}")
    await execute(server, f"CREATE DATABASE {made.database}")
    url = made.render_as_string(hide_password=False)
    if migrated:
        await migrate(url)
    return url


async def drop(server: str, url: str) -> None:
    """Away with it, whoever is connected."""
    await execute(server, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


async def empty(url: str) -> None:
    """Take everything out of a ledger (a fresh database for each test took ten times as long)."""
    tables = ", ".join(table.name for table in metadata.tables.values())
    await execute(url, f"TRUNCATE {tables} RESTART IDENTITY")


async def execute(url: str, statement: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(dsn(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def dsn(url: str) -> str:
    """The address as asyncpg alone wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
