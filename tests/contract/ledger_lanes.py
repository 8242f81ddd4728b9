"""Lanes: order per dossier, who holds it, and who goes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import StateError
from gateway.ledger.port import AuditEntry, Ledger, Snapshot
from gateway.message import DeliveryId, DeliveryState, Refused, Waiting
from tests.builders import a_delivery, a_fault, a_message, dead
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState


class LaneContract(LedgerSuite):
    async def test_a_second_delivery_of_a_lane_is_held_until_the_first_is_done(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        assert await self.states(ledger, first, second) == [S.PENDING, S.HELD]
        await self.carry(ledger, first)
        assert await self.states(ledger, first, second) == [S.DELIVERED, S.PENDING]
        assert self.pending[-1].id == second.id

    async def test_order_within_a_batch_is_array_order(self, ledger: Ledger) -> None:
        deliveries = [a_delivery() for _ in range(5)]
        await ledger.accept([a_message(delivery) for delivery in deliveries])
        for delivery in deliveries:
            assert await self.state(ledger, delivery) == S.PENDING
            await self.carry(ledger, delivery)

    async def test_a_message_that_is_there_takes_no_place_at_a_destination_connected_since(
        self, ledger: Ledger
    ) -> None:
        """Not even within the commit that makes the lane, for another message or for nobody."""
        old, again, newer = a_delivery(), a_delivery(destination="ndxp"), a_delivery(destination="ndxp")
        alone, first = (
            a_delivery(destination="payment", snapshot=Snapshot("received", sequence, None)) for sequence in (9, 1)
        )
        same = {"source_id": "đã có", "content_hash": b"1"}
        await ledger.accept([a_message(old, **same)])
        told = await ledger.accept([a_message(again, alone, **same), a_message(newer)])
        assert [one.duplicate for one in told] == [True, False]
        await ledger.accept([a_message(first)])
        assert await self.states(ledger, newer, first) == [S.PENDING, S.PENDING]
        following = a_delivery(destination="ndxp")
        await self.record(ledger, following)
        assert await self.state(ledger, following) == S.HELD
        await self.carry(ledger, newer)
        assert await self.state(ledger, following) == S.PENDING

    async def test_other_dossiers_are_not_held(self, ledger: Ledger) -> None:
        first, other = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, other, subject="000.00.16.H46-250612-0002")
        assert await self.states(ledger, first, other) == [S.PENDING, S.PENDING]

    async def test_a_route_without_order_has_no_lane(self, ledger: Ledger) -> None:
        first, second = a_delivery(lane=False), a_delivery(lane=False)
        await self.record(ledger, first)
        await self.record(ledger, second)
        assert await self.states(ledger, first, second) == [S.PENDING, S.PENDING]

    async def test_a_dead_head_holds_its_lane_where_the_route_says_so(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, dead(), after_dead="hold")
        assert await self.states(ledger, first, second) == [S.DEAD, S.HELD]

    async def test_a_dead_head_lets_its_lane_go_on_where_the_route_says_so(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, dead(), after_dead="continue")
        assert await self.states(ledger, first, second) == [S.DEAD, S.PENDING]

    async def test_until_accepted_holds_only_before_the_first_success(self, ledger: Ledger) -> None:
        first, second, third = a_delivery(), a_delivery(), a_delivery()
        for delivery in (first, second, third):
            await self.record(ledger, delivery)
        await self.carry(ledger, first)
        await self.carry(ledger, second, dead(), after_dead="until_accepted")
        assert await self.states(ledger, second, third) == [S.DEAD, S.PENDING]

    @pytest.mark.parametrize("waits", [False, True])
    async def test_discarding_the_holder_lets_the_next_go(self, ledger: Ledger, waits: bool) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        if waits:
            await self.carry(ledger, first, Waiting(datetime.now(UTC) + timedelta(hours=1), a_fault()))
        await ledger.discard(first.id, AuditEntry("admin", "delivery.discard", first.id, "gửi nhầm"))
        assert await self.states(ledger, first, second) == [S.CANCELLED, S.PENDING]
        assert await self.due(ledger) == [second.id]

    async def test_discarding_what_is_held_moves_nobody(self, ledger: Ledger) -> None:
        deliveries = [a_delivery() for _ in range(3)]
        for delivery in deliveries:
            await self.record(ledger, delivery)
        held = deliveries[1]
        await ledger.discard(held.id, AuditEntry("admin", "delivery.discard", held.id, "gửi nhầm"))
        assert await self.states(ledger, *deliveries) == [S.PENDING, S.CANCELLED, S.HELD]

    async def test_a_refused_head_that_holds_its_lane_can_be_made_to_let_go(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, Refused(a_fault("R", "refused")), after_refused="hold")
        assert await self.states(ledger, first, second) == [S.REFUSED, S.HELD]
        entry = AuditEntry("admin", "delivery.discard", first.id, "một cửa sẽ không gửi lại")
        assert await ledger.discard(first.id, entry) == S.REFUSED
        assert await self.states(ledger, first, second) == [S.REFUSED, S.PENDING]
        with pytest.raises(StateError):
            await ledger.discard(first.id, entry)

    async def test_a_replay_waits_where_its_lane_went_on_without_it(self, ledger: Ledger) -> None:
        first, second, third = a_delivery(), a_delivery(), a_delivery()
        for delivery in (first, second, third):
            await self.record(ledger, delivery)
        await self.carry(ledger, first, dead(), after_dead="continue")
        new_id = DeliveryId("019a0000-0000-7000-8000-000000000009")
        await ledger.replay(first.id, new_id, AuditEntry("admin", "delivery.replay", first.id, "đã sửa"))
        again = a_delivery(id=new_id)
        assert await self.states(ledger, again, second, third) == [S.HELD, S.PENDING, S.HELD]
        await self.carry(ledger, second)
        assert await self.states(ledger, again, second, third) == [S.PENDING, S.DELIVERED, S.HELD]

    async def test_a_long_queue_goes_on_one_by_one(self, ledger: Ledger) -> None:
        deliveries = [a_delivery() for _ in range(60)]
        await ledger.accept([a_message(delivery) for delivery in deliveries])
        for delivery in deliveries:
            await self.carry(ledger, delivery)
        assert [one.id for one in self.pending] == [one.id for one in deliveries]

    async def test_an_unclear_lane_stays_quiet_for_whoever_comes_next(self, ledger: Ledger) -> None:
        clear_at = datetime.now(UTC) + timedelta(minutes=1)
        unclear = dead("TIMEOUT")
        replayed, promoted = a_delivery(), a_delivery()
        await self.record(ledger, replayed)
        await self.record(ledger, promoted)
        await self.carry(ledger, replayed, unclear, clear_at=clear_at, after_dead="continue")
        arrived, other = a_delivery(), "000.00.16.H46-250612-0002"
        first = a_delivery()
        await self.record(ledger, first, subject=other)
        await self.carry(ledger, first, unclear, clear_at=clear_at, after_dead="hold")
        new_id = DeliveryId("019a0000-0000-7000-8000-000000000008")
        await ledger.replay(first.id, new_id, AuditEntry("admin", "delivery.replay", first.id, "đã sửa"))
        await self.record(ledger, last := a_delivery(), subject="000.00.16.H46-250612-0003")
        await self.carry(ledger, last, unclear, clear_at=clear_at, after_dead="continue")
        await self.record(ledger, arrived, subject="000.00.16.H46-250612-0003")
        due = {one.id: one.due_in for one in self.pending}
        assert [due[one] for one in (promoted.id, new_id, arrived.id)] == [pytest.approx(60, abs=20)] * 3
