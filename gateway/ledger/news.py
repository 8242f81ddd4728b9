"""News between processes that share a PostgreSQL: told with the commit it is about, heard on a connection of its own.

News is a courtesy, not a promise: what is told while nobody is connected is not told again. Whoever listens looks into
the ledger now and then as well.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from sqlalchemy import Connection, make_url

from gateway.ledger.hot import fetch, on_postgresql
from gateway.ledger.port import OnNews

log = structlog.get_logger(__name__)

CHANNEL = "lienthong"
_MOST = 150
"""Ids of one payload: PostgreSQL takes 8,000 bytes."""
_AGAIN_AFTER = 1.0
_PROBE_EVERY = 10.0
"""Seconds after which a connection that is silent is asked whether it is still there."""
_PROBE_WITHIN = 5.0

_NOTIFY = "SELECT pg_notify($1, $2)"


class News:
    """Tells others of commits, and hears of theirs. What this one tells it does not hear again."""

    def __init__(self) -> None:
        self._name = secrets.token_hex(4)
        self._listeners: list[OnNews] = []

    def listen(self, listener: OnNews) -> None:
        self._listeners.append(listener)

    def tell(self, kind: str, words: Iterable[str]) -> None:
        """To listeners in this process."""
        for word in words:
            for listener in self._listeners:
                try:
                    listener(kind, word)
                except Exception:  # committed is committed
                    log.exception("ledger.listener_failed")

    def notify(self, connection: Connection, kind: str, words: Sequence[str]) -> None:
        """To other processes, once the transaction is committed; nothing where there are none."""
        if not on_postgresql(connection):
            return
        for start in range(0, len(words), _MOST):
            payload = " ".join((self._name, kind, *words[start : start + _MOST]))
            fetch(connection, _NOTIFY, [CHANNEL, payload])

    def hear(self, payload: str) -> None:
        """What came over the channel."""
        name, kind, *words = payload.split(" ")
        if name != self._name:
            self.tell(kind, words)


class Ear:
    """Listens on the channel until closed; a lost connection is made again."""

    def __init__(self, url: str, hear: Callable[[str], None]) -> None:
        self._address = _address(url)
        self._hear = hear
        self._task = asyncio.create_task(self._run(), name="ledger:news")
        self.listening = asyncio.Event()

    async def close(self) -> None:
        """Hear no more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as exc:
                log.warning("ledger.news_lost", error=type(exc).__name__)
            self.listening.clear()
            await asyncio.sleep(_AGAIN_AFTER)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(**self._address, timeout=_PROBE_WITHIN, command_timeout=_PROBE_WITHIN)
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        try:
            await connection.add_listener(CHANNEL, lambda *told: self._hear(told[3]))
            self.listening.set()
            while not gone.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_PROBE_EVERY):
                        await gone.wait()
                        return
                await connection.execute("SELECT 1")  # half-open connections never tell
        finally:
            connection.terminate()


def _address(url: str) -> dict[str, Any]:
    """What asyncpg is to be called with for an address in SQLAlchemy's words."""
    parsed = make_url(url)
    return {**parsed.translate_connect_args(username="user"), **parsed.query}
