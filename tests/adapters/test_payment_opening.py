"""`INIT` (§3): what is made before the first byte, what an answer means, and that nothing is sent twice blindly."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from adapters.contract import (
    DeliveryError,
    OpenPayment,
    PermanentError,
    RefusedError,
    Taken,
    UncertainError,
    Unknown,
)
from adapters.payment import SPEC
from adapters.payment.asking import reference, transaction_time
from adapters.payment.codes import REFUSALS
from adapters.payment.settings import PaymentSettings
from adapters.payment.signing import INIT_FIELDS, check_value
from adapters.payment.simulator import SimulatorSettings
from tests.adapters.payment_rig import (
    AFTERNOON,
    DOSSIER,
    FAR,
    NOON,
    SAMPLE_SECRET,
    PaymentRig,
    init_document,
    message_of,
    open_payment_rig,
    outbound,
    sample,
    settings_for,
)

ACCOUNTS = [
    {"procedure": "1.001612", "agency": "000.00.09.H46", "account": "1", "bank_code": "B", "name": "N"},
    {"procedure": "1.001612", "account": "2", "bank_code": "B", "name": "N"},
    {"agency": "000.00.09.H46", "account": "3", "bank_code": "B", "name": "N"},
    {"account": "4", "bank_code": "B", "name": "N"},
]


async def failure(rig: PaymentRig, **changes: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await rig.open(**changes)
    return caught.value


async def test_an_opened_payment_gives_its_page_under_our_reference() -> None:
    async with open_payment_rig() as rig:
        prepared = rig.opening()
        receipt = await rig.adapter.deliver(prepared.request)
        message = message_of(receipt.reply)
        assert message["reference"] == prepared.keys["MaThamChieu"]
        assert message["page_url"].endswith("/pay?ref=" + prepared.keys["MaThamChieu"])
        assert (receipt.code, receipt.facts) == ("00", {"reference": prepared.keys["MaThamChieu"]})


async def test_what_is_committed_before_the_first_byte_is_what_goes_out() -> None:
    async with open_payment_rig() as rig:
        prepared = rig.opening()
        assert rig.platform.calls == 0
        assert dict(prepared.keys) == {
            "MaThamChieu": "dvc0000009H46250612000720250612121002_0000000001",
            "ThoiGianGD": "20250612121002",
            "SoTien": "100000",
            "MaTienTe": "VND",
        }
        assert prepared.payment == OpenPayment(prepared.keys["MaThamChieu"], prepared.keys["ThoiGianGD"], 100000, "VND")
        await rig.adapter.deliver(prepared.request)
        [done] = rig.platform.effects
        assert (done.key, done.details["time"]) == (prepared.keys["MaThamChieu"], "20250612121002")


async def test_the_samples_request_comes_out_to_the_letter_with_its_own_keys() -> None:
    sent = sample("01-init.json")["request"]
    async with open_payment_rig(
        partner="H46-GIALAP", secret=SAMPLE_SECRET, server_ip="192.0.2.10", simulator=SimulatorSettings()
    ) as rig:
        made = dict(rig.opening({**sent, "MaXacThuc": "", "Ip": ""}).request.document)
        keys = {name: sent[name] for name in ("MaThamChieu", "ThoiGianGD")}
        assert {**made, **keys, "MaXacThuc": check_value(INIT_FIELDS, {**made, **keys}, SAMPLE_SECRET)} == sent


async def test_every_attempt_has_a_reference_of_its_own() -> None:
    async with open_payment_rig() as rig:
        assert len({rig.opening().keys["MaThamChieu"] for _ in range(20)}) == 20
    async with SPEC.open(settings_for()) as adapter:
        made = {adapter.prepare(outbound("INIT", init_document())).keys["MaThamChieu"] for _ in range(200)}  # type: ignore[attr-defined]
        assert len(made) == 200


@pytest.mark.parametrize(
    ("subject", "length", "made"),
    [
        (DOSSIER, 50, "dvc0000009H46250612000720250612121002_0123456789"),
        (DOSSIER, 47, "dvc0000009H462506120007_0123456789"),
        (DOSSIER, 34, "dvc0000009H462506120007_0123456789"),
        (DOSSIER, 31, "0000009H462506120007_0123456789"),
        (DOSSIER, 20, "506120007_0123456789"),
        ("H46." * 20 + "1-250612-000701", 50, None),
    ],
)
def test_a_reference_keeps_its_random_end_whatever_its_length(subject: str, length: int, made: str | None) -> None:
    """§3, §10: lines that cut at 20 may not cut what makes it unique."""
    known = reference(subject, NOON, "0123456789", settings_for(reference_length=length))
    assert made is None or known == made
    assert len(known) <= length
    assert known.replace("_", "").isalnum() and known.endswith("_0123456789")


@pytest.mark.parametrize(("hours", "time"), [(24, "20250612140509"), (12, "20250612020509")])
def test_the_time_is_vietnamese_by_a_clock_of_24_hours_or_of_12(hours: int, time: str) -> None:
    """§3, trap: one live client sends 14:05 as 02."""
    assert transaction_time(AFTERNOON, settings_for(clock_hours=hours)) == time


async def test_a_twelve_hour_time_is_asked_about_letter_by_letter() -> None:
    async with open_payment_rig(clock=lambda: AFTERNOON, clock_hours=12) as rig:
        prepared = rig.opening()
        await rig.adapter.deliver(prepared.request)
        assert prepared.keys["ThoiGianGD"] == "20250612020509"
        deadline = asyncio.get_running_loop().time() + FAR
        assert isinstance(await rig.adapter.query(prepared.keys, deadline), Taken)
        other = {**prepared.keys, "ThoiGianGD": "20250612140509"}
        assert isinstance(await rig.adapter.query(other, deadline), Unknown)


async def test_partner_version_and_our_own_address_are_the_settings() -> None:
    async with open_payment_rig(version="1.0.7", server_ip="192.0.2.10") as rig:
        document = rig.opening().request.document
        assert (document["MaDoiTac"], document["PhienBan"], document["Ip"]) == ("H46-GIALAP", "1.0.7", "192.0.2.10")
        assert document["MaXacThuc"] == check_value(INIT_FIELDS, document, "sandbox")


@pytest.mark.parametrize(
    ("procedure", "agency", "known", "account"),
    [
        ("1.001612", "000.00.09.H46", ACCOUNTS, "1"),
        ("1.001612", "000.00.10.H46", ACCOUNTS, "2"),
        ("1.000111", "000.00.09.H46", ACCOUNTS, "3"),
        ("1.000111", "000.00.10.H46", ACCOUNTS, "4"),
        ("1.001612", "000.00.09.H46", ACCOUNTS[::-1], "1"),
    ],
)
async def test_the_account_is_the_one_that_fits_procedure_and_agency_best(
    procedure: str, agency: str, known: Any, account: str
) -> None:
    async with open_payment_rig(beneficiaries=known) as rig:
        document = init_document(procedure={"code": procedure}, agency={"code": agency, "name": "Đơn vị giả lập"})
        receipt = rig.opening(document).request.document["ThongTinBienLai"]
        assert (receipt["TKThuHuong"], receipt["MaNHThuHuong"], receipt["TenTKThuHuong"]) == (account, "B", "N")


async def test_the_account_of_the_request_wins() -> None:
    async with open_payment_rig(beneficiaries=ACCOUNTS) as rig:
        document = init_document(beneficiary={"account": "9", "bank_code": "C", "name": "M"})
        receipt = rig.opening(document).request.document["ThongTinBienLai"]
        assert (receipt["TKThuHuong"], receipt["MaNHThuHuong"], receipt["TenTKThuHuong"]) == ("9", "C", "M")


async def test_without_any_account_nothing_is_sent() -> None:
    async with open_payment_rig(beneficiaries=[]) as rig:
        with pytest.raises(PermanentError) as caught:
            rig.opening()
        assert (caught.value.code, caught.value.scope, rig.calls()) == ("NO_BENEFICIARY", "message", 0)
        assert "no beneficiary account configured" in caught.value.en


@pytest.mark.parametrize("field", [name for name in INIT_FIELDS if name not in ("SoTien", "MaThamChieu", "ThoiGianGD")])
async def test_a_bar_in_a_signed_field_is_not_sent(field: str) -> None:
    settings: dict[str, Any] = {
        "MaDoiTac": {"partner": "a|b"}, "PhienBan": {"version": "a|b"}, "Ip": {"server_ip": "a|b"},
    }.get(field, {})  # fmt: skip
    async with open_payment_rig(**settings) as rig:
        with pytest.raises(PermanentError) as caught:
            rig.opening({**init_document(), field: "a|b"})
        assert (caught.value.code, caught.value.field, rig.calls()) == ("BAR_IN_FIELD", field, 0)


async def test_nothing_to_pay_is_refused_before_anything_is_sent() -> None:
    async with open_payment_rig() as rig:
        with pytest.raises(RefusedError) as caught:
            rig.opening({**init_document(), "SoTien": "0"})
        assert (caught.value.code, rig.calls()) == ("AMOUNT_ZERO", 0)


@pytest.mark.parametrize("changes", [{"SoTien": "1.000"}, {"SoTien": ""}, {"ThongTinBienLai": None}])
async def test_a_document_of_the_wrong_shape_is_not_sent(changes: dict[str, Any]) -> None:
    async with open_payment_rig() as rig:
        with pytest.raises(PermanentError) as caught:
            rig.opening({**init_document(), **changes})
        assert caught.value.code == "DOCUMENT_SHAPE"


@pytest.mark.parametrize(("operation", "code"), [("REFUND", "UNKNOWN_OPERATION"), ("INIT", "DOCUMENT_SHAPE")])
async def test_only_a_prepared_document_of_a_known_operation_is_delivered(operation: str, code: str) -> None:
    async with open_payment_rig() as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.adapter.deliver(outbound(operation, init_document()))
        assert (caught.value.code, rig.calls()) == (code, 0)
        with pytest.raises(PermanentError):
            rig.adapter.prepare(outbound("REFUND", init_document()))
        with pytest.raises(PermanentError):
            rig.adapter.prepare(outbound("INIT", [init_document()]))


@pytest.mark.parametrize("wrap", [False, True])
async def test_an_answer_wrapped_by_a_provincial_gateway_is_read_alike(wrap: bool) -> None:
    """§3: {"error_code": "0", "message": "<json>"}."""
    async with open_payment_rig(simulator=SimulatorSettings(wrap=wrap)) as rig:
        assert "/pay?ref=dvc" in message_of((await rig.open()).reply)["page_url"]


@pytest.mark.parametrize(
    ("code", "shown"), [("-1", "GATEWAY_-1"), ("1", "GATEWAY_1"), ("Lê Thị", "GATEWAY_?"), ("", "GATEWAY_?")]
)
async def test_anything_but_0_in_the_wrapper_is_a_failed_init(code: str, shown: str) -> None:
    async with open_payment_rig() as rig:
        rig.upset("gateway_refuses", code=code, message="Unauthorized")
        error = await failure(rig)
        assert isinstance(error, RefusedError)
        assert error.code == shown


@pytest.mark.parametrize("inner", ['"xin chào"', "", "[]", "{", 5])
async def test_a_wrapper_around_nothing_readable_is_unclear(inner: Any) -> None:
    async with open_payment_rig() as rig:
        rig.answer(orjson.dumps({"error_code": "0", "message": inner}))
        assert isinstance(await failure(rig), UncertainError)


@pytest.mark.parametrize("code", ["01", "02", "03", "04", "05", "06", "07", "24", "99", "77", "0"])
async def test_any_code_but_00_is_a_refusal_under_its_own_name(code: str) -> None:
    """§8: only 00 is branched on; the rest are words."""
    async with open_payment_rig() as rig:
        rig.upset("refuse", code=code, message="Không nhận")
        error = await failure(rig)
        assert isinstance(error, RefusedError)
        assert (error.code, code in error.vi, code in error.en) == (code, True, True)


async def test_a_code_that_looks_like_none_is_not_shown() -> None:
    async with open_payment_rig() as rig:
        rig.upset("refuse", code="Lê Thị Mẫu Đơn")
        assert (await failure(rig)).code == "?"


async def test_a_refusal_beside_a_bad_request_status_counts_and_a_success_beside_one_does_not() -> None:
    async with open_payment_rig() as rig:
        rig.answer(b'{"MaLoi":"03"}', status=400)
        assert isinstance(await failure(rig), RefusedError)
        rig.answer(b'{"MaLoi":"00","UrlThanhToan":"https://a.example.invalid/"}', status=400)
        assert (await failure(rig)).code == "HTTP_400"
        rig.answer(b'{"MaLoi":"99"}', status=500)
        assert isinstance(await failure(rig), UncertainError)


async def test_no_code_at_all_is_unclear() -> None:
    async with open_payment_rig() as rig:
        rig.upset("without", field="MaLoi")
        error = await failure(rig)
        assert isinstance(error, UncertainError)
        assert (error.code, rig.effects()) == ("NO_CODE", 1)


@pytest.mark.parametrize("address", [None, "", "   ", "javascript:alert(1)", "/pay", "https://a b", 5])
async def test_a_success_without_a_usable_address_is_an_address_lost(address: Any) -> None:
    async with open_payment_rig() as rig:
        rig.upset("other_echo", field="UrlThanhToan", value=address)
        error = await failure(rig)
        assert isinstance(error, UncertainError)
        assert (error.code, rig.effects()) == ("PAGE_ADDRESS_LOST", 1)


@pytest.mark.parametrize("field", ["MaThamChieu", "ThoiGianGD"])
async def test_an_answer_to_another_request_is_not_believed(field: str) -> None:
    async with open_payment_rig() as rig:
        rig.upset("other_echo", field=field, value="20250101000000")
        error = await failure(rig)
        assert isinstance(error, UncertainError)
        assert error.code == "OTHER_ANSWER"


@pytest.mark.parametrize("field", ["MaThamChieu", "ThoiGianGD", "MaXacThuc"])
async def test_what_an_answer_does_not_repeat_is_not_held_against_it(field: str) -> None:
    async with open_payment_rig() as rig:
        rig.upset("without", field=field)
        prepared = rig.opening()
        receipt = await rig.adapter.deliver(prepared.request)
        assert message_of(receipt.reply)["reference"] == prepared.keys["MaThamChieu"]


async def test_a_payment_opened_without_an_answer_is_found_by_its_keys() -> None:
    async with open_payment_rig() as rig:
        rig.upset("cut_after_commit")
        prepared = rig.opening()
        with pytest.raises(UncertainError):
            await rig.adapter.deliver(prepared.request)
        deadline = asyncio.get_running_loop().time() + FAR
        taken = await rig.adapter.query(prepared.keys, deadline)
        assert isinstance(taken, Taken)
        assert (taken.code, taken.reply, rig.effects()) == ("00", None, 1)


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("passing", {}),
        ("refuse", {"code": "05"}),
        ("html", {}),
        ("garbage", {}),
        ("cut_before_commit", {}),
        ("http_status", {"status": 503}),
        ("gateway_refuses", {}),
    ],
)
async def test_nothing_proves_that_a_payment_was_not_opened(fault: str, how: dict[str, Any]) -> None:
    """§8: the code for "not found" is assumed, so a lost `INIT` is never sent again."""
    async with open_payment_rig() as rig:
        prepared = rig.opening()
        rig.upset(fault, **how)
        found = await rig.adapter.query(prepared.keys, asyncio.get_running_loop().time() + FAR)
        assert isinstance(found, Unknown)


async def test_the_answer_to_another_question_proves_nothing() -> None:
    async with open_payment_rig() as rig:
        prepared = rig.opening()
        await rig.adapter.deliver(prepared.request)
        rig.upset("other_echo", value="X")
        assert isinstance(await rig.adapter.query(prepared.keys, asyncio.get_running_loop().time() + FAR), Unknown)


async def test_a_bearer_token_goes_along_when_one_is_configured() -> None:
    async with open_payment_rig(simulator=SimulatorSettings(bearer="t-1")) as rig:
        assert (await rig.open()).code == "00"
    async with open_payment_rig(simulator=SimulatorSettings(bearer="t-1"), bearer="") as rig:
        error = await failure(rig)
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope) == ("HTTP_401", "destination")


async def test_an_init_without_what_the_platform_wants_is_refused_by_it() -> None:
    async with open_payment_rig(secret="another") as rig:
        assert (await failure(rig)).code == "02"
    async with open_payment_rig(partner="X") as rig:
        assert (await failure(rig)).code == "01"


def test_only_what_changes_nothing_may_be_repeated() -> None:
    settings = settings_for()
    assert SPEC.repeatable(settings) == {"QUERY", "GET_BILL"}
    assert SPEC.operations == {"INIT", "QUERY", "GET_BILL"}
    assert SPEC.pays
    assert SPEC.listen is not None


@pytest.mark.parametrize("missing", ["partner", "secret", "server_ip", "road"])
def test_settings_that_lack_something_name_it(missing: str) -> None:
    empty: Any = {} if missing == "road" else ""
    with pytest.raises(ValueError, match=missing):
        settings_for(**{missing: empty})


@pytest.mark.parametrize(
    "changes",
    [
        {"receipt_prefix": ""},
        {"reference_length": 19},
        {"reference_length": 51},
        {"clock_hours": 13},
        {"reference_prefix": "d-"},
        {"ack_failed": "01"},
        {"query_pauses": []},
        {"colour": "red"},
        {"beneficiaries": [{"account": "1"}]},
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        settings_for(**changes)


def test_secrets_are_shown_nowhere() -> None:
    settings = PaymentSettings.model_validate({**settings_for().model_dump(), "secret": "khoa-bi-mat", "bearer": "ve"})
    assert "khoa-bi-mat" not in repr(settings)
    assert REFUSALS["02"].fixer == "operator"


async def test_a_request_without_a_subject_is_named_by_its_dossier() -> None:
    async with open_payment_rig() as rig:
        request = outbound("INIT", init_document())._replace(subject="")
        assert "0000009H462506120007" in rig.adapter.prepare(request).keys["MaThamChieu"]
