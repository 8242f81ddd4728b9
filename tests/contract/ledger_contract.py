"""What every ledger promises, as one test class; subclassed once per implementation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import ConflictError, NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery, NewMessage, Pending
from gateway.message import Dead, Delivered, DeliveryId, DeliveryState, Refused, Returned, Uncertain, Waiting
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot, dead

S = DeliveryState


class LedgerContract:
    """Subclasses give a fixture `ledger`."""

    pending: list[Pending]

    @pytest.fixture(autouse=True)
    async def _listen(self, ledger: Ledger) -> AsyncIterator[None]:
        self.pending = []
        ledger.on_pending(self.pending.extend)
        yield

    async def state(self, ledger: Ledger, delivery: NewDelivery) -> str:
        page = await ledger.deliveries_page({}, None, 500)
        return str(next(item["state"] for item in page["items"] if item["id"] == delivery.id))

    async def states(self, ledger: Ledger, *deliveries: NewDelivery) -> list[str]:
        return [await self.state(ledger, delivery) for delivery in deliveries]

    async def record(self, ledger: Ledger, *deliveries: NewDelivery, **changes: object) -> NewMessage:
        message = a_message(*deliveries, **changes)
        await ledger.accept([message])
        return message

    async def carry(
        self, ledger: Ledger, delivery: NewDelivery, decision: object = None, fence: int = 1, **more: object
    ) -> bool:
        assert await ledger.begin_attempt(a_begin(delivery.id, fence))
        return await ledger.settle(a_settlement(delivery.id, decision, fence, **more))

    # -- accepting ----------------------------------------------------------------------------------------------

    async def test_a_message_is_recorded_with_its_deliveries_and_told_to_the_relay(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        message = await self.record(ledger, delivery)
        view = await ledger.message_view(message.id)
        assert view is not None
        assert (view["state"], view["outcome"]) == ("accepted", "open")
        assert [pending.id for pending in self.pending] == [delivery.id]

    async def test_the_same_message_again_is_a_duplicate_with_the_first_id(self, ledger: Ledger) -> None:
        first = await self.record(ledger)
        again = a_message(source_id=first.source_id, content_hash=first.content_hash)
        [recorded] = await ledger.accept([again])
        assert (recorded.id, recorded.duplicate) == (first.id, True)
        assert (await ledger.balance())["accepted"] == 1

    async def test_the_same_id_with_other_content_is_a_conflict_and_stores_nothing(self, ledger: Ledger) -> None:
        first = await self.record(ledger)
        with pytest.raises(ConflictError):
            await ledger.accept([a_message(source_id=first.source_id)])
        assert (await ledger.balance())["accepted"] == 1

    async def test_a_group_with_one_conflict_is_refused_whole_and_its_neighbours_are_not(self, ledger: Ledger) -> None:
        first = await self.record(ledger)
        bad = ledger.accept([a_message(), a_message(source_id=first.source_id)])
        good = ledger.accept([a_message()])
        outcome, fine = await asyncio.gather(bad, good, return_exceptions=True)
        assert isinstance(outcome, ConflictError)
        assert outcome.problems[0].pointer == "/1"
        assert isinstance(fine, list)
        assert (await ledger.balance())["accepted"] == 2

    async def test_twice_in_one_group_counts_once(self, ledger: Ledger) -> None:
        one = a_message()
        two = a_message(source_id=one.source_id, content_hash=one.content_hash)
        recorded = await ledger.accept([one, two])
        assert [r.duplicate for r in recorded] == [False, True]
        assert {r.id for r in recorded} == {one.id}

    async def test_a_hundred_senders_at_once_with_the_same_message_get_one_id(self, ledger: Ledger) -> None:
        first = a_message()
        copies = [a_message(source_id=first.source_id, content_hash=first.content_hash) for _ in range(100)]
        answers = await asyncio.gather(*(ledger.accept([copy]) for copy in copies))
        assert len({answer[0].id for answer in answers}) == 1
        assert sum(not answer[0].duplicate for answer in answers) == 1

    # -- lanes --------------------------------------------------------------------------------------------------

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

    # -- snapshots ----------------------------------------------------------------------------------------------

    async def test_a_newer_snapshot_supersedes_a_pending_older_one_and_takes_its_place(self, ledger: Ledger) -> None:
        old, progress, new = a_snapshot(), a_delivery(), a_snapshot()
        for delivery in (old, progress, new):
            await self.record(ledger, delivery)
        assert await self.states(ledger, old, progress, new) == [S.SUPERSEDED, S.HELD, S.PENDING]

    async def test_a_corrected_snapshot_heals_a_dead_head_ahead_of_held_progress(self, ledger: Ledger) -> None:
        wrong, progress, corrected = a_snapshot(), a_delivery(), a_snapshot()
        await self.record(ledger, wrong)
        await self.record(ledger, progress)
        await self.carry(ledger, wrong, dead(), after_dead="until_accepted")
        await self.record(ledger, corrected)
        assert await self.states(ledger, wrong, progress, corrected) == [S.SUPERSEDED, S.HELD, S.PENDING]
        await self.carry(ledger, corrected)
        assert await self.state(ledger, progress) == S.PENDING

    async def test_a_corrected_snapshot_passes_a_refused_head(self, ledger: Ledger) -> None:
        wrong, progress, corrected = a_snapshot(), a_delivery(), a_snapshot()
        await self.record(ledger, wrong)
        await self.record(ledger, progress)
        await self.carry(ledger, wrong, Refused(a_fault("X", "refused")), after_refused="until_accepted")
        assert await self.states(ledger, wrong, progress) == [S.REFUSED, S.HELD]
        await self.record(ledger, corrected)
        assert await self.states(ledger, wrong, progress, corrected) == [S.REFUSED, S.HELD, S.PENDING]

    async def test_a_snapshot_under_way_is_not_superseded_but_not_retried_either(self, ledger: Ledger) -> None:
        old, new = a_snapshot(), a_snapshot()
        await self.record(ledger, old)
        assert await ledger.begin_attempt(a_begin(old.id))
        await self.record(ledger, new)
        assert await self.states(ledger, old, new) == [S.DELIVERING, S.HELD]
        later = datetime.now(UTC) + timedelta(minutes=5)
        await ledger.settle(a_settlement(old.id, Waiting(later, a_fault())))
        assert await self.states(ledger, old, new) == [S.SUPERSEDED, S.PENDING]

    async def test_a_status_is_never_merged_away_without_a_progress_step_that_tells_of_it(self, ledger: Ledger) -> None:
        received, processing = a_snapshot("received"), a_snapshot("processing")
        await self.record(ledger, received)
        await self.record(ledger, processing)
        assert await self.states(ledger, received, processing) == [S.PENDING, S.HELD]

    async def test_a_status_told_by_a_stored_step_may_be_superseded(self, ledger: Ledger) -> None:
        received = a_snapshot("received")
        step = a_delivery(step_statuses=frozenset({"received"}))
        processing = a_snapshot("processing")
        for delivery in (received, step, processing):
            await self.record(ledger, delivery)
        assert await self.states(ledger, received, step, processing) == [S.SUPERSEDED, S.HELD, S.PENDING]

    async def test_a_snapshot_older_than_the_latest_is_born_superseded(self, ledger: Ledger) -> None:
        new, old = a_snapshot(sequence=7), a_snapshot(sequence=6)
        await self.record(ledger, new)
        await self.record(ledger, old)
        assert await self.states(ledger, new, old) == [S.PENDING, S.SUPERSEDED]
        assert (await ledger.balance())["balance"] == 0

    async def test_snapshots_are_compared_by_time_where_there_is_no_sequence(self, ledger: Ledger) -> None:
        now = datetime.now(UTC)
        new, old = a_snapshot(time=now), a_snapshot(time=now - timedelta(seconds=1))
        await self.record(ledger, new)
        await self.record(ledger, old)
        assert await self.states(ledger, new, old) == [S.PENDING, S.SUPERSEDED]

    async def test_progress_is_never_superseded(self, ledger: Ledger) -> None:
        progress, snapshot = a_delivery(), a_snapshot()
        await self.record(ledger, progress)
        await self.record(ledger, snapshot)
        assert await self.states(ledger, progress, snapshot) == [S.PENDING, S.HELD]

    async def test_snapshots_of_one_batch_leave_only_the_last(self, ledger: Ledger) -> None:
        snapshots = [a_snapshot() for _ in range(4)]
        await ledger.accept([a_message(snapshot) for snapshot in snapshots])
        assert await self.states(ledger, *snapshots) == [S.SUPERSEDED, S.SUPERSEDED, S.SUPERSEDED, S.PENDING]
        assert [pending.id for pending in self.pending] == [snapshots[3].id]

    # -- attempts -----------------------------------------------------------------------------------------------

    async def test_an_attempt_begins_once(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        begun = await asyncio.gather(*(ledger.begin_attempt(a_begin(delivery.id)) for _ in range(20)))
        assert begun.count(True) == 1

    async def test_a_worker_that_lost_its_fence_settles_nothing(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, Waiting(datetime.now(UTC), a_fault()))
        await ledger.take_due("national_portal", 10, datetime.now(UTC))
        assert await ledger.begin_attempt(a_begin(delivery.id, 2))
        assert not await ledger.settle(a_settlement(delivery.id, Delivered(), 1))
        assert await self.state(ledger, delivery) == S.DELIVERING

    async def test_what_waits_is_offered_when_due_and_not_before(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        now = datetime.now(UTC)
        later = now + timedelta(minutes=5)
        await self.carry(ledger, delivery, Waiting(later, a_fault()))
        assert await ledger.take_due("national_portal", 10, now) == ([], later)
        assert await self.state(ledger, delivery) == S.WAITING
        due, _ = await ledger.take_due("national_portal", 10, later)
        assert due == [delivery.id]
        assert await self.state(ledger, delivery) == S.PENDING

    async def test_returned_uses_no_try(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, Returned(datetime.now(UTC), a_fault("LOGIN", "permanent")))
        [work] = await ledger.read_pack([delivery.id])
        assert (work.delivery.attempts, work.delivery.tries) == (1, 0)

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
        await ledger.take_due("national_portal", 10, clear_at)
        await self.record(ledger, second)
        await self.carry(ledger, first, fence=2)
        assert next(p for p in self.pending if p.id == second.id).due_at == clear_at

    async def test_answered_parts_are_remembered_and_the_unclear_one_may_repeat(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        assert await ledger.begin_attempt(a_begin(delivery.id))
        await ledger.checkpoint(delivery.id, "1", 1, b"digest")
        soon = datetime.now(UTC)
        await ledger.settle(a_settlement(delivery.id, Waiting(soon, a_fault("TIMEOUT", "uncertain"), unclear=True)))
        await ledger.take_due("national_portal", 10, soon)
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
        await self.record(ledger, delivery)
        assert await ledger.begin_attempt(a_begin(delivery.id))
        assert await ledger.abandoned(datetime.now(UTC)) == []
        [left] = await ledger.abandoned(datetime.now(UTC) + timedelta(hours=1))
        assert (left.delivery_id, left.fence) == (delivery.id, 1)
        assert len(await ledger.abandoned(None)) == 1

    # -- operations ---------------------------------------------------------------------------------------------

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
