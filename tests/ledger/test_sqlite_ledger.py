"""The SQLite ledger keeps the ledger's contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.contract.ledger_contract import LedgerContract


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    async def ledger(self, tmp_path: Path) -> AsyncIterator[SqlLedger]:
        url = sqlite_url(tmp_path / "ledger.db")
        await migrate(url)
        ledger = SqlLedger(url, RING, LedgerSettings())
        yield ledger
        await ledger.close()
