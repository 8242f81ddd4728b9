"""Bringing a ledger to the newest shape, and saying whether it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from gateway.ledger.storage.opening import open_storage

_ONE_AT_A_TIME = 0x11E27406
"""Key of PostgreSQL's advisory lock for changes of the shape."""

_PATIENTLY = """
SELECT set_config('lock_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '10min', true)
"""
"""However long the one before us takes; and between two statements a slow machine may read revisions for seconds."""

_FOLDER = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def newest() -> str:
    """The revision this version of the program needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run what is missing up to a revision, in the caller's transaction (both engines roll back schema changes)."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def current(connection: Connection) -> str | None:
    """The revision the ledger is at; None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


async def migrate(url: str) -> tuple[str | None, str]:
    """Bring the ledger at `url` to the newest revision; gives back (from, to). Killed half-way, nothing is changed.

    Processes that start at once do so one after the other, and all but the first find nothing to do.
    """
    storage = open_storage(url)

    def work(connection: Connection) -> str | None:
        if connection.dialect.name == "postgresql":
            connection.execute(text(_PATIENTLY))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        before = current(connection)
        upgrade(connection)
        return before

    try:
        return await storage.write(work), newest()
    finally:
        await storage.close()


async def revision(url: str) -> str | None:
    """The revision the ledger at `url` is at."""
    storage = open_storage(url)
    try:
        return await storage.read(current)
    finally:
        await storage.close()


def check(url: str) -> bool:
    """Whether the ledger is at the newest revision (for the command line)."""
    return asyncio.run(revision(url)) == newest()
