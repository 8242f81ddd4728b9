"""Operations, lists and the balance sheet."""

from __future__ import annotations

import pytest

from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.message import Dead, Delivered, DeliveryId, DeliveryState, Refused, Uncertain
from tests.builders import a_begin, a_delivery, a_fault, a_settlement, dead
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState


class OperationContract(LedgerSuite):
    async def test_a_replay_takes_the_place_of_the_dead_one_which_is_no_longer_counted(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, dead())
        new_id = DeliveryId("019a0000-0000-7000-8000-000000000001")
        await ledger.replay(first.id, new_id, AuditEntry("admin", "delivery.replay", first.id, "đã sửa danh mục"))
        assert (await ledger.balance())["dead"] == 0
        assert (await ledger.balance())["balance"] == 0
        assert await ledger.begin_attempt(a_begin(new_id))
        await ledger.settle(a_settlement(new_id))
        assert await self.states(ledger, first, second) == [S.DEAD, S.PENDING]

    async def test_a_dead_one_is_replayed_only_once(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, dead())
        entry = AuditEntry("admin", "delivery.replay", delivery.id, "thử lại")
        await ledger.replay(delivery.id, DeliveryId("019a0000-0000-7000-8000-000000000002"), entry)
        with pytest.raises(StateError):
            await ledger.replay(delivery.id, DeliveryId("019a0000-0000-7000-8000-000000000003"), entry)
        entries = (await ledger.audit_page(None, 10))["items"]
        assert [entry["ok"] for entry in entries] == [False, True]

    async def test_discarding_a_dead_head_lets_the_next_go(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, dead())
        was = await ledger.discard(first.id, AuditEntry("admin", "delivery.discard", first.id, "hồ sơ gửi nhầm"))
        assert was == S.DEAD
        assert await self.states(ledger, first, second) == [S.CANCELLED, S.PENDING]

    async def test_what_is_under_way_cannot_be_discarded(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        assert await ledger.begin_attempt(a_begin(delivery.id))
        with pytest.raises(StateError):
            await ledger.discard(delivery.id, AuditEntry("admin", "delivery.discard", delivery.id, "thử"))

    async def test_an_unknown_delivery_is_said_to_be_unknown(self, ledger: Ledger) -> None:
        with pytest.raises(NotFoundError):
            await ledger.discard(DeliveryId("nothing"), AuditEntry("admin", "delivery.discard", "nothing", "thử"))

    async def test_the_balance_adds_up_whatever_happened(self, ledger: Ledger) -> None:
        decisions = [Delivered(), Refused(a_fault("R", "refused")), dead(), Dead(a_fault()), Uncertain(a_fault())]
        for number, decision in enumerate(decisions):
            delivery = a_delivery()
            await self.record(ledger, delivery, subject=f"000.00.16.H46-250612-10{number:02}")
            await self.carry(ledger, delivery, decision)
        balance = await ledger.balance()
        counted = [balance[name] for name in ("accepted", "delivered", "refused", "dead", "open", "balance")]
        assert counted == [5, 1, 1, 2, 1, 0]
