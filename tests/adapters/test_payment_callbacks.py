"""The platform's calls (§4, §7): what is believed, in which order it is checked, and how each is answered."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import AnswersCallbacks, CallRefused, Heard, Incoming, Outcome
from adapters.payment import SPEC
from adapters.payment.listening import listen
from adapters.payment.signing import NOTICE_FIELDS, check_value
from tests.adapters.payment_rig import (
    AFTERNOON,
    DOSSIER,
    SAMPLE_SECRET,
    a_payment,
    message_of,
    sample,
    settings_for,
)
from tests.mappings.canonical import CATALOGUE

NOTIFY, LOOK_UP = "dpnhankqthanhtoanhs", "dptracuuthanhtoanhs"
NOTICES = sample("02-result-notification.json")
LOOKUPS = sample("05-tra-cuu-thanh-toan-inbound.json")
PAID = NOTICES["paid"]["request"]


def calls(clock: Any = lambda: AFTERNOON, **settings: Any) -> AnswersCallbacks:
    return listen(settings_for(**{"secret": SAMPLE_SECRET, "partner": "H46-GIALAP", **settings}), clock)


def read(record: Any, operation: str = NOTIFY, **settings: Any) -> Heard:
    body = record if isinstance(record, bytes) else orjson.dumps(record)
    return calls(**settings).read(Incoming(operation, body))


def refused(record: Any, operation: str = NOTIFY, **settings: Any) -> CallRefused:
    with pytest.raises(CallRefused) as caught:
        read(record, operation, **settings)
    return caught.value


def signed(**changes: Any) -> dict[str, Any]:
    record = {**PAID, **changes}
    return {**record, "MaXacThuc": check_value(NOTICE_FIELDS, record, SAMPLE_SECRET)}


def answered(heard: Heard, outcome: Outcome, **settings: Any) -> dict[str, Any]:
    answer = calls(**settings).answer(heard, outcome)
    assert (answer.status, answer.content_type) == (200, "application/json")
    return dict(orjson.loads(answer.body))


def test_a_paid_notification_is_heard_as_the_sample_says() -> None:
    heard = read(PAID)
    assert (heard.kind, heard.operation, heard.paid) == ("payment_settled", NOTIFY, True)
    assert (heard.reference, heard.amount, heard.currency) == (PAID["MaThamChieu"], 100000, "VND")
    assert (heard.transaction, heard.subject) == ("PPGL2506120000042", "")
    message = message_of(heard.reply)
    assert (message["outcome"], message["amount"], message["bank"]) == ("paid", 100000, "NHGIALAP")


def test_a_failed_notification_is_an_outcome_too() -> None:
    heard = read(NOTICES["failed"]["request"])
    message = message_of(heard.reply)
    assert (heard.paid, message["outcome"], message["error"]) == (False, "failed", {"code": "99"})


@pytest.mark.parametrize("case", ["paid", "failed"])
def test_the_acknowledgements_are_the_samples(case: str) -> None:
    assert answered(read(NOTICES[case]["request"]), Outcome.RECORDED) == NOTICES[case]["response"]


def test_a_tampered_notification_gets_the_samples_answer() -> None:
    error = refused(NOTICES["tampered_amount_must_be_refused"]["request"])
    assert (error.code, error.forged) == ("CHECK_VALUE", True)
    assert orjson.loads(error.answer.body) == NOTICES["tampered_amount_must_be_refused"]["response"]


@pytest.mark.parametrize("name", NOTICE_FIELDS)
def test_any_changed_field_is_noticed(name: str) -> None:
    value: Any = 99999 if name == "SoTien" else "X"
    assert refused({**PAID, name: value}).code == "CHECK_VALUE"


@pytest.mark.parametrize("name", NOTICE_FIELDS)
def test_any_field_left_out_is_noticed(name: str) -> None:
    assert refused({key: value for key, value in PAID.items() if key != name}).code == "CHECK_VALUE"


@pytest.mark.parametrize("value", ["", None, "0" * 64, "x"])
def test_without_the_right_check_value_nothing_is_believed(value: Any) -> None:
    assert refused({**PAID, "MaXacThuc": value}).forged


def test_the_check_value_may_be_in_capitals() -> None:
    assert read({**PAID, "MaXacThuc": PAID["MaXacThuc"].upper()}).paid


def test_the_kind_of_message_is_taken_from_the_body() -> None:
    """§1: nobody knows it; the simulator's CONFIRM is only assumed."""
    assert read(signed(LoaiBanTin="KQGD")).paid
    assert refused({**PAID, "LoaiBanTin": "IPN"}).code == "CHECK_VALUE"


@pytest.mark.parametrize("amount", [100000, "100000"])
def test_the_amount_counts_as_the_digits_on_the_wire(amount: Any) -> None:
    """§4: a number here, a string in INIT."""
    assert read({**PAID, "SoTien": amount}).amount == 100000


@pytest.mark.parametrize("digits", ["100000.0", "1e5", "-5", '"1.000"', '""', "true", "1000000000000000000000"])
def test_an_amount_that_is_no_whole_number_is_not_read(digits: str) -> None:
    record = {**PAID, "SoTien": digits.strip('"')}
    record["MaXacThuc"] = check_value(NOTICE_FIELDS, record, SAMPLE_SECRET)
    body = json.dumps(record).replace(json.dumps(record["SoTien"]), digits)
    assert refused(body.encode()).code == "CONTENT"


def test_fields_that_are_missing_count_as_empty_in_the_check_value() -> None:
    record = {key: value for key, value in PAID.items() if key not in ("MaGiaoDich", "MaNganHang", "ThongTinGiaoDich")}
    record["MaXacThuc"] = check_value(NOTICE_FIELDS, record, SAMPLE_SECRET)
    heard = read(record)
    assert (heard.transaction, message_of(heard.reply)["outcome"]) == ("", "paid")


@pytest.mark.parametrize("name", [name for name in NOTICE_FIELDS if name != "SoTien"])
def test_a_bar_in_a_field_is_refused_whatever_its_check_value(name: str) -> None:
    """§2: moving a bar would make another message with the same value."""
    assert refused({**PAID, name: "a|b"}).code == "BAR_IN_FIELD"


def test_the_check_value_comes_before_the_partner() -> None:
    assert refused({**PAID, "MaDoiTac": "X"}).code == "CHECK_VALUE"
    error = refused(signed(MaDoiTac="X"))
    assert (error.code, error.forged) == ("PARTNER", False)
    assert orjson.loads(error.answer.body)["MaLoi"] == "99"


@pytest.mark.parametrize("name", ["MaLoi", "MaThamChieu", "MaTienTe", "SoTien"])
def test_a_notification_without_what_it_is_compared_by_is_not_read(name: str) -> None:
    assert refused(signed(**{name: ""})).code == "CONTENT"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"MaLoi=00",
        b'{"MaLoi":"00"',
        b'{"MaLoi":NaN}',
        b'{"MaLoi":"\xff"}',
        b'{"MaLoi":"\\ud800"}',
        b'{"MaLoi":"00","MaLoi":"99"}',
        b"[" * 100000,
        b'{"a":' * 5000,
        b"<html></html>",
    ],
)
def test_what_is_no_proper_json_object_is_answered_with_99(body: bytes) -> None:
    error = refused(body)
    assert (error.code, error.forged) == ("UNREADABLE", False)
    assert orjson.loads(error.answer.body) == {
        "MaLoi": "99",
        "MoTaLoi": "Không đọc được bản tin",
        "MaDoiTac": "",
        "MaThamChieu": "",
        "ThoiGianGD": "",
        "MaXacThuc": "",
    }


@pytest.mark.parametrize("value", [["x"], {"a": 1}, True])
@pytest.mark.parametrize("name", ["MaThamChieu", "MaXacThuc", "MaHoSo", "SoTien"])
def test_a_field_of_a_wrong_type_is_refused(name: str, value: Any) -> None:
    assert refused({**PAID, name: value}).code == "CONTENT"


_VALUES = st.none() | st.booleans() | st.text() | st.integers()
_TREES = st.recursive(_VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@settings(deadline=None)
@given(st.binary(max_size=300) | _TREES.map(lambda tree: json.dumps(tree).encode()))
def test_whatever_comes_is_refused_in_good_order(body: bytes) -> None:
    assert orjson.loads(refused(body).answer.body)["MaLoi"] == "99"
    assert orjson.loads(refused(body, LOOK_UP).answer.body) == {"error_code": -1, "message": []}


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert read(b"\xef\xbb\xbf" + orjson.dumps(PAID)).paid


def test_the_dossier_is_the_key_of_payments_begun_on_the_portal() -> None:
    """§4: MaHoSo, where the reference is not one of ours."""
    heard = read(signed(MaHoSo=f" {DOSSIER.lower()} ", MaThamChieu="PP_1"))
    assert (heard.subject, heard.reference) == (DOSSIER, "PP_1")


@pytest.mark.parametrize("spelling", ["UrlBienLai", "URLBienLai"])
def test_a_receipt_address_may_be_there_already(spelling: str) -> None:
    record = read(signed(**{spelling: "https://bienlai.example.invalid/1.pdf"})).reply.record
    assert isinstance(record, dict)
    assert record[spelling] == "https://bienlai.example.invalid/1.pdf"


def test_card_data_that_come_along_are_not_kept() -> None:
    heard = read(signed(Token="tok-1", SoThe="9704000000000018", ThangThe="01", NamThe="30"))
    assert not {"Token", "SoThe", "ThangThe", "NamThe"} & set(heard.reply.record)
    assert "9704" not in repr(heard)


def test_a_repeat_is_the_same_event_and_another_outcome_is_another() -> None:
    paid, failed = read(PAID), read(NOTICES["failed"]["request"])
    assert paid.event_id == read(signed(MaGiaoDich="another")).event_id
    assert paid.event_id != failed.event_id
    assert PAID["MaThamChieu"] in paid.event_id


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.RECORDED, "00"),
        (Outcome.DUPLICATE, "00"),
        (Outcome.UNKNOWN, "99"),
        (Outcome.MISMATCH, "99"),
        (Outcome.FAILED, "99"),
    ],
)
def test_only_what_is_stored_is_acknowledged(outcome: Outcome, code: str) -> None:
    answer = answered(read(PAID), outcome)
    assert answer["MaLoi"] == code
    assert answer["MoTaLoi"]
    assert {name: answer[name] for name in ("MaDoiTac", "MaThamChieu", "ThoiGianGD", "MaXacThuc")} == {
        name: PAID[name] for name in ("MaDoiTac", "MaThamChieu", "ThoiGianGD", "MaXacThuc")
    }


def test_each_no_says_why() -> None:
    texts = {answered(read(PAID), one)["MoTaLoi"] for one in (Outcome.UNKNOWN, Outcome.MISMATCH, Outcome.FAILED)}
    assert len(texts) == 3


@pytest.mark.parametrize(("ack", "paid", "code"), [("00", False, "00"), ("99", False, "99"), ("99", True, "00")])
def test_a_failed_payment_is_acknowledged_as_the_province_wants(ack: str, paid: bool, code: str) -> None:
    """Ruling 24; one client answers 99 to a failed payment."""
    record = PAID if paid else NOTICES["failed"]["request"]
    assert answered(read(record), Outcome.RECORDED, ack_failed=ack)["MaLoi"] == code


def payable(**changes: Any) -> dict[str, Any]:
    record = {"state": "due", "payment": a_payment(**changes)}
    return dict(CATALOGUE.get("payment/payment.payable.v1").forward(record).document)


def looked_up(outcome: Outcome, record: Any = None, **settings: Any) -> dict[str, Any]:
    understands = calls(**settings)
    heard = understands.read(Incoming(LOOK_UP, orjson.dumps(LOOKUPS["request"])))
    return dict(orjson.loads(understands.answer(heard, outcome, record).body))


def test_a_look_up_asks_for_its_dossier() -> None:
    heard = read(LOOKUPS["request"], LOOK_UP)
    assert (heard.kind, heard.subject) == ("payable_asked", DOSSIER)
    assert message_of(heard.reply) == {"dossier_code": DOSSIER}


def test_a_code_typed_by_hand_is_tidied() -> None:
    assert read({"MaHoSo": f"  {DOSSIER.lower()} "}, LOOK_UP).subject == DOSSIER


@pytest.mark.parametrize(
    "question", [{}, {"MaHoSo": ""}, {"MaHoSo": None}, {"MaHoSo": ["x"]}, {"MaHoSo": "9" * 200}, []]
)
def test_a_look_up_that_names_no_dossier_is_unknown(question: Any) -> None:
    assert orjson.loads(refused(question, LOOK_UP).answer.body) == LOOKUPS["response_unknown_dossier"]


def test_what_is_due_is_answered_with_a_code_of_the_moment() -> None:
    answer = looked_up(Outcome.DUE, payable())
    message, expected = answer["message"], LOOKUPS["response_due"]["message"]
    assert answer["error_code"] == 1
    assert (message["MaTraCuuTT"], message["NgayQD"]) == (f"{DOSSIER}20250612140509", "20250612")
    assert set(message) == set(expected)
    assert (message["transaction_id"], message["client_id"]) == ("", "")


def test_the_day_is_vietnamese() -> None:
    late = datetime.fromisoformat("2025-06-12T18:30:00+00:00")
    message = looked_up(Outcome.DUE, payable(), clock=lambda: late)["message"]
    assert (message["MaTraCuuTT"][-14:], message["NgayQD"]) == ("20250613013000", "20250613")


def test_the_account_of_what_is_due_comes_from_the_settings_where_the_request_names_none() -> None:
    accounts = [{"procedure": "1.001612", "account": "7", "bank_code": "B", "name": "N"}]
    message = looked_up(Outcome.DUE, payable(), beneficiaries=accounts)["message"]
    assert (message["TKThuHuong"], message["MaNHThuHuong"], message["TenTKThuHuong"]) == ("7", "B", "N")
    own = payable(beneficiary={"account": "9", "bank_code": "C", "name": "M"})
    assert looked_up(Outcome.DUE, own, beneficiaries=accounts)["message"]["TKThuHuong"] == "9"


def test_what_cannot_be_paid_online_is_nothing_due() -> None:
    """§7: 0 also where online payment is not configured."""
    assert looked_up(Outcome.DUE, payable(), beneficiaries=[]) == LOOKUPS["response_nothing_due"]


@pytest.mark.parametrize(
    ("outcome", "case"),
    [
        (Outcome.NOTHING_DUE, "response_nothing_due"),
        (Outcome.UNKNOWN, "response_unknown_dossier"),
        (Outcome.FAILED, "response_unknown_dossier"),
        (Outcome.DUE, "response_unknown_dossier"),
    ],
)
def test_without_a_record_the_answer_is_an_empty_list(outcome: Outcome, case: str) -> None:
    assert looked_up(outcome) == LOOKUPS[case]


def test_both_calls_are_declared() -> None:
    assert SPEC.callbacks == {NOTIFY, LOOK_UP}
    assert SPEC.listen is not None
    assert isinstance(SPEC.listen(settings_for()), AnswersCallbacks)


@pytest.mark.parametrize(
    "record", [{**PAID, "MaXacThuc": "0"}, signed(MaDoiTac="X"), signed(MaLoi=""), {"MaXacThuc": []}]
)
def test_a_refusal_speaks_both_languages_and_quotes_nothing(record: Any) -> None:
    error = refused(record)
    assert error.vi and error.en and error.vi != error.en
    assert PAID["MaThamChieu"] not in f"{error} {error.vi} {error.en}"
