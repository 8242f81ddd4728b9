"""What processes share: named leases, news of commits, partitions."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from gateway.ledger.port import Due, Ledger, lane_hash
from gateway.message import Waiting
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement
from tests.contract.ledger_suite import LedgerSuite
from tests.passing import let_pass

SUBJECT = "000.00.16.H46-250612-0001"


class SharingContract(LedgerSuite):
    async def test_a_lease_is_held_by_one_until_it_is_given_back(self, ledger: Ledger) -> None:
        asked = [ledger.hold_lease("scheduler", f"process {number}", 60) for number in range(8)]
        held = await asyncio.gather(*asked)
        assert held.count(True) == 1
        holder = f"process {held.index(True)}"
        assert await ledger.hold_lease("scheduler", holder, 60)  # renewed
        await ledger.release_lease("scheduler", "somebody else")
        assert not await ledger.hold_lease("scheduler", "another", 60)
        await ledger.release_lease("scheduler", holder)
        assert await ledger.hold_lease("scheduler", "another", 60)
        assert await ledger.hold_lease("chainer", holder, 60)

    async def test_a_lease_that_is_not_renewed_in_time_is_lost(self, ledger: Ledger) -> None:
        assert await ledger.hold_lease("scheduler", "frozen", 20)
        await let_pass(ledger, timedelta(seconds=15))
        assert not await ledger.hold_lease("scheduler", "next", 20)
        await let_pass(ledger, timedelta(seconds=6))
        assert await ledger.hold_lease("scheduler", "next", 20)
        assert not await ledger.hold_lease("scheduler", "frozen", 20)

    async def test_what_was_committed_is_heard_of_once(self, ledger: Ledger) -> None:
        news: list[tuple[str, str]] = []
        replies: list[str] = []
        ledger.on_news(lambda kind, word: news.append((kind, word)))
        ledger.on_reply(replies.append)
        delivery = a_delivery()
        message = await self.record(ledger, delivery)
        stored = a_delivery(destination="onestop/onestop", lane=False, stored_only=True)
        await self.carry(ledger, delivery, replies=(a_message(stored, causation_id=message.id),))
        await ledger.tell_destination("payment", 60, "LOGIN")
        assert news == [("replied", message.id), ("destination", "payment")]
        assert replies == [message.id]

    async def test_all_of_one_dossier_have_one_number_wherever_they_fall_due(self, ledger: Ledger) -> None:
        number = lane_hash(SUBJECT)
        assert 0 <= number < 2**31
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first, subject=SUBJECT)
        await self.record(ledger, second, subject=SUBJECT)
        await self.carry(ledger, first, Waiting(datetime.now(UTC), a_fault()))
        assert await ledger.take_due("national_portal", 10) == ([Due(first.id, number)], None)
        await self.carry(ledger, first, fence=2)
        assert [(one.id, one.lane_hash) for one in self.pending] == [
            (first.id, number), (first.id, number), (second.id, number)
        ]  # fmt: skip

    async def test_what_is_withdrawn_is_due_as_before(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await ledger.withdraw([delivery.id])
        assert await self.due(ledger, offer_for=60) == [delivery.id]

    async def test_a_lost_lease_of_an_attempt_is_lost_for_good(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        assert await ledger.begin_attempt(a_begin(delivery.id))
        await let_pass(ledger, timedelta(minutes=2))
        [left] = await ledger.abandoned()
        now = datetime.now(UTC)
        assert await ledger.settle(a_settlement(left.delivery_id, Waiting(now, a_fault("PROCESS_LOST")), left.fence))
        assert await self.due(ledger) == [delivery.id]
        assert await ledger.begin_attempt(a_begin(delivery.id, 2))
        assert not await ledger.settle(a_settlement(delivery.id, fence=1))  # the frozen one wakes up
        assert await ledger.settle(a_settlement(delivery.id, fence=2))
