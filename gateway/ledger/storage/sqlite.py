"""SQLite: one writer, whose brief transactions run on the loop; readers in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from gateway.ledger.storage.engine import ENGINE
from gateway.ledger.storage.failing import failing_as
from gateway.ledger.storage.port import R, Way

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
            url, pool_size=2, max_overflow=0, connect_args={"check_same_thread": False}, **ENGINE
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
            with failing_as("the ledger could not store this"), self._writer.connect() as connection:
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
        with failing_as("the ledger could not store this"), self._writer.begin() as connection:
            return work(connection)

    def _in_snapshot(self, work: Callable[[Connection], R]) -> R:
        with failing_as("the ledger cannot be read"), self._reader.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                return work(connection)
            finally:
                connection.exec_driver_sql("COMMIT")


def _sqlite_engine(url: str) -> Engine:
    """An engine whose every transaction is a writing one.

    Each starts with BEGIN IMMEDIATE: the driver's default takes the write lock only at the first change, and two
    claims then read the same row (tried: 1,246 claims of 400 rows).
    """
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False}, **ENGINE)
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
