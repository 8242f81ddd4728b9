"""What the parts of the ledger's contract have in common: a ledger to talk to, and short words for what tests do."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.ledger.port import Ledger, NewDelivery, NewMessage, Pending
from tests.builders import a_begin, a_message, a_settlement


class LedgerSuite:
    """Subclasses give a fixture `ledger`."""

    pending: list[Pending]

    @pytest.fixture(autouse=True)
    async def _listen(self, ledger: Ledger) -> None:
        self.pending = []
        ledger.on_pending(self.pending.extend)

    async def view(self, ledger: Ledger, delivery: NewDelivery) -> dict[str, Any]:
        page = await ledger.deliveries_page({}, None, 500)
        return next(dict(item) for item in page["items"] if item["id"] == delivery.id)

    async def state(self, ledger: Ledger, delivery: NewDelivery) -> str:
        return str((await self.view(ledger, delivery))["state"])

    async def states(self, ledger: Ledger, *deliveries: NewDelivery) -> list[str]:
        return [await self.state(ledger, delivery) for delivery in deliveries]

    async def due(self, ledger: Ledger, destination: str = "national_portal", **offer: float) -> list[str]:
        due, _ = await ledger.take_due(destination, 100, **offer)
        return [one.id for one in due]

    async def record(self, ledger: Ledger, *deliveries: NewDelivery, **changes: object) -> NewMessage:
        message = a_message(*deliveries, **changes)
        await ledger.accept([message])
        return message

    async def carry(
        self, ledger: Ledger, delivery: NewDelivery, decision: object = None, fence: int = 1, **more: object
    ) -> bool:
        assert await ledger.begin_attempt(a_begin(delivery.id, fence))
        return await ledger.settle(a_settlement(delivery.id, decision, fence, **more))
