"""PostgreSQL: kept connections for what every message needs, a pool for everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from gateway.errors import LedgerUnavailable
from gateway.ledger import hot
from gateway.ledger.storage.engine import ENGINE
from gateway.ledger.storage.failing import failing_as
from gateway.ledger.storage.line import Line, ask, moment
from gateway.ledger.storage.port import R, Way

_POSTGRESQL = {
    "application_name": "lienthong",
    "jit": "off",
    # A process frozen in the middle of a transaction, or a machine that vanished, would keep its lanes locked for
    # everybody until it wakes (found by chaos). Its transaction is rolled back; its fences are lost, as by a crash.
    "idle_in_transaction_session_timeout": "5s",
    # Shorter than that: else its next transaction, waiting for the first, would get the lock and stand still in turn.
    "lock_timeout": "4s",
}
_HOT = _POSTGRESQL | {
    # What every message needs are few statements that find their rows by index, whatever their parameters. Planned
    # once, perhaps while the tables were empty: then no plan must be chosen that reads them from end to end later.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


_SNAPSHOT = """
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL idle_in_transaction_session_timeout = '60s'
"""
"""It locks nothing, and between two statements many proofs may be worked out."""


class PostgresStorage:
    """asyncpg through SQLAlchemy; transactions of different kinds run side by side."""

    alone = False

    def __init__(self, url: str) -> None:
        # In AUTOCOMMIT SQLAlchemy sends no BEGIN of its own: transactions are ours (`_in_transaction`).
        options = {"isolation_level": "AUTOCOMMIT", **ENGINE}
        asked: dict[str, Any] = {"connection_class": Line, "timeout": hot.PATIENCE, "server_settings": _POSTGRESQL}
        self._engine = create_async_engine(url, pool_size=6, max_overflow=0, connect_args=asked, **options)
        event.listen(self._engine.sync_engine, "checkout", ask)
        asked = asked | {"command_timeout": hot.PATIENCE, "server_settings": _HOT}
        brief = create_async_engine(url, poolclass=NullPool, connect_args=asked, **options)
        self._ways: dict[Way, _Kept] = {"outcomes": _Kept(brief), "starts": _Kept(brief), "intake": _Kept(brief)}
        self._reader = _Kept(brief)

    async def write(self, work: Callable[[Connection], R], *, brief: bool = False, way: Way = "outcomes") -> R:
        return await asyncio.shield(self._brief(work, way) if brief else self._long(work))

    async def read(self, work: Callable[[Connection], R], *, brief: bool = False, whole: bool = False) -> R:
        if brief:
            return await self._reader.run("the ledger cannot be read", lambda connection: connection.run_sync(work))
        with failing_as("the ledger cannot be read"):
            async with self._engine.connect() as connection:
                if whole:
                    return await _in_transaction(connection, work, _SNAPSHOT)
                return await connection.run_sync(work)

    async def close(self) -> None:
        await asyncio.gather(*(kept.close() for kept in (*self._ways.values(), self._reader)))
        await self._engine.dispose()

    async def _long(self, work: Callable[[Connection], R]) -> R:
        with failing_as("the ledger could not store this"):
            async with self._engine.connect() as connection:
                return await _in_transaction(connection, work)

    async def _brief(self, work: Callable[[Connection], R], way: Way) -> R:
        what = "the ledger could not store this"
        if way == "starts":
            return await self._ways[way].run(what, lambda connection: connection.run_sync(work))
        return await self._ways[way].run(what, lambda connection: _in_transaction(connection, work))


class _Kept:
    """A connection that is kept open, for one after the other, and is not asked each time whether it still is.

    Where it is not, whoever had the turn fails (and nothing of a transaction is stored); the next makes a new one. It
    outlives what we or the database refuse: else one sender's contradiction would make everybody connect and plan anew.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock()
        self._connection: AsyncConnection | None = None

    async def run(self, what: str, work: Callable[[AsyncConnection], Awaitable[R]]) -> R:
        """`what` cannot be done where the storage fails; raises as `Storage.write` does."""
        async with self._turn:
            try:
                with failing_as(what):
                    if self._connection is None:
                        self._connection = await self._engine.connect()
                    return await work(self._connection)
            except Exception as exc:
                if isinstance(exc, LedgerUnavailable) or not await _is_sound(self._connection):
                    await self._drop()
                raise
            except BaseException:  # cancelled, perhaps in the middle of a statement
                await self._drop()
                raise

    async def close(self) -> None:
        async with self._turn:  # somebody's abandoned transaction may be under way
            await self._drop()

    async def _drop(self) -> None:
        kept, self._connection = self._connection, None
        if kept is not None:
            await kept.close()


async def _is_sound(connection: AsyncConnection | None) -> bool:
    """Whether it is there and nothing is left open on it."""
    if connection is None or connection.invalidated:
        return False
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return not driver.is_closed() and not driver.is_in_transaction()


async def _in_transaction(connection: AsyncConnection, work: Callable[[Connection], R], begin: str = "BEGIN") -> R:
    """All of it or nothing; a connection on which even the rollback fails is thrown away."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        await driver.execute(begin)
        result = await connection.run_sync(work)
        await driver.execute("COMMIT")
    except BaseException:
        try:
            await driver.execute("ROLLBACK", timeout=moment())
        except Exception:  # noqa: BLE001 - whatever it says, the server rolls back what its client has left
            driver.terminate()
            await connection.invalidate()
        raise
    return result
