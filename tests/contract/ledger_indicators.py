"""Indicators: of every dossier the newest snapshot counts once, whatever is repeated, late, killed or counted anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.ledger.indicators.port import SETTLED, Counted
from gateway.ledger.payments.port import PaymentBegun
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.services.port import Service
from gateway.message import Delivered, DeliveryId, Refused
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot, dead
from tests.contract.indicator_desk import CODE, DAY, FAR, a_document, count, figures, sums, tell
from tests.contract.ledger_payments import an_opening, paid
from tests.contract.ledger_suite import LedgerSuite

LATER = "2025-03-12"
OTHER = "000.00.16.H46-250310-0002"
ENTRY = AuditEntry("admin", "indicators.recount", "indicators", "kiểm tra")
DONE = {"status": "completed", "finished_at": "2025-03-11T10:00:00+07:00"}


class IndicatorContract(LedgerSuite):
    async def pay(self, ledger: Ledger, code: str, reference: str = "r1") -> None:
        """A payment of the dossier is opened and confirmed."""
        opening = an_opening()
        await ledger.accept([a_message(opening, subject=code, type="vn.lienthong.payment.requested.v1")])
        begun = PaymentBegun(reference, "20250612081530", 50_000, "VND")
        assert await ledger.begin_attempt(a_begin(opening.id)._replace(payment=begun))
        assert await ledger.settle(a_settlement(opening.id, Delivered(), payment=reference))
        told = a_message(a_delivery(destination="onestop/x", lane=False), subject=code, type=SETTLED)
        assert await ledger.conclude_payment(paid(reference, messages=(told,))) == "recorded"

    async def test_a_dossier_counts_once_however_often_it_is_told(self, ledger: Ledger) -> None:
        for _ in range(3):
            await tell(ledger, a_document())
        await tell(ledger, a_document(OTHER, channel="counter"))
        await count(ledger)
        await count(ledger)
        found = await sums(ledger)
        assert (found["received"], found["online"], found["digitised"], found["reused"]) == (2, 1, 2, 2)
        assert "finished" not in found

    async def test_what_was_read_and_not_noted_is_given_again_and_noted_once(self, ledger: Ledger) -> None:
        """A process is killed in between, or two count at once."""
        await tell(ledger, a_document())
        first, again = await ledger.messages_to_count(10), await ledger.messages_to_count(10)
        assert first is not None and again is not None
        assert [one.id for one in first.messages] == [one.id for one in again.messages]
        assert await ledger.note_facts(Counted(first.after, first.up_to), "national_portal")
        assert not await ledger.note_facts(Counted(again.after, again.up_to), "national_portal")
        assert await ledger.messages_to_count(10) is None

    async def test_an_older_snapshot_that_comes_late_changes_nothing(self, ledger: Ledger) -> None:
        await tell(ledger, a_document(**DONE), sequence="7")
        await count(ledger)
        await tell(ledger, a_document(), sequence="6")
        await count(ledger)
        assert (await sums(ledger))["finished"] == 1

    async def test_a_late_correction_changes_the_days_that_were_told_before(self, ledger: Ledger) -> None:
        await tell(ledger, a_document(**DONE))
        await count(ledger)
        assert (await sums(ledger, DAY, DAY))["received"] == 1
        assert (await sums(ledger, "2025-03-11", "2025-03-11"))["in_time"] == 1
        other = {"code": "000.00.17.H46", "name": "Ủy ban nhân dân xã Mẫu"}
        moved = {**DONE, "finished_at": "2025-03-12T10:00:00+07:00", "agency": other}
        await tell(ledger, a_document(received_at="2025-03-09T08:00:00+07:00", **moved))
        await count(ledger)
        assert await sums(ledger, DAY, "2025-03-11", cutoff=datetime(2025, 3, 11, tzinfo=UTC)) == {}
        there = (await figures(ledger)).units
        assert [one.agency for one in there if one.counts["received"]] == ["000.00.17.H46"]
        assert "in_time" not in await sums(ledger) and (await sums(ledger))["judged"] == 1

    async def test_a_dossier_that_is_withdrawn_leaves_every_sum(self, ledger: Ledger) -> None:
        await tell(ledger, a_document())
        await count(ledger)
        await tell(ledger, a_document(status="withdrawn"))
        await count(ledger)
        assert await sums(ledger) == {}

    async def test_only_the_newest_state_that_was_taken_is_synchronised(self, ledger: Ledger) -> None:
        first, second = a_snapshot("processing"), a_snapshot("completed")
        await tell(ledger, a_document(), first)
        await count(ledger)
        assert "synchronised" not in await sums(ledger)
        await self.carry(ledger, first)
        await count(ledger)
        assert (await sums(ledger))["synchronised"] == 1
        await tell(ledger, a_document(**DONE), second)
        await count(ledger)
        assert "synchronised" not in await sums(ledger)
        await self.carry(ledger, second, Refused(a_fault("NO", "refused")))
        await count(ledger)
        found = await sums(ledger)
        assert "synchronised" not in found and (found["received"], found["finished"]) == (1, 1)

    async def test_what_died_is_synchronised_once_its_replay_was_taken(self, ledger: Ledger) -> None:
        first = a_snapshot("processing")
        await tell(ledger, a_document(), first)
        await self.carry(ledger, first, dead())
        await count(ledger)
        again = DeliveryId(f"{first.id[:-1]}{'0' if first.id[-1] != '0' else '1'}")
        await ledger.replay(first.id, again, AuditEntry("admin", "delivery.replay", first.id, "sửa xong"))
        await count(ledger)
        assert "synchronised" not in await sums(ledger)
        assert await ledger.begin_attempt(a_begin(again)) and await ledger.settle(a_settlement(again))
        await count(ledger)
        assert (await sums(ledger))["synchronised"] == 1

    async def test_a_payment_counts_whether_it_is_heard_of_before_the_dossier_or_after(self, ledger: Ledger) -> None:
        await self.pay(ledger, CODE)
        await count(ledger)
        await tell(ledger, a_document())
        await tell(ledger, a_document(OTHER))
        await count(ledger)
        found = await sums(ledger)
        assert (found["fee_bearing"], found["paid_online"]) == (2, 1)
        await self.pay(ledger, OTHER, "r2")
        await count(ledger)
        assert (await sums(ledger))["paid_online"] == 2

    async def test_what_a_sender_says_of_a_payment_is_counted_apart(self, ledger: Ledger) -> None:
        await tell(ledger, a_document(online_payment="national_platform"))
        await tell(ledger, a_document(OTHER, fees=[], online_payment="national_platform"))
        await count(ledger)
        found = await sums(ledger)
        assert (found["fee_bearing"], found.get("paid_online", 0), found["paid_declared"]) == (1, 0, 1)

    async def test_overdue_is_what_was_late_and_unfinished_at_a_moment(self, ledger: Ledger) -> None:
        await tell(ledger, a_document())
        await tell(ledger, a_document(OTHER, status="completed", finished_at="2025-03-12T10:00:00+07:00"))
        await count(ledger)
        due = datetime(2025, 3, 11, 10, 0, tzinfo=UTC)  # 17:00 in Việt Nam
        for cutoff, late in ((due, 0), (due + timedelta(hours=1), 2), (FAR, 1)):
            assert (await sums(ledger, cutoff=cutoff)).get("overdue", 0) == late

    async def test_sums_are_of_the_units_and_the_level_asked_for(self, ledger: Ledger) -> None:
        await tell(ledger, a_document())
        district = {"code": "000.00.17.H46", "name": "Huyện Mẫu"}
        await tell(ledger, a_document(OTHER, agency=district, level="district"))
        await count(ledger)
        assert await ledger.indicator_agencies(DAY, DAY) == ["000.00.16.H46", "000.00.17.H46"]
        assert (await sums(ledger, agencies=("000.00.17.H46",)))["received"] == 1
        assert (await sums(ledger, agencies=())) == {}
        [unit] = (await figures(ledger, level="district")).units
        assert (unit.agency, unit.counts["received"], unit.counts["overdue"]) == ("000.00.17.H46", 1, 1)
        found = await figures(ledger)
        assert [(one.day, one.counts["received"]) for one in found.days] == [(DAY, 2)]
        assert sorted((one.procedure, one.level) for one in found.procedures) == [
            ("1.001193", "commune"), ("1.001193", "district"),
        ]  # fmt: skip

    async def test_what_was_offered_online_by_then_is_counted_apart(self, ledger: Ledger) -> None:
        await tell(ledger, a_document())
        await tell(ledger, a_document(OTHER, received_at="2025-03-12T08:30:00+07:00"))
        await count(ledger)
        assert "offered_received" not in await sums(ledger)
        entry = AuditEntry("admin", "services.import", "services", "đưa lên")
        await ledger.put_services([Service("1.001193", "commune", offered_on="2025-03-11")], [], entry)
        found = await sums(ledger)
        assert (found["received"], found["offered_received"], found["offered_online"]) == (2, 1, 1)

    async def test_counting_anew_gives_the_same_sums_and_mends_what_was_wrong(self, ledger: Ledger) -> None:
        first = a_snapshot("completed")
        await tell(ledger, a_document(**DONE), first)
        await tell(ledger, a_document(OTHER, channel="counter"))
        await self.carry(ledger, first)
        await self.pay(ledger, CODE)
        await count(ledger)
        before = await figures(ledger)
        assert (await ledger.counting_state()).recounting is False
        await ledger._write(  # type: ignore[attr-defined]  # sums that nothing could have made
            lambda c, _: c.exec_driver_sql("UPDATE indicator_day SET received = received + 5, synchronised = 0")
        )
        assert await figures(ledger) != before
        await ledger.recount(ENTRY)
        assert (await ledger.counting_state()).recounting is True
        assert (await ledger.audit_page(None, 1))["items"][0]["action"] == "indicators.recount"
        await count(ledger)
        assert await figures(ledger) == before
        state = await ledger.counting_state()
        assert (state.reached, state.recounting, state.unreadable) == (state.last, False, 0)

    async def test_facts_outlive_the_body_and_counting_anew(self, ledger: Ledger) -> None:
        old = datetime(2020, 1, 1, tzinfo=UTC)
        first, waits = a_snapshot("processing"), a_snapshot("processing")
        await tell(ledger, a_document(), first, accepted_at=old)
        await self.carry(ledger, first)
        assert await ledger.shred(old + timedelta(days=1), 10, up_to=(await ledger.counting_state()).reached) == (
            0, False,
        )  # fmt: skip
        await count(ledger)
        before = await figures(ledger)
        reached = (await ledger.counting_state()).reached
        assert await ledger.shred(old + timedelta(days=1), 10, up_to=reached) == (1, False)
        await ledger.recount(ENTRY)
        await count(ledger)
        assert await figures(ledger) == before
        assert (await ledger.counting_state()).unreadable == 1
        # The rows go as well, then a payment is heard of, then everything is counted anew: it was synchronised.
        await self.record(ledger, a_delivery(lane=False))
        assert await ledger.remove(old + timedelta(days=1), 10) == (1, False)
        await self.pay(ledger, CODE)
        for _ in range(2):
            await count(ledger)
            found = await sums(ledger)
            assert (found["synchronised"], found["paid_online"]) == (1, 1)
            await ledger.recount(ENTRY)
        await tell(ledger, a_document(**DONE), waits)
        await count(ledger)
        assert (await sums(ledger))["finished"] == 1

    async def test_many_portions_and_many_open_dossiers_are_gone_through(self, ledger: Ledger) -> None:
        deliveries = [a_snapshot("processing") for _ in range(7)]
        for number, delivery in enumerate(deliveries):
            await tell(ledger, a_document(f"000.00.16.H46-250310-{number + 1:04}"), delivery)
        await count(ledger)
        for delivery in deliveries[::2]:
            await self.carry(ledger, delivery)
        after: str | None = ""
        pages = 0
        while after is not None:
            after = await ledger.settle_facts("national_portal", after, 3)
            pages += 1
        assert pages == 3
        assert (await sums(ledger))["synchronised"] == 4
