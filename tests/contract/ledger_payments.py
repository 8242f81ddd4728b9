"""Payments and proof: one conclusion per payment, every second one flagged, uncertain deliveries settled by proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import StateError
from gateway.ledger.payments.port import Conclusion, Payment, PaymentBegun
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery
from gateway.message import Delivered, DeliveryState, Refused, Returned, Uncertain, Waiting
from gateway.security.seal import ShreddedError
from tests.builders import NOW, RING, a_begin, a_delivery, a_fault, a_message, a_settlement
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState
DOSSIER = "000.00.16.H46-250612-0042"


def an_opening(**changes: Any) -> NewDelivery:
    """A delivery that opens a payment: no lane."""
    values: dict[str, Any] = {"operation": "INIT", "route": "init", "mapping": None, "lane": False} | changes
    return a_delivery(destination="payment", **values)


def paid(reference: str, **changes: Any) -> Conclusion:
    """The platform says that it was paid."""
    values: dict[str, Any] = {
        "destination": "payment",
        "reference": reference,
        "outcome": "paid",
        "at": datetime.now(UTC),
        "told_by": "notification",
        "amount": 50_000,
        "currency": "VND",
        "transaction": f"T-{reference}",
    }
    return Conclusion(**(values | changes))


class PaymentContract(LedgerSuite):
    async def begun(self, ledger: Ledger, reference: str, *, again: bool = False, **message: Any) -> NewDelivery:
        """A payment whose INIT is under way."""
        opening = an_opening()
        values = {"subject": DOSSIER, "type": "vn.lienthong.payment.requested.v1"} | message
        await ledger.accept([a_message(opening, **values)])
        begin = a_begin(opening.id)
        assert await ledger.begin_attempt(
            begin._replace(payment=PaymentBegun(reference, "20250612081530", 50_000, "VND", again=again))
        )
        return opening

    async def ended(self, ledger: Ledger, opening: NewDelivery, reference: str, decision: Any, **more: Any) -> None:
        assert await ledger.settle(a_settlement(opening.id, decision, payment=reference, **more))

    async def known(self, ledger: Ledger, reference: str) -> Payment:
        found = await ledger.payment("payment", reference)
        assert found is not None
        return found

    async def audited(self, ledger: Ledger) -> list[str]:
        return [entry["action"] for entry in (await ledger.audit_page(None, 50))["items"]]

    async def receipted(self, ledger: Ledger, reference: str, pdf: bytes, **message: Any) -> None:
        """A receipt that was asked for and given."""
        request = a_delivery(destination="payment", operation="GET_BILL", route="receipt", mapping=None, lane=False)
        asked = a_message(request, subject=DOSSIER, type="vn.lienthong.payment.receipt_requested.v1", **message)
        sealed = RING.seal(f'{{"reference":"{reference}"}}'.encode(), asked.id)
        await ledger.accept([asked._replace(sealed=sealed)])
        assert await ledger.begin_attempt(a_begin(request.id))
        answer = RING.envelope(sealed, asked.id).seal_answer(pdf, request.id)
        assert await ledger.settle(a_settlement(request.id, answer=answer))

    async def test_a_receipt_whose_time_is_over_hides_no_other_of_the_same_dossier(self, ledger: Ledger) -> None:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        for reference in ("r1", "r2"):
            await self.ended(ledger, await self.begun(ledger, reference, again=True), reference, Delivered())
        await self.receipted(ledger, "r1", b"%PDF-1", accepted_at=long_ago)
        await self.receipted(ledger, "r2", b"%PDF-2")
        assert await ledger.receipt_of(await self.known(ledger, "r1")) == b"%PDF-1"
        assert await ledger.shred(long_ago + timedelta(days=1), 100) == (1, False)
        assert await ledger.receipt_of(await self.known(ledger, "r2")) == b"%PDF-2"
        with pytest.raises(ShreddedError):
            await ledger.receipt_of(await self.known(ledger, "r1"))

    async def test_one_payment_is_listed_by_its_reference(self, ledger: Ledger) -> None:
        for reference in ("r1", "r2", "r3"):
            await self.begun(ledger, reference)
        page = await ledger.payments_page({"destination": "payment", "reference": "r2"}, None, 1)
        assert ([one["reference"] for one in page["items"]], page["next"]) == (["r2"], None)

    async def test_a_payment_is_known_from_the_moment_its_attempt_begins(self, ledger: Ledger) -> None:
        await self.begun(ledger, "r1")
        payment = await self.known(ledger, "r1")
        assert (payment.state, payment.page_known, payment.amount, payment.subject) == ("open", False, 50_000, DOSSIER)
        assert payment.transaction_time == "20250612081530"

    async def test_an_answer_makes_the_page_known_and_a_lost_one_does_not(self, ledger: Ledger) -> None:
        for reference, decision in (("r1", Delivered()), ("r2", Uncertain(a_fault("TIMEOUT", "uncertain")))):
            opening = await self.begun(ledger, reference)
            await self.ended(ledger, opening, reference, decision)
        assert [(await self.known(ledger, one)).page_known for one in ("r1", "r2")] == [True, False]

    @pytest.mark.parametrize("decision", [Refused(a_fault("06", "refused")), Waiting(NOW, a_fault())])
    async def test_an_attempt_that_provably_was_not_taken_leaves_no_open_payment(
        self, ledger: Ledger, decision: Any
    ) -> None:
        opening = await self.begun(ledger, "r1")
        await self.ended(ledger, opening, "r1", decision)
        assert (await self.known(ledger, "r1")).state == "void"

    async def test_a_notification_settles_an_uncertain_opening_as_taken(self, ledger: Ledger) -> None:
        opening = await self.begun(ledger, "r1")
        await self.ended(ledger, opening, "r1", Uncertain(a_fault("TIMEOUT", "uncertain")))
        assert await ledger.conclude_payment(paid("r1")) == "recorded"
        assert await self.state(ledger, opening) == S.DELIVERED
        assert (await ledger.balance())["balance"] == 0

    async def test_a_notification_that_is_quicker_than_the_answer_wins_over_it(self, ledger: Ledger) -> None:
        """The page is no news any more, and a lost answer is no doubt any more."""
        opened = a_message(a_delivery(), type="vn.lienthong.payment.opened.v1")
        for reference, decision in (("r1", Delivered()), ("r2", Uncertain(a_fault("TIMEOUT", "uncertain")))):
            opening = await self.begun(ledger, reference, subject=f"{DOSSIER[:-1]}{reference[-1]}")
            assert await ledger.conclude_payment(paid(reference)) == "recorded"
            await self.ended(ledger, opening, reference, decision, replies=(opened,))
            assert await self.state(ledger, opening) == S.DELIVERED
        assert (await ledger.messages_page({"type": opened.type}, None, 10))["items"] == []

    async def test_one_conclusion_however_often_it_is_told(self, ledger: Ledger) -> None:
        await self.begun(ledger, "r1")
        settled = a_message(an_opening(stored_only=True), type="vn.lienthong.payment.settled.v1", source_id="r1/paid")
        told = paid("r1", messages=(settled,))
        assert [await ledger.conclude_payment(told) for _ in range(3)] == ["recorded", "duplicate", "duplicate"]
        assert len((await ledger.messages_page({"type": settled.type}, None, 10))["items"]) == 1

    async def test_what_nobody_knows_is_unknown(self, ledger: Ledger) -> None:
        assert await ledger.conclude_payment(paid("nothing")) == "unknown"

    @pytest.mark.parametrize("wrong", [{"amount": 49_999}, {"currency": "USD"}])
    async def test_another_amount_or_currency_is_not_believed_and_leaves_a_trace(
        self, ledger: Ledger, wrong: dict[str, Any]
    ) -> None:
        await self.begun(ledger, "r1")
        assert await ledger.conclude_payment(paid("r1", **wrong)) == "mismatch"
        assert (await self.known(ledger, "r1")).state == "open"
        assert await self.audited(ledger) == ["payment.mismatch"]

    async def test_the_second_paid_attempt_of_a_dossier_is_flagged_for_refund_and_the_first_is_not(
        self, ledger: Ledger
    ) -> None:
        for reference in ("r1", "r2"):
            await self.begun(ledger, reference)
        for reference in ("r2", "r1"):
            assert await ledger.conclude_payment(paid(reference)) == "recorded"
        assert [(await self.known(ledger, one)).refund for one in ("r2", "r1")] == [False, True]
        page = await ledger.payments_page({"refund": "true"}, None, 10)
        assert [one["reference"] for one in page["items"]] == ["r1"]

    async def test_a_payment_that_was_meant_to_be_a_second_one_is_not_flagged(self, ledger: Ledger) -> None:
        await self.begun(ledger, "r1")
        await self.begun(ledger, "r2", again=True)
        for reference in ("r1", "r2"):
            await ledger.conclude_payment(paid(reference))
        assert [(await self.known(ledger, one)).refund for one in ("r1", "r2")] == [False, False]

    async def test_another_transaction_under_a_paid_reference_is_flagged(self, ledger: Ledger) -> None:
        await self.begun(ledger, "r1")
        await ledger.conclude_payment(paid("r1"))
        assert await ledger.conclude_payment(paid("r1", transaction="T-other")) == "recorded"
        payment = await self.known(ledger, "r1")
        assert (payment.refund, payment.transaction) == (True, "T-r1")

    async def test_a_failure_after_a_payment_changes_nothing_and_leaves_a_trace(self, ledger: Ledger) -> None:
        await self.begun(ledger, "r1")
        await ledger.conclude_payment(paid("r1"))
        assert await ledger.conclude_payment(paid("r1", outcome="failed")) == "recorded"
        assert (await self.known(ledger, "r1")).state == "paid"
        assert await self.audited(ledger) == ["payment.failed_after_paid"]

    @pytest.mark.parametrize("before", ["failed", "expired"])
    async def test_what_failed_or_expired_may_still_be_paid(self, ledger: Ledger, before: str) -> None:
        await self.begun(ledger, "r1")
        assert await ledger.conclude_payment(paid("r1", outcome=before)) == "recorded"
        assert await ledger.conclude_payment(paid("r1")) == "recorded"
        assert (await self.known(ledger, "r1")).state == "paid"

    async def test_pages_of_payments_leave_none_out(self, ledger: Ledger) -> None:
        references = [f"r{number:02}" for number in range(23)]
        for reference in references:
            await self.begun(ledger, reference)
        found: list[str] = []
        cursor: str | None = None
        for _ in range(len(references)):
            page = await ledger.payments_page({}, cursor, 2)
            found += [one["reference"] for one in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert sorted(found) == references

    async def test_an_open_payment_is_watched_once(self, ledger: Ledger) -> None:
        await self.begun(ledger, "r1")
        await self.begun(ledger, "r2")
        await ledger.conclude_payment(paid("r2"))
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert [one.reference for one in await ledger.unwatched_payments(later, 10)] == ["r1"]
        watch = a_message(an_opening(operation="QUERY"), source_id="watch")
        assert [await ledger.watch_payment("payment", "r1", watch) for _ in range(2)] == [True, False]
        assert await ledger.unwatched_payments(later, 10) == []

    async def test_whoever_would_ask_later_asks_at_once_when_it_is_known_how_a_payment_ended(
        self, ledger: Ledger
    ) -> None:
        await self.begun(ledger, "r1")
        asking = an_opening(operation="QUERY")
        watch = a_message(asking, source="urn:gateway", source_id="r1/watch")
        assert await ledger.watch_payment("payment", "r1", watch)
        later = datetime.now(UTC) + timedelta(hours=1)
        await self.carry(ledger, asking, Waiting(later, a_fault("PAYMENT_PENDING")))
        assert await ledger.conclude_payment(paid("r1", watch=("urn:gateway", "r1/watch"))) == "recorded"
        due, _ = await ledger.take_due("payment", 10)
        assert asking.id in [one.id for one in due]
        assert (self.pending[-1].id, self.pending[-1].due_in) == (asking.id, 0)
        assert await self.state(ledger, asking) == S.PENDING

    async def test_a_sender_hears_once_that_its_page_was_lost_and_never_of_one_that_came(self, ledger: Ledger) -> None:
        lost, came = await self.begun(ledger, "r1"), await self.begun(ledger, "r2")
        await self.ended(ledger, lost, "r1", Uncertain(a_fault("TIMEOUT", "uncertain")))
        await self.ended(ledger, came, "r2", Delivered())
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert [one.reference for one in await ledger.unopened_payments(later, 10)] == ["r1"]
        told = a_message(an_opening(stored_only=True), source_id="told")
        assert [await ledger.tell_not_opened("payment", "r1", told) for _ in range(2)] == [True, False]
        assert not await ledger.tell_not_opened("payment", "r2", a_message(source_id="never"))

    async def test_proof_settles_what_was_uncertain_and_lets_its_lane_go_on(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, Uncertain(a_fault("TIMEOUT", "uncertain")))
        [unproven] = await ledger.unproven(10)
        assert (unproven.delivery_id, unproven.fence) == (first.id, 1)
        assert await ledger.unproven(10, first.id) == []
        assert await ledger.resolve(a_settlement(first.id, Delivered()))
        assert await self.states(ledger, first, second) == [S.DELIVERED, S.PENDING]
        assert not await ledger.resolve(a_settlement(first.id, Delivered()))
        assert (await ledger.balance())["balance"] == 0

    async def test_what_is_proven_not_taken_is_pending_again(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, Uncertain(a_fault("TIMEOUT", "uncertain")))
        assert await ledger.resolve(a_settlement(delivery.id, Returned(NOW, a_fault())))
        assert await self.state(ledger, delivery) == S.PENDING
        assert await ledger.begin_attempt(a_begin(delivery.id, 2))

    async def test_a_proof_about_an_older_attempt_proves_nothing(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, Uncertain(a_fault("TIMEOUT", "uncertain")))
        assert not await ledger.resolve(a_settlement(delivery.id, Delivered(), fence=2))
        assert await self.state(ledger, delivery) == S.UNCERTAIN

    async def test_answers_are_found_by_what_they_answer(self, ledger: Ledger) -> None:
        question = await self.record(ledger, a_delivery())
        answer = a_message(a_delivery(stored_only=True), causation_id=question.id, source_id="answer")
        await ledger.accept([answer])
        assert [one.id for one in await ledger.replies_of(question.id)] == [answer.id]
        newest = await ledger.latest_message(question.subject, question.type)
        assert newest is not None
        assert newest.id == answer.id

    async def test_what_was_paid_while_a_person_thought_is_not_decided_any_more(self, ledger: Ledger) -> None:
        opening = await self.begun(ledger, "r1")
        await self.ended(ledger, opening, "r1", Uncertain(a_fault("TIMEOUT", "uncertain")))
        assert await ledger.conclude_payment(paid("r1")) == "recorded"
        entry = AuditEntry("admin", "delivery.decide", opening.id, "đã gọi điện hỏi")
        with pytest.raises(StateError):
            await ledger.decide(a_settlement(opening.id, Returned(datetime.now(UTC), a_fault())), entry)
        assert await self.state(ledger, opening) == S.DELIVERED

    async def test_an_opening_sent_again_by_hand_leaves_its_first_reference_watched(self, ledger: Ledger) -> None:
        opening = await self.begun(ledger, "r1")
        await self.ended(ledger, opening, "r1", Uncertain(a_fault("TIMEOUT", "uncertain")))
        entry = AuditEntry("admin", "delivery.decide", opening.id, "Nền tảng báo không có")
        await ledger.decide(a_settlement(opening.id, Returned(datetime.now(UTC), a_fault())), entry)
        again = PaymentBegun("r2", "20250612091530", 50_000, "VND")
        assert await ledger.begin_attempt(a_begin(opening.id, 2)._replace(payment=again))
        await self.ended(ledger, opening, "r2", Delivered(), fence=2)
        assert [(one.reference, one.state) for one in await ledger.payments_of(DOSSIER)] == [
            ("r1", "open"),
            ("r2", "open"),
        ]
        assert await ledger.conclude_payment(paid("r2")) == "recorded"
        assert await ledger.conclude_payment(paid("r1")) == "recorded"  # the payer found the old page all the same
        assert (await self.known(ledger, "r1")).refund
