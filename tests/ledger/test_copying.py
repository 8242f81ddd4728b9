"""A ledger is copied whole while it is written to, and the copy ends."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.ledger.copying import copy_ledger, flaw_of


def test_a_copy_ends_while_another_connection_commits_between_its_steps(tmp_path: Path) -> None:
    """Every commit used to make it begin anew: on a busy ledger it never came to an end."""
    source, target = tmp_path / "ledger.db", tmp_path / "copy.db"
    with closing(sqlite3.connect(source, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE entry (text TEXT)")
        writer.executemany("INSERT INTO entry VALUES (?)", [("x" * 3000,)] * 20)
        [(pages,)] = writer.execute("PRAGMA page_count").fetchall()
        steps = []

        def commit(done: int, of: int) -> None:
            steps.append(done)
            assert len(steps) <= 2 * pages, "the copy began anew"
            writer.execute("INSERT INTO entry VALUES (?)", (f"{done} of {of}",))

        copy_ledger(source, target, commit, pages=1)
        assert len(steps) == pages
        assert writer.execute("SELECT count(*) FROM entry").fetchone() == (20 + pages,)
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM entry").fetchone() == (20,)  # one moment: that of the beginning
    assert flaw_of(target) is None


def test_what_is_no_ledger_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"not a database, but long enough to look like one" * 100)
    with pytest.raises(OSError, match=r"ledger\.db"):
        copy_ledger(tmp_path / "ledger.db", tmp_path / "copy.db")
