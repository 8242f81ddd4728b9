"""The PostgreSQL ledger keeps the ledger's contract."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.ledger.ledger import SqlLedger
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.contract.ledger_contract import LedgerContract


class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    async def ledger(self, postgres_url: str) -> AsyncIterator[SqlLedger]:
        ledger = SqlLedger(postgres_url, RING, LedgerSettings())
        yield ledger
        await ledger.close()
