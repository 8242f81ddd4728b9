"""A connection to PostgreSQL that notices when its line has gone silent: bytes are lost, and nobody says so.

A firewall that forgot a connection, or a machine that vanished, answers nothing for ever. A slow answer is no silence:
a migration or an export takes as long as it takes. The system tells them apart: as long as the other side's TCP
answers, we wait. Where something answers for a server that is gone (a proxy), the clock decides: `hot.PATIENCE` for
what every message needs, `moment()` for what is never slow.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy.exc import InvalidatePoolError

from gateway.ledger import hot

BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises; the last where the server said goodbye a moment before it was asked."""


def moment() -> float:
    """Seconds for what no server needs long for: an empty question, a rollback."""
    return hot.PATIENCE / 6


def _farewell() -> float:
    """Seconds for a goodbye: a process that stops says it to ten connections, most of them one after the other."""
    return hot.PATIENCE / 30


class Line(asyncpg.Connection):  # type: ignore[misc]
    """asyncpg's connection; it breaks after `hot.PATIENCE` seconds of silence, and nobody waits long to close it."""

    def __init__(self, protocol: Any, transport: Any, *rest: Any) -> None:
        """As asyncpg calls it."""
        super().__init__(protocol, transport, *rest)
        _watch(transport.get_extra_info("socket"))

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own signature
        """Tell what is under way to stop, and say goodbye; a line that is silent is broken off."""
        with suppress(TimeoutError):
            await super().close(timeout=min(timeout or _farewell(), _farewell()))


def ask(connection: Any, record: Any, _: Any) -> None:
    """Before somebody gets a connection from a pool: whether anybody is there (SQLAlchemy's event `checkout`).

    One that does not answer is replaced, and so are the others made before: raises `InvalidatePoolError`. (SQLAlchemy's
    own question, `pool_pre_ping`, waits for the answer as long as it takes.)
    """
    if "asked" not in record.info:  # just made
        record.info["asked"] = True
        return
    try:
        connection.run_async(lambda line: line.execute("SELECT 1", timeout=moment()))
    except (OSError, *BROKEN) as exc:
        connection.driver_connection.terminate()
        raise InvalidatePoolError from exc


def _watch(line: socket.socket) -> None:
    """Let the system ask, where nothing is said, whether the other side is there, and break what is not answered."""
    if line.family not in (socket.AF_INET, socket.AF_INET6):
        return
    every = max(1, round(moment()))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", every),
        ("TCP_KEEPINTVL", every),
        ("TCP_KEEPCNT", 5),
        ("TCP_USER_TIMEOUT", round(hot.PATIENCE * 1000)),
    ):
        if hasattr(socket, name):  # each system has its own choice of these
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
