"""Replay jobs: a frozen list, steps, order in lanes, one list at a time, and outcomes noted once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from uuid_utils import uuid7

from gateway.errors import NotFoundError, StateError
from gateway.ledger.groups.port import fingerprint_of
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery
from gateway.ledger.replays.port import Chosen, ListChangedError, NewReplay, OverlapError
from gateway.message import DeliveryState, Refused, Waiting
from tests.builders import NOW, a_begin, a_delivery, a_fault, a_settlement, a_snapshot, dead
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState
ALL = Chosen(destination="national_portal")


def an_entry(action: str = "replay.create", target: str = "") -> AuditEntry:
    return AuditEntry("admin", action, target, "đã sửa danh mục")


def subject(number: int) -> str:
    return f"000.00.16.H46-250612-{number:04}"


class ReplayContract(LedgerSuite):
    async def die(self, ledger: Ledger, count: int, first: int = 1, code: str = "UNMAPPED_CODE") -> list[NewDelivery]:
        """So many dossiers, each with one dead delivery."""
        made = [a_delivery() for _ in range(count)]
        for number, delivery in enumerate(made, first):
            await self.record(ledger, delivery, subject=subject(number))
            await self.carry(ledger, delivery, dead(code))
        return made

    async def a_job(self, ledger: Ledger, chosen: Chosen = ALL, **changes: Any) -> str:
        """A job over what fits just now."""
        job_id = str(uuid7())
        values: dict[str, Any] = {
            "id": job_id,
            "chosen": chosen,
            "digest": (await ledger.plan_replay(chosen)).digest,
            "as_then": False,
            "max_failure_rate": 0.2,
            "max_seconds": 0,
        }
        await ledger.create_replay(NewReplay(**(values | changes)), an_entry(target=job_id))
        return job_id

    async def step(self, ledger: Ledger, job_id: str, size: int, after: int = 0) -> list[str]:
        """Begin a step and send it whole; the new deliveries of it."""
        await ledger.begin_step(job_id, after, size, an_entry("replay.step", job_id))
        while await ledger.send_replays(job_id, 50):
            pass
        return await self.sent_in_step(ledger, job_id, after + 1)

    async def sent_in_step(self, ledger: Ledger, job_id: str, step: int) -> list[str]:
        items = (await ledger.replay_items(job_id, None, None, 200))["items"]
        return [item["new"] for item in items if item["step"] == step and item["new"]]

    async def end(self, ledger: Ledger, delivery_id: str, decision: Any = None, **more: Any) -> None:
        assert await ledger.begin_attempt(a_begin(delivery_id))
        assert await ledger.settle(a_settlement(delivery_id, decision, **more))

    async def item_states(self, ledger: Ledger, job_id: str) -> Counter[str]:
        items = (await ledger.replay_items(job_id, None, None, 200))["items"]
        return Counter(item["state"] for item in items)

    async def test_a_plan_counts_what_is_dead_and_not_replaced(self, ledger: Ledger) -> None:
        await self.die(ledger, 3)
        await self.die(ledger, 2, first=11, code="HTTP_404")
        await self.record(ledger, a_delivery(), subject=subject(99))
        plan = await ledger.plan_replay(ALL)
        assert (plan.count, plan.dossiers, plan.needless, plan.overlaps) == (5, 5, 0, None)
        assert [(one.destination, one.count) for one in plan.by] == [("national_portal", 5)]
        assert (await ledger.plan_replay(Chosen(code="HTTP_404"))).count == 2

    @pytest.mark.parametrize(
        ("chosen", "fits"),
        [
            (Chosen(operation="CapNhatTienDoHoSoMC"), 1),
            (Chosen(operation="DongBoHoSoMC"), 0),
            (Chosen(error_class="mapping"), 1),
            (Chosen(error_class="permanent"), 0),
            (Chosen(field="MaTTHC"), 0),
            (Chosen(field="-"), 1),
            (Chosen(type="vn.lienthong.dossier.progressed.v1"), 1),
            (Chosen(type="vn.lienthong.dossier.recorded.v1"), 0),
            (Chosen(subject=subject(1)), 1),
            (Chosen(subject=subject(2)), 0),
            (Chosen(since="2025-01-01"), 1),
            (Chosen(since="2999-01-01"), 0),
            (Chosen(until="2999-01-01T00:00:00+07:00"), 1),
            (Chosen(ids=("nothing",)), 0),
            (Chosen(failed_of="nothing"), 0),
            (
                Chosen(
                    group=fingerprint_of("national_portal", "CapNhatTienDoHoSoMC", "mapping", "UNMAPPED_CODE", None)
                ),
                1,
            ),
            (Chosen(group="nothing"), 0),
        ],
        ids=str,
    )
    async def test_any_filter_chooses(self, ledger: Ledger, chosen: Chosen, fits: int) -> None:
        await self.die(ledger, 1)
        assert (await ledger.plan_replay(chosen)).count == fits

    async def test_ids_choose_and_only_dead_ones_count(self, ledger: Ledger) -> None:
        first, _, third = await self.die(ledger, 3)
        living = a_delivery()
        await self.record(ledger, living, subject=subject(9))
        plan = await ledger.plan_replay(Chosen(ids=(third.id, first.id, living.id)))
        assert plan.count == 2

    async def test_the_digest_is_the_lists_own(self, ledger: Ledger) -> None:
        first, second = await self.die(ledger, 2)
        both = (await ledger.plan_replay(ALL)).digest
        assert (await ledger.plan_replay(Chosen(ids=(second.id, first.id)))).digest == both
        assert (await ledger.plan_replay(Chosen(ids=(first.id,)))).digest != both

    async def test_a_list_that_changed_since_it_was_seen_is_not_replayed(self, ledger: Ledger) -> None:
        await self.die(ledger, 2)
        seen = (await ledger.plan_replay(ALL)).digest
        await self.die(ledger, 1, first=7)
        with pytest.raises(ListChangedError):
            await self.a_job(ledger, digest=seen)
        assert (await ledger.replay_jobs(None, 10))["items"] == []
        [entry] = (await ledger.audit_page(None, 10))["items"]
        assert (entry["action"], entry["ok"]) == ("replay.create", False)

    async def test_a_job_over_nothing_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(StateError):
            await self.a_job(ledger)

    async def test_what_is_on_a_list_is_on_no_other_until_its_outcome_is_known(self, ledger: Ledger) -> None:
        await self.die(ledger, 3)
        first = await self.a_job(ledger, Chosen(subject=subject(1)))
        assert (await ledger.plan_replay(ALL)).overlaps == first
        with pytest.raises(OverlapError) as refused:
            await self.a_job(ledger)
        assert refused.value.job_id == first
        await ledger.steer_replay(first, "cancelled", an_entry("replay.cancel", first))
        assert await self.a_job(ledger)

    async def test_a_step_is_sent_and_its_outcomes_are_noted(self, ledger: Ledger) -> None:
        await self.die(ledger, 3)
        job_id = await self.a_job(ledger)
        [one] = await self.step(ledger, job_id, 1)
        look = await ledger.look_at_replay(job_id)
        assert look and (look.step, look.under_way, look.passed, look.more, look.sent) == (1, 1, 0, True, 1)
        await self.end(ledger, one)
        look = await ledger.look_at_replay(job_id)
        assert look and (look.under_way, look.passed, look.more, look.sent) == (0, 1, True, 0)
        assert await self.item_states(ledger, job_id) == {"passed": 1, "planned": 2}
        assert (await ledger.balance())["balance"] == 0

    async def test_what_failed_again_is_the_remainder_and_can_be_a_list_of_its_own(self, ledger: Ledger) -> None:
        await self.die(ledger, 3)
        job_id = await self.a_job(ledger)
        sent = await self.step(ledger, job_id, 3)
        for one, decision in zip(sent, (dead("AGAIN"), Refused(a_fault("NO", "refused")), None), strict=True):
            await self.end(ledger, one, decision)
        look = await ledger.look_at_replay(job_id)
        assert look and (look.failed, look.passed) == (2, 1)
        failed = (await ledger.replay_items(job_id, "failed", None, 10))["items"]
        assert [item["cause"] for item in failed] == ["AGAIN", "NO"]
        assert (await ledger.plan_replay(Chosen(failed_of=job_id))).count == 1  # a refusal is the system's word

    async def test_what_a_dead_process_left_speaks_against_nobody(self, ledger: Ledger) -> None:
        await self.die(ledger, 1)
        job_id = await self.a_job(ledger)
        [one] = await self.step(ledger, job_id, 1)
        await self.end(ledger, one, Waiting(NOW, a_fault("PROCESS_LOST", "uncertain")))
        look = await ledger.look_at_replay(job_id)
        assert look and (look.failing, look.under_way) == (0, 1)

    async def test_one_that_is_tried_once_more_counts_as_failing_and_stays_open(self, ledger: Ledger) -> None:
        await self.die(ledger, 1)
        job_id = await self.a_job(ledger)
        [one] = await self.step(ledger, job_id, 1)
        await self.end(ledger, one, Waiting(NOW, a_fault()))
        look = await ledger.look_at_replay(job_id)
        assert look and (look.failing, look.under_way, look.cause) == (1, 0, "HTTP_503")
        assert not await ledger.end_replay(job_id, "finished", None, an_entry())

    async def test_a_look_says_how_long_the_attempts_of_the_step_took(self, ledger: Ledger) -> None:
        await self.die(ledger, 2)
        job_id = await self.a_job(ledger)
        now = datetime.now(UTC)
        for new, seconds in zip(await self.step(ledger, job_id, 2), (2, 4), strict=True):
            begin = a_begin(new)
            assert await ledger.begin_attempt(begin._replace(started_at=now - timedelta(seconds=seconds)))
            await ledger.settle(a_settlement(new, at=now))
        look = await ledger.look_at_replay(job_id)
        assert look and look.seconds == pytest.approx(3, abs=0.01)

    async def test_of_a_lane_the_next_goes_only_after_the_one_before_it_got_through(self, ledger: Ledger) -> None:
        """They died one after the other, for the route lets the lane go on."""
        dying = [a_delivery() for _ in range(3)]
        for one in dying:
            await self.record(ledger, one)
            await self.carry(ledger, one, dead(), after_dead="continue")
        job_id = await self.a_job(ledger)
        order = []
        for number in range(3):
            [new] = await self.step(ledger, job_id, 50, after=number)
            assert await self.step(ledger, job_id, 50, after=number + 1) == []
            await self.end(ledger, new)
            await ledger.look_at_replay(job_id)
            order.append((await self.item_of(ledger, job_id, new))["delivery"])
        assert order == [one.id for one in dying]

    async def item_of(self, ledger: Ledger, job_id: str, new: str) -> dict[str, Any]:
        items = (await ledger.replay_items(job_id, None, None, 200))["items"]
        return next(item for item in items if item["new"] == new)

    async def test_behind_one_that_died_again_and_holds_its_lane_the_rest_is_left(self, ledger: Ledger) -> None:
        for one in (a_delivery(), a_delivery()):
            await self.record(ledger, one)
            await self.carry(ledger, one, dead(), after_dead="continue")
        job_id = await self.a_job(ledger)
        [new] = await self.step(ledger, job_id, 50)
        await self.end(ledger, new, dead("AGAIN"), after_dead="hold")
        await ledger.look_at_replay(job_id)
        assert await self.step(ledger, job_id, 50, after=1) == []
        [left] = (await ledger.replay_items(job_id, "left", None, 10))["items"]
        assert left["cause"] == "LANE_HELD"

    async def test_a_needless_snapshot_is_said_in_the_plan_and_never_sent(self, ledger: Ledger) -> None:
        older, newer = a_snapshot("received"), a_snapshot("processing")
        await self.record(ledger, older)
        await self.carry(ledger, older, dead(), after_dead="continue")
        await self.record(ledger, newer)
        await self.die(ledger, 1, first=5)
        assert (await ledger.plan_replay(ALL)).needless == 1
        job_id = await self.a_job(ledger)
        assert await self.item_states(ledger, job_id) == {"needless": 1, "planned": 1}
        assert len(await self.step(ledger, job_id, 50)) == 1

    async def test_one_that_became_needless_after_the_list_was_frozen_is_not_sent(self, ledger: Ledger) -> None:
        older, newer = a_snapshot("received"), a_snapshot("processing")
        await self.record(ledger, older)
        await self.carry(ledger, older, dead(), after_dead="continue")
        job_id = await self.a_job(ledger)
        await self.record(ledger, newer)
        assert await self.step(ledger, job_id, 50) == []
        assert await self.item_states(ledger, job_id) == {"needless": 1}

    async def test_one_that_a_person_replayed_meanwhile_is_left(self, ledger: Ledger) -> None:
        [one] = await self.die(ledger, 1)
        job_id = await self.a_job(ledger)
        await ledger.replay(one.id, one.id.__class__(str(uuid7())), an_entry("delivery.replay", one.id))
        assert await self.step(ledger, job_id, 50) == []
        [left] = (await ledger.replay_items(job_id, "left", None, 10))["items"]
        assert left["cause"] == "NOT_DEAD"

    async def test_as_then_needs_a_version_to_go_through(self, ledger: Ledger) -> None:
        [one] = await self.die(ledger, 1)
        never = a_delivery()
        await self.record(ledger, never, subject=subject(8))
        job_id = await self.a_job(ledger, as_then=True)
        [new] = await self.step(ledger, job_id, 50)
        [work] = await ledger.read_pack([new])  # type: ignore[list-item]
        assert work.delivery.pinned_version == "1"
        assert (await self.view(ledger, one))["replaced_by"] == new

    async def test_two_who_begin_the_same_step_begin_it_once(self, ledger: Ledger) -> None:
        await self.die(ledger, 3)
        job_id = await self.a_job(ledger)
        assert await ledger.begin_step(job_id, 0, 1, an_entry()) == 1
        assert await ledger.begin_step(job_id, 0, 1, an_entry()) == 0

    async def test_nothing_is_sent_twice_however_often_it_is_tried(self, ledger: Ledger) -> None:
        [one] = await self.die(ledger, 1)
        job_id = await self.a_job(ledger)
        await ledger.begin_step(job_id, 0, 1, an_entry())
        assert [await ledger.send_replays(job_id, 50) for _ in range(3)] == [1, 0, 0]
        page = await ledger.deliveries_page({"message": (await self.view(ledger, one))["message_id"]}, None, 10)
        assert len(page["items"]) == 2

    async def test_paused_nothing_is_sent_and_continued_it_goes_on(self, ledger: Ledger) -> None:
        await self.die(ledger, 2)
        job_id = await self.a_job(ledger)
        await ledger.begin_step(job_id, 0, 1, an_entry())
        await ledger.steer_replay(job_id, "paused", an_entry("replay.pause", job_id))
        assert await ledger.send_replays(job_id, 50) == 0
        assert await ledger.begin_step(job_id, 1, 1, an_entry()) == 0
        assert await ledger.moving_replays() == []
        await ledger.steer_replay(job_id, "running", an_entry("replay.continue", job_id))
        assert await ledger.send_replays(job_id, 50) == 1
        assert await ledger.moving_replays() == [job_id]

    async def test_cancelled_what_was_not_sent_stays_dead_and_what_was_is_followed(self, ledger: Ledger) -> None:
        await self.die(ledger, 3)
        job_id = await self.a_job(ledger)
        [one] = await self.step(ledger, job_id, 1)
        await ledger.steer_replay(job_id, "cancelled", an_entry("replay.cancel", job_id))
        assert await ledger.moving_replays() == [job_id]
        await self.end(ledger, one)
        look = await ledger.look_at_replay(job_id)
        assert look and (look.state, look.sent) == ("cancelled", 0)
        assert await self.item_states(ledger, job_id) == {"passed": 1, "left": 2}
        assert (await ledger.balance())["dead"] == 2
        assert await ledger.moving_replays() == []

    async def test_stopped_and_continued_it_starts_at_the_bottom_with_what_was_not_sent(self, ledger: Ledger) -> None:
        await self.die(ledger, 4)
        job_id = await self.a_job(ledger)
        await self.step(ledger, job_id, 1)
        await ledger.begin_step(job_id, 1, 2, an_entry())
        verdict = {"why": "failures", "failed": 1, "of": 2}
        assert await ledger.end_replay(job_id, "stopped", verdict, an_entry("replay.stop", job_id))
        job = await ledger.replay_job(job_id)
        assert job and (job["state"], job["verdict"]) == ("stopped", verdict)
        await ledger.steer_replay(job_id, "running", an_entry("replay.continue", job_id))
        look = await ledger.look_at_replay(job_id)
        assert look and (look.rung, look.step, look.planned, look.more) == (0, 2, 0, True)
        assert len(await self.step(ledger, job_id, 50, after=2)) == 3

    async def test_a_job_finishes_when_nothing_of_it_is_open(self, ledger: Ledger) -> None:
        await self.die(ledger, 1)
        job_id = await self.a_job(ledger)
        assert not await ledger.end_replay(job_id, "finished", None, an_entry())
        [one] = await self.step(ledger, job_id, 1)
        await self.end(ledger, one)
        await ledger.look_at_replay(job_id)
        assert await ledger.end_replay(job_id, "finished", None, an_entry())
        job = await ledger.replay_job(job_id)
        assert job and job["state"] == "finished" and job["ended_at"]

    @pytest.mark.parametrize("to", ["paused", "running", "cancelled"])
    async def test_a_job_that_is_over_is_steered_no_more_and_that_is_audited(self, ledger: Ledger, to: Any) -> None:
        await self.die(ledger, 1)
        job_id = await self.a_job(ledger)
        await ledger.steer_replay(job_id, "cancelled", an_entry("replay.cancel", job_id))
        with pytest.raises(StateError):
            await ledger.steer_replay(job_id, to, an_entry("replay.steer", job_id))
        [last, *_] = (await ledger.audit_page(None, 10))["items"]
        assert (last["action"], last["ok"]) == ("replay.steer", False)

    async def test_an_unknown_job_is_said_to_be_unknown(self, ledger: Ledger) -> None:
        assert await ledger.replay_job("nothing") is None
        assert await ledger.look_at_replay("nothing") is None
        with pytest.raises(NotFoundError):
            await ledger.steer_replay("nothing", "paused", an_entry())

    async def test_lists_of_jobs_and_of_items_are_paged(self, ledger: Ledger) -> None:
        await self.die(ledger, 3)
        jobs = [await self.a_job(ledger, Chosen(subject=subject(number))) for number in (1, 2)]
        page = await ledger.replay_jobs(None, 1)
        assert [job["id"] for job in page["items"]] == [jobs[1]]
        assert [job["id"] for job in (await ledger.replay_jobs(page["next"], 1))["items"]] == [jobs[0]]
        await ledger.steer_replay(jobs[0], "cancelled", an_entry())
        await ledger.steer_replay(jobs[1], "cancelled", an_entry())
        whole = await self.a_job(ledger)
        first = await ledger.replay_items(whole, None, None, 2)
        rest = await ledger.replay_items(whole, "planned", first["next"], 2)
        assert [item["place"] for item in first["items"] + rest["items"]] == [1, 2, 3]

    async def test_every_step_and_decision_leaves_its_audit_entry(self, ledger: Ledger) -> None:
        await self.die(ledger, 1)
        job_id = await self.a_job(ledger)
        await self.step(ledger, job_id, 1)
        await ledger.steer_replay(job_id, "paused", an_entry("replay.pause", job_id))
        entries = (await ledger.audit_page(None, 10))["items"]
        assert [entry["action"] for entry in entries] == [
            "replay.pause", "delivery.replay", "replay.step", "replay.create",
        ]  # fmt: skip
        assert entries[1]["details"]["job"] == job_id and entries[1]["reason"] == "đã sửa danh mục"
