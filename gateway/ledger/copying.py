"""A copy of an embedded ledger while it is in use: SQLite's own online backup, one consistent moment of it.

Source: https://sqlite.org/backup.html. Between two steps of a backup every commit of another connection would make it
begin anew, and a busy ledger would never be copied. So the copy reads within one read transaction: what is committed
meanwhile is not in it, holds nobody up (WAL), and waits in the write-ahead log, which shrinks again after the copy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

_PAGES = 16_384
"""Copied at a time (64 MiB), so that the progress is heard."""


def copy_ledger(
    source: Path, target: Path, progress: Callable[[int, int], None] = lambda *_: None, *, pages: int = _PAGES
) -> None:
    """Copy the ledger of this moment; `progress` hears how many pages of how many are done. Raises `OSError`."""
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as one, closing(_create(target)) as other:
            one.execute("BEGIN")
            one.execute("SELECT 1 FROM sqlite_master").fetchone()  # the transaction begins with what it reads
            one.backup(other, pages=pages, progress=lambda _, left, total: progress(total - left, total), sleep=0.01)
            other.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    except sqlite3.Error as exc:
        raise OSError(f"{source}: {exc}") from exc


def flaw_of(ledger: Path) -> str | None:
    """None when the file is a whole SQLite database, else what is wrong."""
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA quick_check")]
    except sqlite3.Error as exc:
        return str(exc)
    return None if said == ["ok"] else "; ".join(said[:3])


def _create(target: Path) -> sqlite3.Connection:
    target.touch(mode=0o600, exist_ok=False)
    return sqlite3.connect(target)
