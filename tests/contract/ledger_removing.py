"""Rows of what has ended go when their time is over; the balance sheet goes on telling of them."""

from __future__ import annotations

from gateway.ledger.port import AuditEntry, Ledger, NewMessage
from gateway.message import DeliveryId, Refused
from gateway.security.receipts import read_proof, write_proof
from tests.builders import a_delivery, a_fault, a_message, dead
from tests.contract.ledger_keeping import BEFORE, OLD, KeepingContract
from tests.contract.ledger_payments import PaymentContract, paid
from tests.contract.ledger_proof import SIGNER, a_receipt
from tests.contract.ledger_replays import ALL, ReplayContract

DAY = "2020-01-01"


class RemovingContract(KeepingContract, PaymentContract, ReplayContract):
    async def ids(self, ledger: Ledger) -> set[str]:
        return {one["id"] for one in (await ledger.messages_page({}, None, 100))["items"]}

    async def shredded(self, ledger: Ledger, number: int = 1) -> NewMessage:
        message = await self.bygone(ledger, number)
        assert await ledger.shred(BEFORE, 100) == (1, False)
        return message

    async def test_removed_messages_are_gone_and_every_sheet_says_what_it_said(self, ledger: Ledger) -> None:
        """Delivered, refused, replayed and taken back, two destinations of one message, two days: all add up."""
        await self.bygone(ledger, 1)
        refused, replayed = await self.long_ago(ledger, 2), await self.long_ago(ledger, 3)
        await self.carry(ledger, refused.deliveries[0], Refused(a_fault("R", "refused")))
        await self.carry(ledger, replayed.deliveries[0], dead())
        again, entry = DeliveryId("019a0000-0000-7000-8000-000000000009"), AuditEntry("admin", "x", "y", "thử")
        await ledger.replay(replayed.deliveries[0].id, again, entry)
        await ledger.discard(again, entry)
        two = a_message(a_delivery(lane=False), a_delivery(destination="payment", lane=False), accepted_at=OLD)
        await ledger.accept([two])
        for delivery in two.deliveries:
            await self.carry(ledger, delivery)
        young = await self.record(ledger, a_delivery(lane=False))
        told = [await ledger.balance(day) for day in (None, DAY)]
        assert await ledger.shred(BEFORE, 100) == (4, False)
        assert await ledger.remove(BEFORE, 3) == (3, True)
        assert [await ledger.balance(day) for day in (None, DAY)] == told
        assert await ledger.remove(BEFORE, 3) == (1, False)
        assert [await ledger.balance(day) for day in (None, DAY)] == told
        assert (told[1]["accepted"], told[1]["balance"]) == (5, 0)
        assert await self.ids(ledger) == {young.id}
        page = await ledger.deliveries_page({}, None, 100)
        assert [one["id"] for one in page["items"]] == [young.deliveries[0].id]

    async def test_only_what_is_shredded_and_old_enough_is_removed(self, ledger: Ledger) -> None:
        died, done = await self.long_ago(ledger, 1), await self.shredded(ledger, 2)
        await self.carry(ledger, died.deliveries[0], dead())
        later = await self.bygone(ledger, 3)
        await self.record(ledger, a_delivery(lane=False))
        assert await ledger.remove(OLD, 100) == (0, False)
        assert await ledger.remove(BEFORE, 100) == (1, False)
        assert {died.id, later.id} <= await self.ids(ledger)
        assert done.id not in await self.ids(ledger)

    async def test_a_refused_delivery_that_holds_its_lane_stays_until_it_lets_go(self, ledger: Ledger) -> None:
        """Without its row nothing would ever let go what waits behind it."""
        message = await self.long_ago(ledger)
        [refused] = message.deliveries
        await self.carry(ledger, refused, Refused(a_fault("R", "refused")), after_refused="hold")
        behind = a_delivery()
        await self.record(ledger, behind, subject=message.subject)
        await self.record(ledger, a_delivery(lane=False))
        assert await self.states(ledger, refused, behind) == ["refused", "held"]
        assert await ledger.shred(BEFORE, 100) == (1, False)
        assert await ledger.remove(BEFORE, 100) == (0, False)
        await ledger.skip(refused.id, AuditEntry("admin", "delivery.skip", refused.id, "bỏ qua"))
        assert await self.state(ledger, behind) == "pending"
        assert await ledger.remove(BEFORE, 100) == (1, False)

    async def test_the_newest_message_stays_so_that_its_number_is_never_given_again(self, ledger: Ledger) -> None:
        await self.shredded(ledger)
        assert await ledger.remove(BEFORE, 100) == (0, False)
        await self.record(ledger, a_delivery(lane=False))
        assert await ledger.remove(BEFORE, 100) == (1, False)

    async def test_the_receipt_of_a_removed_delivery_is_still_proven(self, ledger: Ledger) -> None:
        message = await self.long_ago(ledger)
        [delivery] = message.deliveries
        await self.carry(ledger, delivery, receipt=a_receipt(1))
        await self.record(ledger, a_delivery(lane=False))
        await ledger.chain(SIGNER, 100)
        await ledger.shred(BEFORE, 100)
        assert await ledger.remove(BEFORE, 100) == (1, False)
        evidence = await ledger.receipts(delivery.id)
        assert evidence is not None
        proof = read_proof(write_proof(evidence.note, evidence.entries), SIGNER.public)
        assert list(proof.entries) == [{"kind": "receipt", "number": 1}]

    async def test_a_repeat_of_a_removed_message_is_a_new_message_and_keeps_its_place(self, ledger: Ledger) -> None:
        message = await self.shredded(ledger)
        await self.record(ledger, a_delivery(lane=False))
        await ledger.remove(BEFORE, 100)
        again = a_message(a_delivery(), subject=message.subject, source_id=message.source_id)
        [taken] = await ledger.accept([again])
        assert not taken.duplicate and taken.id == again.id
        await self.carry(ledger, again.deliveries[0])
        assert await self.state(ledger, again.deliveries[0]) == "delivered"
        assert (await ledger.balance())["balance"] == 0

    async def test_what_a_payment_still_waits_for_stays_and_the_payment_stays_for_ever(self, ledger: Ledger) -> None:
        opening = await self.begun(ledger, "r1", accepted_at=OLD)
        await self.ended(ledger, opening, "r1", None)
        await self.record(ledger, a_delivery(lane=False))
        assert await ledger.shred(BEFORE, 100) == (1, False)
        assert await ledger.remove(BEFORE, 100) == (0, False)
        assert await ledger.conclude_payment(paid("r1")) == "recorded"
        assert await ledger.remove(BEFORE, 100) == (1, False)
        assert (await self.known(ledger, "r1")).state == "paid"

    async def test_what_a_replay_has_not_looked_at_yet_stays(self, ledger: Ledger) -> None:
        died = await self.long_ago(ledger)
        await self.carry(ledger, died.deliveries[0], dead())
        await self.record(ledger, a_delivery(lane=False))
        job_id = await self.a_job(ledger, ALL)
        [again] = await self.step(ledger, job_id, 1)
        await self.end(ledger, again)
        assert await ledger.shred(BEFORE, 100) == (1, False)
        assert await ledger.remove(BEFORE, 100) == (0, False)
        await ledger.look_at_replay(job_id)
        assert await ledger.remove(BEFORE, 100) == (1, False)
        assert (await self.item_states(ledger, job_id))["passed"] == 1
