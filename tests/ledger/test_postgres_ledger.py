"""The PostgreSQL ledger keeps the ledger's contract."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection

from gateway.ledger.ledger import SqlLedger
from gateway.ledger.storage import PostgresStorage
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.contract.ledger_contract import LedgerContract


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
