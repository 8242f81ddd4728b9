"""Snapshots: a newer one makes older ones needless, takes their place, and is never overtaken by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.message import Decision, DeliveryId, DeliveryState, Refused, Returned, Uncertain, Waiting
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot, dead
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState
LATER = datetime.now(UTC) + timedelta(hours=1)


class SnapshotContract(LedgerSuite):
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

    @pytest.mark.parametrize("decision", [Returned(LATER, a_fault()), dead(), Refused(a_fault("R", "refused"))])
    async def test_what_was_not_taken_after_all_gives_way_to_a_newer_snapshot_that_waits(
        self, ledger: Ledger, decision: Decision
    ) -> None:
        old, progress, new = a_snapshot(), a_delivery(), a_snapshot()
        await self.record(ledger, old)
        await self.carry(ledger, old, Uncertain(a_fault()))
        await self.record(ledger, progress)
        await self.record(ledger, new)
        assert await self.states(ledger, old, progress, new) == [S.UNCERTAIN, S.HELD, S.HELD]
        assert await ledger.resolve(a_settlement(old.id, decision))
        gone = S.REFUSED if isinstance(decision, Refused) else S.SUPERSEDED
        assert await self.states(ledger, old, progress, new) == [gone, S.HELD, S.PENDING]
        assert await self.due(ledger) == [new.id]
        assert (await ledger.balance())["balance"] == 0

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

    async def test_a_dead_one_its_lane_went_on_without_is_superseded_and_gives_no_place(self, ledger: Ledger) -> None:
        old, progress, held, new = a_snapshot(), a_delivery(), a_delivery(), a_snapshot()
        for delivery in (old, progress, held):
            await self.record(ledger, delivery)
        await self.carry(ledger, old, dead(), after_dead="continue")
        assert await self.states(ledger, old, progress, held) == [S.DEAD, S.PENDING, S.HELD]
        await self.record(ledger, new)
        assert await self.states(ledger, old, progress, held, new) == [S.SUPERSEDED, S.PENDING, S.HELD, S.HELD]
        await self.carry(ledger, progress)
        assert await self.states(ledger, held, new) == [S.PENDING, S.HELD]
        assert (await ledger.balance())["balance"] == 0

    async def test_a_newer_one_never_goes_ahead_of_an_older_one_that_must_stay(self, ledger: Ledger) -> None:
        first, other, newest = a_snapshot("received"), a_snapshot("processing"), a_snapshot("received")
        for delivery in (first, other, newest):
            await self.record(ledger, delivery)
        assert await self.states(ledger, first, other, newest) == [S.PENDING, S.HELD, S.HELD]
        await self.carry(ledger, first)
        assert await self.states(ledger, other, newest) == [S.PENDING, S.HELD]

    async def test_a_refused_one_gives_way_to_the_one_that_waited_behind_it(self, ledger: Ledger) -> None:
        wrong, corrected = a_snapshot("received"), a_snapshot("processing")
        await self.record(ledger, wrong)
        await self.record(ledger, corrected)
        await self.carry(ledger, wrong, Refused(a_fault("R", "refused")), after_refused="until_accepted")
        assert await self.states(ledger, wrong, corrected) == [S.REFUSED, S.PENDING]

    async def test_one_without_a_sequence_does_not_make_the_gateway_forget_the_latest(self, ledger: Ledger) -> None:
        latest, plain, late = a_snapshot(sequence=7), a_snapshot(), a_snapshot(sequence=6)
        for delivery in (latest, plain, late):
            await self.record(ledger, delivery)
        assert await self.states(ledger, latest, plain, late) == [S.SUPERSEDED, S.PENDING, S.SUPERSEDED]

    async def test_in_one_batch_the_last_takes_the_place_of_the_first(self, ledger: Ledger) -> None:
        old, progress, new = a_snapshot(), a_delivery(), a_snapshot()
        await ledger.accept([a_message(one) for one in (old, progress, new)])
        assert await self.states(ledger, old, progress, new) == [S.SUPERSEDED, S.HELD, S.PENDING]
        assert [one.id for one in self.pending] == [new.id]

    @pytest.mark.parametrize("failed", [dead(), Waiting(LATER, a_fault()), Returned(LATER, a_fault("LOGIN"))])
    async def test_whatever_failed_gives_its_place_to_the_newer_one(self, ledger: Ledger, failed: Decision) -> None:
        old, progress, new = a_snapshot(), a_delivery(), a_snapshot()
        await self.record(ledger, old)
        assert await ledger.begin_attempt(a_begin(old.id))
        await self.record(ledger, progress)
        await self.record(ledger, new)
        clear_at = datetime.now(UTC) + timedelta(minutes=1)
        assert await ledger.settle(a_settlement(old.id, failed, clear_at=clear_at))
        assert await self.states(ledger, old, progress, new) == [S.SUPERSEDED, S.HELD, S.PENDING]
        assert [one.due_in for one in self.pending if one.id == new.id] == [pytest.approx(60, abs=20)]

    async def test_an_old_one_is_not_replayed_on_top_of_a_newer_one(self, ledger: Ledger) -> None:
        old, new = a_snapshot("received"), a_snapshot("processing")
        await self.record(ledger, old)
        await self.record(ledger, new)
        await self.carry(ledger, old, dead(), after_dead="continue")
        entry = AuditEntry("admin", "delivery.replay", old.id, "đã sửa danh mục")
        with pytest.raises(StateError, match="newer snapshot"):  # it is about to be sent
            await ledger.replay(old.id, DeliveryId("019a0000-0000-7000-8000-000000000004"), entry)
        await self.carry(ledger, new)
        with pytest.raises(StateError, match="newer snapshot"):  # it was sent
            await ledger.replay(old.id, DeliveryId("019a0000-0000-7000-8000-000000000005"), entry)
        assert await ledger.discard(old.id, entry) == S.DEAD

    async def test_an_old_one_is_replayed_while_the_newer_ones_wait_behind_it(self, ledger: Ledger) -> None:
        old, new = a_snapshot("received"), a_snapshot("processing")
        await self.record(ledger, old)
        await self.record(ledger, new)
        await self.carry(ledger, old, dead(), after_dead="hold")
        new_id = DeliveryId("019a0000-0000-7000-8000-000000000006")
        await ledger.replay(old.id, new_id, AuditEntry("admin", "delivery.replay", old.id, "đã sửa danh mục"))
        assert await self.states(ledger, a_delivery(id=new_id), new) == [S.PENDING, S.HELD]

    async def test_what_was_superseded_is_not_replayed(self, ledger: Ledger) -> None:
        old, new = a_snapshot(), a_snapshot()
        await self.record(ledger, old)
        await self.record(ledger, new)
        with pytest.raises(StateError, match="superseded"):
            await ledger.replay(
                old.id,
                DeliveryId("019a0000-0000-7000-8000-000000000007"),
                AuditEntry("admin", "delivery.replay", old.id, "thử"),
            )
