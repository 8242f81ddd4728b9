"""`QUERY` (§5): asked with growing pauses until paid or failed, never believed too early, never given up silently."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.payment.simulator import SimulatorSettings
from tests.adapters.payment_rig import SAMPLE_SECRET, PaymentRig, message_of, open_payment_rig, sample

SAMPLES = sample("03-query.json")
MINUTES = timedelta(minutes=1)


async def failure(rig: PaymentRig, state: Any = None, **changes: Any) -> DeliveryError:
    """What comes of asking about a known attempt, `state` being what the platform says of it."""
    if state is not None:
        rig.upset("other_echo", field="TrangThaiGD", value=state)
    with pytest.raises(DeliveryError) as caught:
        await rig.query(rig.known_attempt(), **changes)
    return caught.value


@pytest.mark.parametrize(("end", "outcome", "state"), [("pay", "paid", "1"), ("fail", "failed", "4")])
async def test_a_final_state_is_the_payments_outcome(end: str, outcome: str, state: str) -> None:
    async with open_payment_rig() as rig:
        attempt = rig.known_attempt()
        ended = getattr(rig.platform, end)(attempt.reference)
        receipt = await rig.query(attempt)
        assert receipt.facts == {"outcome": outcome, "state": state}
        message = message_of(receipt.reply)
        assert (message["outcome"], message["reference"]) == (outcome, attempt.reference)
        assert (message["amount"], message["currency"]) == (100000, "VND")
        assert (message["transaction"], message["bank"]) == (ended.transaction, "NHGIALAP")


@pytest.mark.parametrize(("name", "outcome"), [("response_paid", "paid"), ("response_failed", "failed")])
async def test_the_samples_answers_are_read(name: str, outcome: str) -> None:
    async with open_payment_rig(secret=SAMPLE_SECRET) as rig:
        attempt = rig.known_attempt()
        rig.answer(orjson.dumps({**SAMPLES[name], "MaThamChieu": attempt.reference}))
        assert message_of((await rig.query(attempt)).reply)["outcome"] == outcome


async def test_a_question_is_the_samples_to_the_letter() -> None:
    sent = SAMPLES["request"]
    async with open_payment_rig(secret=SAMPLE_SECRET) as rig:
        attempt = rig.known_attempt()
        request = rig.asking("QUERY", attempt)
        assert {**request.document, "MaThamChieu": "", "MaXacThuc": ""} == {**sent, "MaThamChieu": "", "MaXacThuc": ""}


@pytest.mark.parametrize("state", ["1", 1, " 1 "])
async def test_a_state_is_read_as_text_or_number(state: Any) -> None:
    async with open_payment_rig() as rig:
        attempt = rig.known_attempt()
        rig.platform.pay(attempt.reference)
        rig.upset("other_echo", field="TrangThaiGD", value=state)
        assert message_of((await rig.query(attempt)).reply)["outcome"] == "paid"


async def test_an_amount_the_platform_leaves_out_is_not_invented() -> None:
    """§5: SoTien may be null; the gateway then compares nothing and knows its own."""
    async with open_payment_rig() as rig:
        attempt = rig.known_attempt()
        rig.platform.fail(attempt.reference)
        rig.upset("other_echo", field="SoTien", value=None)
        reply = (await rig.query(attempt)).reply
        assert reply is not None
        assert "SoTien" not in reply.record


@pytest.mark.parametrize("state", ["0", "2", "3"])
@pytest.mark.parametrize(("attempt", "minutes"), [(1, 1), (2, 2), (3, 5), (4, 10), (5, 30), (6, 60), (7, 60), (40, 60)])
async def test_a_state_that_is_not_final_is_asked_about_again_less_and_less_often(
    state: str, attempt: int, minutes: int
) -> None:
    async with open_payment_rig() as rig:
        error = await failure(rig, state, attempt=attempt)
        assert isinstance(error, TransientError)
        assert (error.code, error.retry_after) == ("PAYMENT_PENDING", minutes * MINUTES)
        assert error.scope == "message"


async def test_a_payer_who_takes_his_time_is_no_fault_of_the_platform() -> None:
    # The gateway's breaker counts transient errors that name no bound: then a few slow payers would stop all payments.
    async with open_payment_rig() as rig:
        error = await failure(rig)
        assert isinstance(error, TransientError)
        assert error.max_tries is not None
        assert error.max_tries > 100


async def test_the_pauses_are_settings() -> None:
    async with open_payment_rig(query_pauses=["2s", "7s"]) as rig:
        errors = [await failure(rig, "2", attempt=number) for number in (1, 2, 3)]
        assert [error.retry_after.total_seconds() for error in errors if isinstance(error, TransientError)] == [2, 7, 7]


@pytest.mark.parametrize("state", ["0", "2"])
async def test_a_payment_nobody_finished_ends_with_its_schedule(state: str) -> None:
    async with open_payment_rig(simulator=SimulatorSettings.model_validate({"created_state": state})) as rig:
        receipt = await rig.query(rig.known_attempt(), context={"last_try": True})
        assert (receipt.facts["outcome"], receipt.facts["state"], receipt.reply) == ("expired", state, None)


async def test_a_payment_the_platform_itself_is_unsure_of_is_a_persons_at_the_end() -> None:
    """§5: the live client marks it as checked and never asks again."""
    async with open_payment_rig() as rig:
        attempt = rig.known_attempt()
        rig.platform.pend(attempt.reference)
        with pytest.raises(TransientError):
            await rig.query(attempt)
        with pytest.raises(PermanentError) as caught:
            await rig.query(attempt, context={"last_try": True})
        assert (caught.value.code, caught.value.scope) == ("PAYMENT_STILL_PENDING", "message")


@pytest.mark.parametrize("end", ["pay", "fail"])
async def test_a_doubt_that_is_resolved_is_heard_of(end: str) -> None:
    async with open_payment_rig() as rig:
        attempt = rig.known_attempt()
        rig.platform.pend(attempt.reference)
        getattr(rig.platform, end)(attempt.reference)
        assert (await rig.query(attempt)).facts["outcome"] == {"pay": "paid", "fail": "failed"}[end]


@pytest.mark.parametrize("code", ["01", "05", "99", "77"])
async def test_a_question_that_did_not_work_says_nothing_of_the_payment(code: str) -> None:
    """§5: MaLoi says whether the query worked. Its values are assumed, "not found" too."""
    async with open_payment_rig() as rig:
        rig.upset("refuse", code=code)
        error = await failure(rig, attempt=2)
        assert isinstance(error, TransientError)
        assert (error.code, error.retry_after, code in error.vi) == ("QUERY_REFUSED", 2 * MINUTES, True)
        rig.upset("refuse", code=code)
        assert isinstance(await failure(rig, context={"last_try": True}), PermanentError)


async def test_a_gateway_in_between_that_says_no_is_no_answer_either() -> None:
    async with open_payment_rig() as rig:
        rig.upset("gateway_refuses")
        error = await failure(rig)
        assert isinstance(error, TransientError)
        assert error.code == "QUERY_REFUSED"


@pytest.mark.parametrize("state", ["9", "", None, [], "Lê Thị"])
async def test_a_state_that_no_document_knows_is_neither_believed_nor_shown(state: Any) -> None:
    async with open_payment_rig() as rig:
        error = await failure(rig, [] if state is None else state)
        assert isinstance(error, TransientError)
        assert (error.code, "Lê" in error.vi) == ("STATE_UNNAMED", False)
        rig.upset("without", field="TrangThaiGD")
        assert isinstance(await failure(rig, context={"last_try": True}), PermanentError)


@pytest.mark.parametrize("field", ["MaThamChieu", "ThoiGianGD"])
async def test_the_answer_to_another_question_is_not_believed(field: str) -> None:
    async with open_payment_rig() as rig:
        rig.upset("other_echo", field=field, value="X")
        error = await failure(rig)
        assert isinstance(error, UncertainError)
        assert error.code == "OTHER_ANSWER"


async def test_a_wrapped_answer_is_read() -> None:
    async with open_payment_rig(simulator=SimulatorSettings(wrap=True)) as rig:
        attempt = rig.known_attempt()
        rig.platform.pay(attempt.reference)
        assert (await rig.query(attempt)).facts["outcome"] == "paid"


async def test_the_probe_asks_about_a_reference_that_nobody_uses() -> None:
    async with open_payment_rig() as rig:
        await rig.adapter.probe()
        assert (rig.calls(), len(rig.platform.effects)) == (1, 0)
        rig.upset("refuse", code="05")
        await rig.adapter.probe()
        rig.upset("html")
        with pytest.raises(TransientError):
            await rig.adapter.probe()
