"""Whether the ledger says truly that it can store, and what is committed stays committed whoever stumbles over it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from gateway.errors import LedgerUnavailable
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import Pending
from gateway.ledger.storage.port import LostRaceError, Storage
from tests.builders import a_message


@pytest.fixture(autouse=True)
async def _impatient(ledger: SqlLedger) -> None:
    await ledger._storage.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=20"))


async def test_a_ledger_that_could_not_store_is_not_ready_until_it_can(ledger: SqlLedger, tmp_path: Path) -> None:
    assert await ledger.ready() is None
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable):
        await ledger.accept([a_message()])
    assert "could not store" in (await ledger.ready() or "")
    other.execute("ROLLBACK")
    other.close()
    assert await ledger.ready() is None  # nobody had to send anything to find out
    assert await ledger.outbox_depth() == 0
    assert len(await ledger.accept([a_message()])) == 1


async def test_a_ledger_whose_group_commit_has_ended_is_not_ready(ledger: SqlLedger) -> None:
    await ledger._writes.close()
    assert "group commit" in (await ledger.ready() or "")


async def test_what_is_committed_is_answered_so_even_if_a_listener_stumbles(ledger: SqlLedger) -> None:
    def stumble(_: Sequence[Pending]) -> None:
        raise ZeroDivisionError

    ledger.on_pending(stumble)
    heard: list[Pending] = []
    ledger.on_pending(heard.extend)
    [recorded] = await ledger.accept([a_message()])
    assert not recorded.duplicate
    assert len(heard) == 1


class Racing:
    """A storage whose first transaction loses a race after all its work was done."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.lost = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    async def write(self, work: Callable[[Connection], Any], **how: bool) -> Any:
        if self.lost:
            return await self._storage.write(work, **how)

        def roll_back(connection: Connection) -> None:
            work(connection)
            self.lost += 1
            raise LostRaceError

        return await self._storage.write(roll_back, **how)


async def test_a_transaction_that_lost_a_race_is_run_again_and_tells_its_news_once(ledger: SqlLedger) -> None:
    heard: list[Pending] = []
    ledger.on_pending(heard.extend)
    racing = Racing(ledger._storage)
    ledger._storage = racing
    [recorded] = await ledger.accept([a_message()])
    assert (racing.lost, recorded.duplicate, len(heard)) == (1, False, 1)
    assert (await ledger.balance())["accepted"] == 1
