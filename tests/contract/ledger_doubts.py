"""Doubts: the schedule of questions is stored, and either proof or a person's word settles them, never both."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import NotFoundError, StateError
from gateway.ledger.doubts.port import Asked
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery
from gateway.message import Dead, Decision, Delivered, DeliveryState, Returned, Uncertain
from tests.builders import a_delivery, a_fault, a_settlement
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState
UNCLEAR = Uncertain(a_fault("TIMEOUT", "uncertain"))


def by_admin(delivery: NewDelivery) -> AuditEntry:
    return AuditEntry("admin", "delivery.decide", delivery.id, "đã gọi điện hỏi")


class DoubtContract(LedgerSuite):
    async def doubtful(self, ledger: Ledger, *others: NewDelivery) -> NewDelivery:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        for other in others:
            await self.record(ledger, other)
        await self.carry(ledger, delivery, UNCLEAR)
        return delivery

    async def test_a_question_that_proved_nothing_is_asked_again_when_it_is_due(self, ledger: Ledger) -> None:
        delivery = await self.doubtful(ledger)
        (one,) = await ledger.unproven(10)
        assert one.asked == 0
        view = await ledger.message_view(one.message_id)
        assert view is not None and one.correlation_id == view["correlation_id"]
        now = datetime.now(UTC)
        await ledger.note_asked(Asked(delivery.id, 1, 1, now, "QUERY_REFUSED", now + timedelta(minutes=2)))
        assert await ledger.unproven(10, due_by=now + timedelta(minutes=1)) == []
        (again,) = await ledger.unproven(10, due_by=now + timedelta(minutes=3))
        assert (again.delivery_id, again.asked) == (delivery.id, 1)
        doubt = (await self.view(ledger, delivery))["doubt"]
        assert (doubt["waits_for"], doubt["asked"], doubt["answer"]) == ("proof", 1, "QUERY_REFUSED")

    async def test_when_the_schedule_is_over_it_waits_for_a_person(self, ledger: Ledger) -> None:
        delivery = await self.doubtful(ledger)
        await ledger.note_asked(Asked(delivery.id, 1, 8, datetime.now(UTC), "99", None))
        assert await ledger.unproven(10, due_by=datetime.now(UTC) + timedelta(days=30)) == []
        assert (await self.view(ledger, delivery))["doubt"]["waits_for"] == "person"

    async def test_an_attempt_after_it_that_is_unclear_again_begins_anew(self, ledger: Ledger) -> None:
        delivery = await self.doubtful(ledger)
        await ledger.note_asked(Asked(delivery.id, 1, 8, datetime.now(UTC), "99", None))
        await ledger.decide(a_settlement(delivery.id, Returned(datetime.now(UTC), a_fault())), by_admin(delivery))
        await self.carry(ledger, delivery, UNCLEAR, 2)
        (one,) = await ledger.unproven(10)
        assert (one.fence, one.asked) == (2, 0)
        assert (await self.view(ledger, delivery))["doubt"]["asked"] == 0

    async def test_a_question_about_what_is_settled_leaves_nothing(self, ledger: Ledger) -> None:
        delivery = await self.doubtful(ledger)
        assert await ledger.resolve(a_settlement(delivery.id))
        await ledger.note_asked(Asked(delivery.id, 1, 1, datetime.now(UTC), "99", None))
        assert "doubt" not in await self.view(ledger, delivery)

    @pytest.mark.parametrize(
        ("decision", "end", "follower"),
        [
            (Delivered(), S.DELIVERED, S.PENDING),
            (Returned(datetime(2025, 6, 12, tzinfo=UTC), a_fault()), S.PENDING, S.HELD),
            (Dead(a_fault()), S.DEAD, S.HELD),
        ],
        ids=["taken", "send again", "give up"],
    )
    async def test_a_person_settles_it_and_the_audit_says_who_and_why(
        self, ledger: Ledger, decision: Decision, end: S, follower: S
    ) -> None:
        second = a_delivery()
        delivery = await self.doubtful(ledger, second)
        await ledger.decide(a_settlement(delivery.id, decision), by_admin(delivery))
        assert await self.states(ledger, delivery, second) == [end, follower]
        (entry,) = (await ledger.audit_page(None, 5))["items"]
        assert (entry["actor"], entry["ok"], entry["details"]["was"]) == ("admin", True, "uncertain")
        assert (await ledger.balance())["balance"] == 0
        assert (await self.due(ledger)) == (
            [delivery.id] if end is S.PENDING else [second.id] if end is S.DELIVERED else []
        )

    async def test_the_cause_stays_what_it_was_when_a_person_gives_it_up(self, ledger: Ledger) -> None:
        delivery = await self.doubtful(ledger)
        await ledger.decide(a_settlement(delivery.id, Dead(a_fault("GIVEN_UP", "permanent"))), by_admin(delivery))
        (group,) = await ledger.failure_groups("all")
        assert (group.error_code, group.standing, group.occurrences) == ("TIMEOUT", {"dead": 1}, 1)

    async def test_what_is_not_uncertain_cannot_be_decided_and_the_refusal_is_audited(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        with pytest.raises(StateError):
            await ledger.decide(a_settlement(delivery.id), by_admin(delivery))
        unknown = a_delivery()
        with pytest.raises(NotFoundError):
            await ledger.decide(a_settlement(unknown.id), by_admin(unknown))
        assert [one["ok"] for one in (await ledger.audit_page(None, 5))["items"]] == [False, False]

    async def test_a_word_about_an_earlier_attempt_changes_nothing(self, ledger: Ledger) -> None:
        delivery = await self.doubtful(ledger)
        with pytest.raises(StateError):
            await ledger.decide(a_settlement(delivery.id, Delivered(), 2), by_admin(delivery))
        assert await self.state(ledger, delivery) == S.UNCERTAIN

    async def test_proof_and_person_at_the_same_moment_settle_it_once(self, ledger: Ledger) -> None:
        for number in range(6):
            delivery = a_delivery()
            await self.record(ledger, delivery, subject=f"000.00.16.H46-250612-80{number:02}")
            await self.carry(ledger, delivery, UNCLEAR)
            by_person = ledger.decide(a_settlement(delivery.id, Dead(a_fault())), by_admin(delivery))
            both = [ledger.resolve(a_settlement(delivery.id)), by_person]
            ends = await asyncio.gather(*(both if number % 2 else both[::-1]), return_exceptions=True)
            proof, person = ends if number % 2 else ends[::-1]
            assert (proof is True) == isinstance(person, StateError)
            assert await self.state(ledger, delivery) == (S.DELIVERED if proof is True else S.DEAD)
        assert (await ledger.balance())["balance"] == 0
