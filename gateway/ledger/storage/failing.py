"""What a database's failures mean: not now, never, or again at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from gateway.errors import LedgerUnavailable
from gateway.ledger.storage.line import BROKEN
from gateway.ledger.storage.port import LostRaceError, StatementRefusedError

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


@contextmanager
def failing_as(what: str) -> Iterator[None]:
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
