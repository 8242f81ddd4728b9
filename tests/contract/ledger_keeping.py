"""Data keys come under the key that seals, and bodies go when their time is over; nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger.port import AuditEntry, Ledger, NewMessage
from gateway.message import DeliveryId
from gateway.security.seal import ShreddedError
from tests.builders import RING, a_delivery, a_message, dead
from tests.contract.ledger_suite import LedgerSuite

OLD = datetime(2020, 1, 1, tzinfo=UTC)
BEFORE = OLD + timedelta(days=1)


class KeepingContract(LedgerSuite):
    async def long_ago(self, ledger: Ledger, number: int = 1) -> NewMessage:
        """A message of long ago, not carried yet."""
        message = a_message(
            a_delivery(), subject=f"000.00.16.H46-250612-70{number:02}", accepted_at=OLD + timedelta(seconds=number)
        )
        await ledger.accept([message])
        return message

    async def bygone(self, ledger: Ledger, number: int = 1) -> NewMessage:
        message = await self.long_ago(ledger, number)
        await self.carry(ledger, message.deliveries[0])
        return message

    async def test_a_body_whose_time_is_over_goes_and_everything_else_stays(self, ledger: Ledger) -> None:
        message = await self.bygone(ledger)
        young = await self.record(ledger, a_delivery(lane=False))
        assert await ledger.shred(BEFORE, 100) == (1, False)
        with pytest.raises(ShreddedError):
            await ledger.message_body(message.id)
        assert await ledger.message_body(young.id) == b'{"code": "x"}'
        view = await ledger.message_view(message.id)
        assert view is not None and view["deliveries"][0]["state"] == "delivered"
        assert (await ledger.balance())["balance"] == 0

    async def test_what_is_open_or_dead_keeps_its_body_until_it_has_ended(self, ledger: Ledger) -> None:
        waits, died, done = await self.long_ago(ledger, 1), await self.long_ago(ledger, 2), await self.bygone(ledger, 3)
        await self.carry(ledger, died.deliveries[0], dead())
        assert await ledger.shred(BEFORE, 100) == (1, False)
        assert await ledger.message_body(waits.id) and await ledger.message_body(died.id)
        with pytest.raises(ShreddedError):
            await ledger.message_body(done.id)
        await self.carry(ledger, waits.deliveries[0])
        gone = died.deliveries[0].id
        await ledger.discard(gone, AuditEntry("admin", "delivery.discard", gone, "hết hạn"))
        assert await ledger.shred(BEFORE, 100) == (2, False)
        assert await ledger.shred(BEFORE, 100) == (0, False)

    async def test_bodies_go_in_portions(self, ledger: Ledger) -> None:
        for number in range(5):
            await self.bygone(ledger, number)
        assert [await ledger.shred(BEFORE, 2) for _ in range(3)] == [(2, True), (2, True), (1, False)]

    async def test_a_repeat_of_a_shredded_message_is_still_a_repeat(self, ledger: Ledger) -> None:
        message = await self.bygone(ledger)
        await ledger.shred(BEFORE, 100)
        [again] = await ledger.accept([message._replace(id=a_message().id)])
        assert again.duplicate and again.id == message.id

    async def test_a_shredded_message_is_not_replayed_with_its_body(self, ledger: Ledger) -> None:
        """It has ended in every way, so nothing can be replayed; what reads packs never meets it."""
        message = await self.bygone(ledger)
        await ledger.shred(BEFORE, 100)
        assert await ledger.read_pack([DeliveryId(message.deliveries[0].id)]) == []

    async def test_with_one_key_there_is_nothing_to_wrap(self, ledger: Ledger) -> None:
        await self.bygone(ledger)
        assert not await ledger.rewrap(100)
        [told] = await ledger.rewrappings()
        assert (told.key_id, told.wrapped) == (RING.current, 0) and told.ended_at is not None
        assert await ledger.key_is_needed(RING.current)
        assert not await ledger.key_is_needed("k9")
