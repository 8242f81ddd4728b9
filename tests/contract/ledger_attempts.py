"""Attempts: begun once, fenced, settled whole; what was unclear keeps its lane quiet."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger.port import AuditEntry, Ledger
from gateway.message import Delivered, DeliveryState, Returned, Uncertain, Waiting, Work
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot
from tests.contract.ledger_suite import LedgerSuite
from tests.passing import let_pass

S = DeliveryState


class AttemptContract(LedgerSuite):
    async def test_an_attempt_begins_once(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        begun = await asyncio.gather(*(ledger.begin_attempt(a_begin(delivery.id)) for _ in range(20)))
        assert begun.count(True) == 1

    async def test_a_worker_that_lost_its_fence_settles_nothing(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, Waiting(datetime.now(UTC), a_fault()))
        await ledger.take_due("national_portal", 10)
        assert await ledger.begin_attempt(a_begin(delivery.id, 2))
        assert not await ledger.settle(a_settlement(delivery.id, Delivered(), 1))
        assert await self.state(ledger, delivery) == S.DELIVERING

    async def test_what_waits_is_offered_when_due_and_not_before(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        later = datetime.now(UTC) + timedelta(minutes=5)
        await self.carry(ledger, delivery, Waiting(later, a_fault()))
        due, next_in = await ledger.take_due("national_portal", 10)
        assert (due, next_in) == ([], pytest.approx(300, abs=20))
        assert await self.state(ledger, delivery) == S.WAITING
        await let_pass(ledger, timedelta(minutes=5))
        assert await self.due(ledger) == [delivery.id]
        assert await self.state(ledger, delivery) == S.PENDING

    async def test_returned_uses_no_try(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, Returned(datetime.now(UTC), a_fault("LOGIN", "permanent")))
        [work] = await ledger.read_pack([delivery.id])
        assert (work.delivery.attempts, work.delivery.tries) == (1, 0)

    async def test_what_was_just_recorded_reads_as_it_stands_in_the_ledger(self, ledger: Ledger) -> None:
        first, second, other = a_delivery(), a_delivery(), a_delivery(lane=False)
        await self.record(ledger, first)
        await self.carry(ledger, first)
        await self.record(ledger, second, other)
        ids = [other.id, second.id]
        fresh, stored = await ledger.read_pack(ids), await ledger.read_pack(ids)
        assert [work.delivery.known_taken for work in fresh] == [False, True]
        assert [_without_opener(work) for work in fresh] == [_without_opener(work) for work in stored]
        assert [work.envelope.open() for work in fresh] == [work.envelope.open() for work in stored]

    async def test_what_was_just_recorded_and_has_moved_on_does_not_begin(self, ledger: Ledger) -> None:
        older, newer = a_snapshot(sequence=1), a_snapshot(sequence=2)
        await self.record(ledger, older)
        await self.record(ledger, newer)
        assert await self.state(ledger, older) == S.SUPERSEDED
        assert not any([await ledger.begin_attempt(a_begin(w.delivery.id)) for w in await ledger.read_pack([older.id])])
        assert await self.state(ledger, older) == S.SUPERSEDED

    async def test_an_uncertain_delivery_holds_its_lane(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, Uncertain(a_fault("TIMEOUT", "uncertain")))
        assert await self.states(ledger, first, second) == [S.UNCERTAIN, S.HELD]

    async def test_after_an_unclear_call_the_lane_stays_quiet(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        clear_at = datetime.now(UTC) + timedelta(minutes=1)
        unclear = Waiting(clear_at, a_fault("TIMEOUT", "uncertain"), unclear=True)
        await self.carry(ledger, first, unclear, clear_at=clear_at)
        await let_pass(ledger, timedelta(seconds=30))
        await self.record(ledger, second)
        await ledger.discard(first.id, AuditEntry("admin", "delivery.discard", first.id, "thử"))
        assert next(p for p in self.pending if p.id == second.id).due_in == pytest.approx(30, abs=20)

    async def test_answered_parts_are_remembered_and_the_unclear_one_may_repeat(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        assert await ledger.begin_attempt(a_begin(delivery.id))
        await ledger.checkpoint(delivery.id, "1", 1, b"digest")
        soon = datetime.now(UTC)
        await ledger.settle(a_settlement(delivery.id, Waiting(soon, a_fault("TIMEOUT", "uncertain"), unclear=True)))
        await ledger.take_due("national_portal", 10)
        [work] = await ledger.read_pack([delivery.id])
        assert (work.delivery.done, work.delivery.may_repeat) == (frozenset({"1"}), True)

    async def test_replies_are_stored_with_the_outcome(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        message = await self.record(ledger, delivery)
        stored = a_delivery(destination="onestop/onestop", lane=False, stored_only=True)
        reply = a_message(stored, causation_id=message.id, type="vn.lienthong.dossier.synchronised.v1")
        await self.carry(ledger, delivery, replies=(reply,))
        view = await ledger.message_view(message.id)
        assert view is not None
        assert view["replies"] == [{"id": reply.id, "type": reply.type}]
        assert (view["state"], view["outcome"]) == ("completed", "ok")
        assert await self.state(ledger, stored) == S.DELIVERED

    async def test_attempts_of_a_dead_process_are_found(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        stored = await self.record(ledger, delivery)
        assert await ledger.begin_attempt(a_begin(delivery.id))
        assert await ledger.abandoned() == []
        await let_pass(ledger, timedelta(hours=1))
        [left] = await ledger.abandoned()
        assert (left.delivery_id, left.fence) == (delivery.id, 1)
        assert (left.message_id, left.correlation_id) == (stored.id, stored.correlation_id)

    async def test_an_outcome_told_twice_at_once_counts_once(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        assert await ledger.begin_attempt(a_begin(delivery.id))
        later = datetime.now(UTC) + timedelta(hours=1)
        told = [a_settlement(delivery.id), a_settlement(delivery.id, Waiting(later, a_fault()))]
        assert await asyncio.gather(*map(ledger.settle, told)) == [True, False]
        assert await self.state(ledger, delivery) == S.DELIVERED

    async def test_what_went_back_is_due_no_more_once_it_is_tried_again(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, Returned(datetime.now(UTC), a_fault("LOGIN", "permanent")))
        assert (await self.view(ledger, delivery))["next_attempt_at"] is not None
        assert await ledger.begin_attempt(a_begin(delivery.id, 2))
        assert (await self.view(ledger, delivery))["next_attempt_at"] is None

    async def test_many_outcomes_at_once_promote_each_in_its_own_lane(self, ledger: Ledger) -> None:
        pairs = [(a_delivery(), a_delivery()) for _ in range(30)]
        for number, (first, second) in enumerate(pairs):
            await ledger.accept(
                [a_message(one, subject=f"000.00.16.H46-250612-{number:04}") for one in (first, second)]
            )
        await asyncio.gather(*(ledger.begin_attempt(a_begin(first.id)) for first, _ in pairs))
        await asyncio.gather(*(ledger.settle(a_settlement(first.id)) for first, _ in pairs))
        assert {await self.state(ledger, second) for _, second in pairs} == {S.PENDING}


def _without_opener(work: Work) -> Work:
    return work._replace(envelope=None)
