"""Accepting: stored means stored, a repeat is recognised, a contradiction refused, and each answers for itself."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from gateway.errors import ConflictError, LedgerUnavailable
from gateway.ledger.port import Ledger
from tests.builders import a_delivery, a_message
from tests.contract.ledger_suite import LedgerSuite


class AcceptingContract(LedgerSuite):
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

    async def test_the_same_id_of_another_source_is_another_message(self, ledger: Ledger) -> None:
        first = await self.record(ledger)
        [other] = await ledger.accept([a_message(source="urn:test:other", source_id=first.source_id)])
        assert (other.duplicate, other.id == first.id) == (False, False)

    async def test_a_group_that_contradicts_itself_is_refused_whole(self, ledger: Ledger) -> None:
        one = a_message()
        with pytest.raises(ConflictError) as caught:
            await ledger.accept([a_message(), one, a_message(source_id=one.source_id)])
        [problem] = caught.value.problems
        assert problem.pointer == "/2"
        assert "element 1 of this batch" in problem.message  # and no id of something that was never stored
        assert one.id not in problem.message
        assert (await ledger.balance())["accepted"] == 0

    async def test_of_two_that_contradict_each_other_at_once_one_is_accepted(self, ledger: Ledger) -> None:
        one = a_message()
        rivals = [ledger.accept([one]), ledger.accept([a_message(source_id=one.source_id)])]
        answers = await asyncio.gather(*rivals, return_exceptions=True)
        assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
        assert (await ledger.balance())["accepted"] == 1

    async def test_a_contradiction_costs_its_neighbours_nothing(self, ledger: Ledger) -> None:
        first = await self.record(ledger)
        groups = [[a_message(subject=f"000.00.16.H46-250612-{n:04}")] for n in range(40)]
        groups[7] = [a_message(source_id=first.source_id)]
        groups[9] = [a_message(), a_message(source_id=first.source_id)]
        answers = await asyncio.gather(*(ledger.accept(group) for group in groups), return_exceptions=True)
        assert [place for place, one in enumerate(answers) if isinstance(one, ConflictError)] == [7, 9]
        told = [one for answer in answers if isinstance(answer, list) for one in answer]
        assert len(told) == 38 and not any(one.duplicate for one in told)
        assert (await ledger.balance())["accepted"] == 39

    async def test_nothing_at_all_is_accepted_too(self, ledger: Ledger) -> None:
        assert await ledger.accept([]) == []
        await self.record(ledger)  # and nobody was hurt

    async def test_what_cannot_be_stored_fails_alone_and_is_not_put_down_to_the_ledger(self, ledger: Ledger) -> None:
        naive = a_message(subject="000.00.16.H46-250612-0007", accepted_at=datetime(2025, 6, 12))  # noqa: DTZ001
        groups = [[a_message(subject=f"000.00.16.H46-250612-{n:04}")] for n in range(5)]
        groups.insert(2, [naive])
        answers = await asyncio.gather(*(ledger.accept(group) for group in groups), return_exceptions=True)
        failed = [place for place, answer in enumerate(answers) if isinstance(answer, Exception)]
        assert failed == [2]
        assert not isinstance(answers[2], LedgerUnavailable)  # sending it again in a few seconds would not help
        assert (await ledger.balance())["accepted"] == 5
