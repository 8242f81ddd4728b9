"""The keeping by the clock takes body, rows and receipt of what has ended, each in its time and none before another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import GoneError
from gateway.ledger.ledger import SqlLedger
from gateway.scheduler.keeping import Keeper
from gateway.settings import RetentionSettings
from tests.builders import RING, a_begin, a_settlement
from tests.contract.indicator_desk import a_document, count, tell
from tests.contract.ledger_proof import SIGNER, a_receipt
from tests.ledger.conftest import ledger

__all__ = ["ledger"]

DAY = timedelta(days=1)


async def test_a_receipt_goes_by_the_clock_after_its_rows_and_only_where_a_time_is_set(ledger: SqlLedger) -> None:
    now = datetime.now(UTC)
    message = await tell(ledger, a_document(), accepted_at=now - 50 * DAY)
    await tell(ledger, a_document("000.00.16.H46-250310-0002"))
    [delivery] = message.deliveries
    await ledger.begin_attempt(a_begin(delivery.id))
    await ledger.settle(a_settlement(delivery.id, receipt=a_receipt(1)))
    await ledger.chain(SIGNER, 100)
    await count(ledger)
    await Keeper(ledger, RING, RetentionSettings(payload=7 * DAY, metadata=30 * DAY)).look(now + 400 * DAY)
    assert await ledger.message_view(message.id) is None
    kept = await ledger.receipts(delivery.id)
    assert kept is not None and len(kept.entries) == 1
    keeper = Keeper(ledger, RING, RetentionSettings(payload=7 * DAY, metadata=30 * DAY, receipts=365 * DAY))
    await keeper.look(now + 365 * DAY)
    assert await ledger.receipts(delivery.id) is not None
    await keeper.look(now + 368 * DAY)
    with pytest.raises(GoneError):
        await ledger.receipts(delivery.id)
