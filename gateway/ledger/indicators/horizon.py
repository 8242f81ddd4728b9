"""Up to which number messages are all there: behind it, transactions under way may still put one in.

PostgreSQL numbers messages as they are written and shows them as they are committed, so a later number may be seen
before an earlier one. Whoever writes a message holds a lock on the table until its transaction has ended, and has it
before it gets a number: once those who held one when a number was seen are gone, nothing comes before it any more.
"""

from __future__ import annotations

from sqlalchemy import Connection, Select, column, func, select, table, text

from gateway.ledger.hot import on_postgresql
from gateway.ledger.tables import message

_last = select(func.max(message.c.seq))
_writers: Select[str] = (
    select(column("virtualtransaction"))
    .select_from(table("pg_locks"))
    .where(text("relation = 'message'::regclass AND mode = 'RowExclusiveLock'"))
    .where(text("database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
)


class Horizon:
    """Remembers what it waits for between two looks; a new process begins anew, and loses nothing but a moment."""

    def __init__(self) -> None:
        self._decided = 0
        self._waits_for: tuple[int, frozenset[str]] | None = None

    def look(self, connection: Connection) -> int:
        """The last number before which nothing more comes. Not in a transaction: each statement sees what is new."""
        if not on_postgresql(connection):
            return int(connection.execute(_last).scalar() or 0)
        if self._waits_for is not None:
            number, before = self._waits_for
            if before & _now_writing(connection):
                return self._decided
            self._decided = number
        number = int(connection.execute(_last).scalar() or 0)
        writing = _now_writing(connection)
        self._waits_for = (number, writing) if writing else None
        if not writing:
            self._decided = number
        return self._decided


def _now_writing(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(_writers).scalars())
