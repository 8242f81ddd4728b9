"""The limits beside which the gateway is judged, measured in the same run: its web framework and its store, bare.

A handler that reads its body and answers 202, and rows of 2 KB committed in groups with the ledger's own pragmas.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from pathlib import Path
from typing import Any

from aiohttp import web
from uuid_utils import uuid7

from gateway.bench.process import Facts, Starter, usage
from gateway.ledger.address import sqlite_url
from gateway.ledger.storage.sqlite import SqliteStorage

ROW_BYTES = 2048
_PRODUCERS = 64
_SYNCS = 100


async def post(starter: Starter, _: Facts) -> None:
    """The role: a bare aiohttp server."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=202, body=b'{"state":"accepted"}', content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/messages", answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    starter.tell(port=runner.addresses[0][1])
    try:
        while await starter.hear() is not None:
            starter.tell(usage=usage())
    finally:
        await runner.cleanup()


async def insert(starter: Starter, config: Facts) -> None:
    """The role: store `rows` rows, then tell how long that took."""
    folder = Path(config["folder"])
    path = folder / "limit.db"
    path.unlink(missing_ok=True)
    storage = SqliteStorage(sqlite_url(path))
    try:
        rows = _Rows(storage)
        await storage.write(_create)
        each, more = divmod(config["rows"], _PRODUCERS)
        before, began = usage()["cpu"], time.monotonic()
        writing = asyncio.create_task(rows.write_for_ever())
        await asyncio.gather(*(rows.produce(each + (number < more)) for number in range(_PRODUCERS)))
        seconds = time.monotonic() - began
        writing.cancel()
        starter.tell(seconds=seconds, cpu=usage()["cpu"] - before, sync=_sync_seconds(folder / "sync"))
    finally:
        await storage.close()
    await starter.hear()


def _create(connection: Any) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE event (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL)"
    )


class _Rows:
    """Producers that each wait for the commit of their row, and one writer that takes all that waits."""

    def __init__(self, storage: SqliteStorage) -> None:
        self._storage = storage
        self._waiting: list[tuple[tuple[str, bytes], asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._body = os.urandom(ROW_BYTES)

    async def produce(self, count: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(count):
            stored = loop.create_future()
            self._waiting.append(((str(uuid7()), self._body), stored))
            self._wake.set()
            await stored

    async def write_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            rows = [row for row, _ in batch]
            await self._storage.write(
                lambda connection, rows=rows: connection.exec_driver_sql(  # type: ignore[misc]
                    "INSERT INTO event (id, body) VALUES (?, ?)", rows
                )
            )
            for _, stored in batch:
                stored.set_result(None)


def _sync_seconds(path: Path) -> float:
    """How long this disk takes to keep 2 KB for certain (a disk in memory gives itself away here)."""
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            file.write(bytes(ROW_BYTES))
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)
