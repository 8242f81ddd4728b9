"""`GET_BILL` (§6): a receipt as an address or a file, late, under either spelling, and never a broken one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.payment.simulator import SimulatorSettings
from adapters.payment.simulator.attempts import Attempt
from adapters.payment.simulator.faults import Hold
from tests.adapters.payment_rig import (
    SAMPLE_SECRET,
    PaymentRig,
    asking_document,
    message_of,
    open_payment_rig,
    outbound,
    sample,
)
from tests.adapters.portal_rig import closed_port

SAMPLES = sample("04-get-bill.json")


def paid(rig: PaymentRig) -> Attempt:
    return rig.platform.pay(rig.known_attempt().reference)


async def failure(rig: PaymentRig, attempt: Attempt | None = None, /, **changes: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await rig.bill(attempt or paid(rig), **changes)
    return caught.value


@pytest.mark.parametrize("spelling", ["UrlBienLai", "URLBienLai"])
@pytest.mark.parametrize("code", [True, False])
async def test_the_file_behind_an_address_is_fetched_through_the_provinces_own_host(spelling: Any, code: bool) -> None:
    """The address names a host the province cannot reach: its beginning is replaced. Two spellings, code or none."""
    async with open_payment_rig(simulator=SimulatorSettings(receipt_field=spelling, receipt_code=code)) as rig:
        attempt = paid(rig)
        receipt = await rig.bill(attempt)
        assert receipt.answer.startswith(b"%PDF-1.7")
        assert attempt.transaction.encode() in receipt.answer
        message = message_of(receipt.reply, reference=attempt.reference)
        assert message["url"].startswith("http://127.0.0.1:")
        assert message["url"].endswith(f"/noi-bo/{attempt.transaction}.pdf")


async def test_without_downloading_the_address_is_passed_on_as_it_can_be_reached() -> None:
    async with open_payment_rig(
        download_receipts=False,
        receipt_prefix="https://bienlai.example.invalid",
        receipt_base="https://ss.example.invalid",
    ) as rig:
        attempt = paid(rig)
        receipt = await rig.bill(attempt)
        message = message_of(receipt.reply, reference=attempt.reference)
        assert message["url"] == f"https://ss.example.invalid/noi-bo/{attempt.transaction}.pdf"
        assert orjson.loads(receipt.answer)["MaLoi"] == "00"


async def test_an_address_that_begins_otherwise_stays_as_it_is() -> None:
    async with open_payment_rig(
        download_receipts=False,
        receipt_prefix="https://other.example.invalid",
        receipt_base="https://ss.example.invalid",
    ) as rig:
        attempt = paid(rig)
        message = message_of((await rig.bill(attempt)).reply, reference=attempt.reference)
        assert message["url"] == f"https://bienlai.example.invalid/noi-bo/{attempt.transaction}.pdf"


async def test_a_receipt_may_be_the_answer_itself() -> None:
    async with open_payment_rig(simulator=SimulatorSettings(receipt="pdf")) as rig:
        receipt = await rig.bill(paid(rig))
        assert receipt.answer.startswith(b"%PDF")
        assert receipt.reply is not None
        assert (receipt.reply.type, receipt.reply.mapping) == ("payment.receipt_issued.v1", "")
        assert receipt.reply.record == {"url": ""}


@pytest.mark.parametrize(
    ("content_type", "is_one"),
    [
        ("application/pdf", True),
        ("application/pdf; charset=binary", True),
        ("APPLICATION/PDF", True),
        ("application/octet-stream", True),
        ("application/json", False),
        ("text/plain", False),
    ],
)
async def test_a_file_is_known_by_its_content_type_and_its_first_bytes(content_type: str, is_one: bool) -> None:
    async with open_payment_rig() as rig:
        attempt = paid(rig)
        rig.answer(b"%PDF-1.7 ...", content_type=content_type)
        if is_one:
            assert (await rig.bill(attempt)).answer == b"%PDF-1.7 ..."
        else:
            assert isinstance(await failure(rig, attempt), UncertainError)


@pytest.mark.parametrize("text", ["Loi he thong", "", '{"MaLoi":"99"}'])
async def test_an_error_text_that_calls_itself_a_pdf_is_no_receipt(text: str) -> None:
    """The known trap: one client saves any non-empty body as .pdf."""
    async with open_payment_rig() as rig:
        rig.upset("error_as_pdf", text=text)
        error = await failure(rig)
        assert isinstance(error, TransientError)
        assert error.code == "RECEIPT_NOT_PDF"


@pytest.mark.parametrize("form", ["json", "pdf"])
async def test_a_receipt_that_is_not_there_yet_is_asked_for_again_less_and_less_often(form: Any) -> None:
    async with open_payment_rig(simulator=SimulatorSettings(receipt=form, receipt_not_ready=3)) as rig:
        attempt = paid(rig)
        pauses = []
        for number in (1, 2, 3):
            error = await failure(rig, attempt, attempt=number)
            assert isinstance(error, TransientError)
            assert error.code == "RECEIPT_NOT_READY"
            assert error.max_tries is not None
            pauses.append(error.retry_after)
        assert pauses == [timedelta(minutes=minutes) for minutes in (1, 2, 5)]
        assert (await rig.bill(attempt, attempt=4)).code == "00"


@pytest.mark.parametrize(
    "body", [b'{"MaLoi":"00","UrlBienLai":""}', b'{"MaLoi":"07","UrlBienLai":"https://a.example.invalid/x"}', b"{}"]
)
async def test_no_address_or_another_code_is_not_there_yet(body: bytes) -> None:
    async with open_payment_rig() as rig:
        attempt = paid(rig)
        rig.answer(body)
        assert (await failure(rig, attempt)).code == "RECEIPT_NOT_READY"
        rig.answer(body)
        error = await failure(rig, attempt, context={"transaction_time": attempt.time, "last_try": True})
        assert isinstance(error, PermanentError)
        assert error.code == "RECEIPT_NOT_READY"


async def test_the_samples_answers_are_read() -> None:
    async with open_payment_rig(
        download_receipts=False, secret=SAMPLE_SECRET, receipt_prefix="", receipt_base=""
    ) as rig:
        attempt = rig.known_attempt()
        rig.answer(orjson.dumps(SAMPLES["response_json"]))
        message = message_of((await rig.bill(attempt)).reply, reference=attempt.reference)
        assert message["url"] == SAMPLES["response_json"]["UrlBienLai"]
        rig.answer(orjson.dumps(SAMPLES["response_not_ready_assumed"]))
        assert (await failure(rig, attempt)).code == "RECEIPT_NOT_READY"


async def test_a_receipt_of_an_attempt_we_do_not_know_is_not_asked_for() -> None:
    """The time must be that of the paid attempt; an invented one cannot succeed."""
    async with open_payment_rig() as rig:
        attempt = paid(rig)
        for context in ({}, {"transaction_time": ""}):
            with pytest.raises(PermanentError) as caught:
                rig.adapter.prepare(outbound("GET_BILL", asking_document("GET_BILL", attempt), context=context))
            assert (caught.value.code, rig.calls()) == ("REFERENCE_UNKNOWN", 0)


async def test_the_literal_time_of_the_paid_attempt_goes_along() -> None:
    async with open_payment_rig() as rig:
        attempt = paid(rig)
        request = rig.asking("GET_BILL", attempt)
        assert (request.document["ThoiGianGD"], request.document["MaThamChieu"]) == (attempt.time, attempt.reference)
        assert (await failure(rig, attempt, context={"transaction_time": "20250612081003"})).code == "RECEIPT_NOT_READY"


async def test_the_host_of_a_file_that_is_away_never_stops_the_platform() -> None:
    """No breaker may count it: opening payments goes to another host."""
    async with open_payment_rig(receipt_base=f"{closed_port()}/") as rig:
        error = await failure(rig)
        assert isinstance(error, TransientError)
        assert (error.code, error.scope) == ("RECEIPT_UNREACHABLE", "message")
        assert error.max_tries is not None
        assert "CONNECT" in error.en


@pytest.mark.parametrize(
    ("fault", "how", "code"),
    [
        ("http_status", {"status": 404}, "RECEIPT_UNREACHABLE"),
        ("http_status", {"status": 503, "retry_after": "120"}, "RECEIPT_UNREACHABLE"),
        ("redirect", {"location": "/elsewhere"}, "RECEIPT_UNREACHABLE"),
        ("cut_in_answer", {}, "RECEIPT_UNREACHABLE"),
        ("html", {}, "RECEIPT_NOT_PDF"),
        ("empty", {}, "RECEIPT_NOT_PDF"),
        ("error_as_pdf", {}, "RECEIPT_NOT_PDF"),
    ],
)
async def test_a_file_that_does_not_come_is_asked_for_again(fault: str, how: dict[str, Any], code: str) -> None:
    async with open_payment_rig() as rig:
        attempt = paid(rig)
        rig.platform.next(_fault(fault, how), on="file")
        error = await failure(rig, attempt)
        assert isinstance(error, TransientError)
        assert (error.code, error.scope) == (code, "message")
        assert (await rig.bill(attempt)).answer.startswith(b"%PDF")


def _fault(name: str, how: dict[str, Any]) -> Any:
    from adapters.payment.simulator.faults import FAULTS

    return FAULTS[name](**how)


async def test_a_file_that_never_ends_is_given_up() -> None:
    async with open_payment_rig(timeout=timedelta(milliseconds=300)) as rig:
        attempt = paid(rig)
        rig.platform.next(Hold(), on="file")
        error = await failure(rig, attempt)
        assert (error.code, "TIMEOUT" in error.en) == ("RECEIPT_UNREACHABLE", True)


@pytest.mark.parametrize(
    "address", ["ftp://a.example.invalid/x", "file:///etc/passwd", "javascript:1", "x", "http://["]
)
async def test_an_address_that_is_none_is_not_fetched(address: str) -> None:
    async with open_payment_rig() as rig:
        attempt = paid(rig)
        rig.answer(orjson.dumps({"MaLoi": "00", "UrlBienLai": address}))
        error = await failure(rig, attempt)
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope) == ("RECEIPT_ADDRESS", "message")


async def test_only_named_hosts_are_fetched_from_where_some_are_named() -> None:
    async with open_payment_rig(receipt_hosts=["127.0.0.1"]) as rig:
        attempt = paid(rig)
        assert (await rig.bill(attempt)).answer.startswith(b"%PDF")
        rig.answer(b'{"MaLoi":"00","UrlBienLai":"http://localhost:1/x.pdf"}')
        before = rig.calls()
        assert (await failure(rig, attempt)).code == "RECEIPT_ADDRESS"
        assert rig.calls() == before + 1


async def test_a_receipt_of_a_payment_that_was_not_made_is_not_there() -> None:
    async with open_payment_rig() as rig:
        assert (await failure(rig, rig.known_attempt())).code == "RECEIPT_NOT_READY"
