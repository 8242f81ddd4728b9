"""A real ledger with stored dossiers, and the catalogue as it is in force beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from uuid_utils import uuid7

from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.message import MessageId
from gateway.operations.code_lists import CodeListOperations
from gateway.operations.live import LiveCatalogue
from gateway.operations.mappings import MappingOperations
from gateway.settings import LedgerSettings
from tests.builders import RING, a_begin, a_message, a_settlement, a_snapshot, dead
from tests.intake.documents import RECORDED

MAPPING = "national_portal/dossier.recorded.v1"
_dossiers = count(5000)


@dataclass
class Desk:
    """What an administrator works with."""

    ledger: SqlLedger
    live: LiveCatalogue
    mappings: MappingOperations
    code_lists: CodeListOperations
    own: Path

    async def store(self, *documents: dict[str, Any], type_: str = RECORDED) -> list[str]:
        """Messages as they were accepted; their ids, in order."""
        return [await self._store(document, type_) for document in documents]

    async def die(self, document: dict[str, Any], code: str = "UNMAPPED_CODE") -> str:
        """A message about a dossier of its own whose delivery died; the delivery's id."""
        document = document | {"code": f"000.00.16.H46-250310-{next(_dossiers):04}"}
        delivery = a_snapshot()
        await self._store(document, RECORDED, delivery)
        await self.ledger.begin_attempt(a_begin(delivery.id))
        await self.ledger.settle(a_settlement(delivery.id, dead(code)))
        return str(delivery.id)

    async def audit(self) -> list[dict[str, Any]]:
        """What was audited, newest first."""
        items: list[dict[str, Any]] = (await self.ledger.audit_page(None, 50))["items"]
        return items

    async def _store(self, document: dict[str, Any], type_: str, *deliveries: Any) -> str:
        message_id = MessageId(str(uuid7()))
        sealed = RING.seal(orjson.dumps(document), message_id)
        subject = str(document["code"])
        await self.ledger.accept([a_message(*deliveries, id=message_id, sealed=sealed, type=type_, subject=subject)])
        return str(message_id)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    url, own = sqlite_url(tmp_path / "ledger.db"), tmp_path / "mappings"
    await migrate(url)
    ledger, live = SqlLedger(url, RING, LedgerSettings()), LiveCatalogue(own)
    yield Desk(ledger, live, MappingOperations(ledger, live), CodeListOperations(ledger, live), own)
    await ledger.close()
