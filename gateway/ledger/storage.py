"""Where the ledger rests: SQLite as a two-person office runs it, PostgreSQL as a province does.

Both run the same synchronous functions over a SQLAlchemy `Connection`. On SQLite a whole transaction is one hop to the
writer's thread (hopping for every statement, as aiosqlite does, took twice the CPU: docs/decisions/0006).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TypeVar

import asyncpg
import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from gateway.errors import LedgerUnavailable
from gateway.ledger import hot
from gateway.ledger.line import BROKEN, Line, ask, moment

R = TypeVar("R")

_JSON: dict[str, Any] = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}

_ENGINE: dict[str, Any] = {**_JSON, "hide_parameters": True}
"""Errors of the database never quote what was to be stored."""

_FAILURES = (DBAPIError, sqlite3.Error, PoolTimeoutError, OSError, *BROKEN)
_REFUSALS = (
    *(IntegrityError, ProgrammingError, DataError, NotSupportedError),
    *(sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError),
)
"""What the database says to a statement that it will never carry out; by SQLAlchemy, or by SQLite's driver itself."""
_REFUSED_CLASSES = ("22", "23", "42", "54", "0A", "P0")
"""PostgreSQL: wrong data, a broken rule, a wrong statement or no right to it, a thing too large, a thing it cannot do,
and what our triggers refuse."""
_LOST_RACES = ("40P01", "40001")
"""PostgreSQL: a deadlock, a serialization failure."""

# WAL lets readers go on while one writes; FULL keeps the last commits at a power cut (NORMAL loses 202s). A cache of
# 8 MiB for each of three connections: with 64 memory went on growing for hours, and a message cost no less, for the
# system keeps the file's pages anyway (measured beside 10^4 and 10^6 stored messages).
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-8192",
    "PRAGMA wal_autocheckpoint=16000",
)


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


class LostRaceError(Exception):
    """Another transaction was in the way (a deadlock): this one was rolled back whole, and may be run again."""


class StatementRefusedError(Exception):
    """PostgreSQL will never carry this out: a broken rule, or a statement or value that is wrong."""

    def __init__(self, word: str, constraint: str | None) -> None:
        super().__init__(f"PostgreSQL refuses this: {word} {constraint or ''}".rstrip())


Way = Literal["outcomes", "starts", "intake"]
"""How brief transactions go: on PostgreSQL each of these has a connection of its own, so none waits for another."""


class Storage(Protocol):
    """Runs functions over a connection, off the event loop."""

    alone: bool
    """Whether one process owns it: then nobody else offers, delivers or lives."""

    async def write(self, work: Callable[[Connection], R], *, brief: bool = False, way: Way = "outcomes") -> R:
        """One transaction; returns after its commit, or raises and nothing was stored.

        `brief`: the work is bounded and small (a group commit), so it may be done on the event loop. `way`: of brief
        work; what starts attempts is on PostgreSQL one statement at most, which is a transaction by itself. Whoever is
        cancelled while waiting abandons the answer, never the transaction.

        `LedgerUnavailable` says that the storage itself failed (full, locked, gone), so the same may work later;
        `LostRaceError` that it works if tried again at once. What the database refuses (a broken rule, a wrong
        statement) is raised as it is: trying again would not help.
        """

    async def read(self, work: Callable[[Connection], R], *, brief: bool = False, whole: bool = False) -> R:
        """Reads; on SQLite in one snapshot. `brief`: a few rows by their ids. Raises as `write` does.

        `whole`: in one snapshot on PostgreSQL too, for what compares rows of several statements.
        """

    async def close(self) -> None:
        """Let go of all connections."""


def open_storage(url: str) -> Storage:
    """The storage for a database address."""
    return SqliteStorage(url) if url.startswith("sqlite") else PostgresStorage(url)


class SqliteStorage:
    """One writer at a time, so writers wait in order instead of in SQLite's busy handler; two reader threads.

    Brief transactions run on the loop and only their synced COMMIT on the writer's thread: SQLite lets go of the
    interpreter at every row, and a thread that must get it back from a busy loop each time took three times as long
    (docs/decisions/0013).
    """

    alone = True

    def __init__(self, url: str) -> None:
        self._writer = _sqlite_engine(url)
        self._turn = asyncio.Lock()
        self._write_thread = ThreadPoolExecutor(1, "ledger-writer")
        self._read_threads = ThreadPoolExecutor(2, "ledger-reader")
        self._reader = create_engine(
            url, pool_size=2, max_overflow=0, connect_args={"check_same_thread": False}, **_ENGINE
        )
        _on_connect(self._reader)

    async def write(
        self,
        work: Callable[[Connection], R],
        *,
        brief: bool = False,
        way: Way = "outcomes",  # noqa: ARG002 - there is one for all
    ) -> R:
        return await asyncio.shield(self._brief(work) if brief else self._long(work))

    async def read(
        self,
        work: Callable[[Connection], R],
        *,
        brief: bool = False,  # noqa: ARG002 - all are
        whole: bool = False,  # noqa: ARG002 - all are
    ) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self._in_snapshot, work)

    async def close(self) -> None:
        async with self._turn:  # somebody's abandoned transaction may be under way
            pass
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        self._writer.dispose()
        self._reader.dispose()

    async def _brief(self, work: Callable[[Connection], R]) -> R:
        async with self._turn:
            with _failing_as("the ledger could not store this"), self._writer.connect() as connection:
                transaction = connection.begin()
                try:
                    result = work(connection)
                    await asyncio.get_running_loop().run_in_executor(self._write_thread, transaction.commit)
                except BaseException:
                    transaction.rollback()
                    raise
                return result

    async def _long(self, work: Callable[[Connection], R]) -> R:
        async with self._turn:
            return await asyncio.get_running_loop().run_in_executor(self._write_thread, self._in_transaction, work)

    def _in_transaction(self, work: Callable[[Connection], R]) -> R:
        with _failing_as("the ledger could not store this"), self._writer.begin() as connection:
            return work(connection)

    def _in_snapshot(self, work: Callable[[Connection], R]) -> R:
        with _failing_as("the ledger cannot be read"), self._reader.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                return work(connection)
            finally:
                connection.exec_driver_sql("COMMIT")


class PostgresStorage:
    """asyncpg through SQLAlchemy; transactions of different kinds run side by side."""

    alone = False

    def __init__(self, url: str) -> None:
        # In AUTOCOMMIT SQLAlchemy sends no BEGIN of its own: transactions are ours (`_in_transaction`).
        options = {"isolation_level": "AUTOCOMMIT", **_ENGINE}
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
        with _failing_as("the ledger cannot be read"):
            async with self._engine.connect() as connection:
                if whole:
                    return await _in_transaction(connection, work, _SNAPSHOT)
                return await connection.run_sync(work)

    async def close(self) -> None:
        await asyncio.gather(*(kept.close() for kept in (*self._ways.values(), self._reader)))
        await self._engine.dispose()

    async def _long(self, work: Callable[[Connection], R]) -> R:
        with _failing_as("the ledger could not store this"):
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
                with _failing_as(what):
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


def _sqlite_engine(url: str) -> Engine:
    """An engine whose every transaction is a writing one.

    Each starts with BEGIN IMMEDIATE: the driver's default takes the write lock only at the first change, and two
    claims then read the same row (tried: 1,246 claims of 400 rows).
    """
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False}, **_ENGINE)
    _on_connect(engine)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _on_connect(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(dbapi_connection: Any, _: Any) -> None:
        dbapi_connection.isolation_level = None  # transactions are ours, not the driver's
        for pragma in _PRAGMAS:
            dbapi_connection.execute(pragma)


@contextmanager
def _failing_as(what: str) -> Iterator[None]:
    """Turns a failure of the storage into `LedgerUnavailable`; what the database refuses stays a refusal.

    The driver's own short word is named, never the statement, its parameters or PostgreSQL's DETAIL, which could hold
    personal data.
    """
    try:
        yield
    except _FAILURES as exc:
        original = getattr(exc, "orig", None) or exc
        told = original if isinstance(original, asyncpg.PostgresError) else original.__cause__
        word = type(told if isinstance(told, asyncpg.PostgresError) else original).__name__
        sqlstate: str | None = getattr(original, "sqlstate", None)
        if sqlstate is None and not isinstance(original, asyncpg.InterfaceError):
            if isinstance(exc, _REFUSALS):
                raise
            raise LedgerUnavailable(f"{what}: {word}") from exc
        if sqlstate in _LOST_RACES:
            raise LostRaceError from None
        if isinstance(original, ValueError) or (sqlstate or "")[:2] in _REFUSED_CLASSES:
            raise StatementRefusedError(word, getattr(told, "constraint_name", None)) from None
        raise LedgerUnavailable(f"{what}: {word}") from None
