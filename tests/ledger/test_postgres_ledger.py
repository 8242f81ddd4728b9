"""The PostgreSQL ledger keeps the ledger's contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.util import await_only

from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import AuditEntry
from gateway.ledger.storage.postgres import PostgresStorage
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.contract.ledger_contract import LedgerContract
from tests.contract.ledger_proof import SIGNER
from tests.contract.ledger_retiring import later


class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    async def ledger(self, postgres_url: str) -> AsyncIterator[SqlLedger]:
        ledger = SqlLedger(postgres_url, RING, LedgerSettings())
        yield ledger
        await ledger.close()


async def test_a_process_that_freezes_in_a_transaction_does_not_keep_its_locks(postgres_url: str) -> None:
    """PostgreSQL itself ends what stands still; tests/chaos/test_two_workers.py shows what that is good for."""

    def patience(connection: Connection) -> str:
        return str(connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar())

    storage = PostgresStorage(postgres_url)
    try:
        found = [await storage.write(patience, brief=brief) for brief in (True, False)]
    finally:
        await storage.close()
    assert found == ["5s", "5s"]


@contextmanager
def retiring_between_statements(other: SqlLedger) -> Iterator[list[int]]:
    """Another connection takes a text of the log after each statement of whoever reads; how many it took."""
    taken: list[int] = []
    at_it = False

    def retire(*_: Any) -> None:
        nonlocal at_it
        if not at_it:
            at_it = True
            taken.append(await_only(other.retire(later(), 1))[0])
            at_it = False

    event.listen(Engine, "after_cursor_execute", retire)
    try:
        yield taken
    finally:
        event.remove(Engine, "after_cursor_execute", retire)


async def test_what_is_removed_while_the_log_is_checked_is_not_taken_for_tampering(postgres_url: str) -> None:
    ledger, other = (SqlLedger(postgres_url, RING, LedgerSettings()) for _ in range(2))
    try:
        for number in range(40):
            await ledger.record_audit(AuditEntry("admin", f"action-{number}", "x", "thử"))
        await ledger.chain(SIGNER, 100)
        await ledger.retire(later(), 1)
        await ledger.chain(SIGNER, 100)
        with retiring_between_statements(other) as taken:
            assert await ledger.audit_flaws(100) == []
            assert await ledger.tile_flaws(0, 16) == ([], False)
            assert await ledger.bound_flaws() == []
            assert await ledger.day_flaws(SIGNER.public) == []
            exported = await ledger.audit_evidence(None, None, 100)
        assert exported is not None and len(exported.entries) + sum(taken) >= 40
        assert sum(taken) > 8
    finally:
        await ledger.close()
        await other.close()
