"""The tables of the payment platform against its sheet and the rulings, field by field where a choice was made."""

from __future__ import annotations

from typing import Any

import pytest

from mappings import MappingError
from tests.mappings.canonical import CATALOGUE

INIT = CATALOGUE.get("payment/payment.requested.v1")
PAYABLE = CATALOGUE.get("payment/payment.payable.v1")
SETTLED = CATALOGUE.get("payment/payment.settled.v1")


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "dossier_code": "000.00.09.H46-250612-0007",
        "amount": 100000,
        "description": "Thanh toán hồ sơ 7",
        "procedure": {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"},
        "agency": {"code": "000.00.09.H46", "name": "Phòng Tài chính (đơn vị giả lập)"},
        "payer": {"name": "Lê Thị Mẫu Đơn", "id_number": "044999000123"},
        **changes,
    }


def receipt(**changes: Any) -> Any:
    return INIT.forward(payment(**changes)).document["ThongTinBienLai"]


@pytest.mark.parametrize(
    ("description", "sent"),
    [
        ("Thanh toán hồ sơ", "THANH TOAN HO SO"),
        ("Đường Đồng Hới 12/3", "DUONG DONG HOI 12 3"),
        ("a|b", "A B"),
        ("Phí: 50% (đợt 1) - H46.16", "PHI  50   DOT 1  - H46.16"),
        ("ﬁ ß 😀 x", "FI SS   X"),
    ],
)
def test_the_text_for_banks_has_plain_capitals_and_no_bar(description: str, sent: str) -> None:
    document = INIT.forward(payment(description=description)).document
    assert document["ThongTinGiaoDich"] == sent
    assert document["ThongTinBienLai"]["NoiDungThanhToan"] == description


def test_a_text_of_which_banks_would_see_nothing_is_refused() -> None:
    with pytest.raises(MappingError) as caught:
        INIT.forward(payment(description="支付"))
    assert (caught.value.code, caught.value.pointer, caught.value.foreign) == (
        "VALUE_SHAPE", "/description", "ThongTinGiaoDich",
    )  # fmt: skip


def test_the_amount_is_text_when_we_ask_and_a_number_when_we_are_told() -> None:
    assert INIT.forward(payment()).document["SoTien"] == "100000"
    told = {"dossier_code": "A00-180101-0001", "reference": "r", "outcome": "paid", "amount": 5, "currency": "VND"}
    assert SETTLED.forward(told).document["SoTien"] == 5
    assert SETTLED.backward({"MaLoi": "00", "SoTien": "5"}).document["amount"] == 5


def test_what_only_the_adapter_knows_stays_out_until_it_is_handed_in() -> None:
    names = {"MaDoiTac", "MaThamChieu", "ThoiGianGD", "Ip", "MaXacThuc"}
    assert not names & INIT.forward(payment()).document.keys()
    lacking = {one.foreign[1:] for one in INIT.validate(INIT.forward(payment()).document)}
    assert lacking == names


@pytest.mark.parametrize(
    ("code", "service", "procedure"),
    [
        ("1.001612", "1.001612.01", "1.001612"),
        ("1.001612.000.00.00.H46", "1.001612.01", "1.001612"),
        ("2.000884", "2.000884", "2.000884"),
    ],
)
def test_the_service_code_comes_from_its_list_else_the_procedure_is_one(
    code: str, service: str, procedure: str
) -> None:
    made = receipt(procedure={"code": code})
    assert (made["MaDVC"], made["MaTTHC"]) == (service, procedure)


@pytest.mark.parametrize(("kind", "sent"), [("fee", "1"), ("charge", "2"), (None, "1")])
def test_the_platform_tells_fees_and_charges_apart(kind: str | None, sent: str) -> None:
    fee = {"name": "Lệ phí", "amount": 100000, **({"kind": kind} if kind else {})}
    assert receipt(fees=[fee])["PhiLePhi"] == [
        {"LoaiPhiLePhi": sent, "MaPhiLePhi": "2", "TenPhiLePhi": "Lệ phí", "SoTien": "100000"}
    ]


def test_a_payment_without_fees_goes_as_one_line_and_comes_back_without() -> None:
    document = payment()
    made = INIT.forward(document).document
    assert made["ThongTinBienLai"]["PhiLePhi"] == [
        {"LoaiPhiLePhi": "1", "MaPhiLePhi": "2", "TenPhiLePhi": "Thanh toán hồ sơ 7", "SoTien": "100000"}
    ]
    assert INIT.backward(made).document == document


@pytest.mark.parametrize(
    ("fees", "name"),
    [
        ([], "Thanh toán hồ sơ 7"),
        ([{"name": "Lệ phí A", "amount": 100000}], "Lệ phí A"),
        ([{"name": "A", "amount": 40000}, {"name": "B", "amount": 60000}], "Thanh toán hồ sơ 7"),
    ],
)
def test_one_item_carries_the_whole_amount_as_both_live_clients_send_it(fees: list[Any], name: str) -> None:
    assert receipt(fees=fees)["DSKhoanNop"] == [{"NoiDung": name, "SoTien": "100000"}]


def test_a_payer_without_a_number_goes_with_the_filler_and_comes_back_without() -> None:
    document = payment(payer={"name": "Lê Thị Mẫu Đơn"})
    made = INIT.forward(document).document
    assert made["ThongTinBienLai"]["SoCMNDNguoiNop"] == "000000000"
    assert INIT.backward(made).document["payer"] == {"name": "Lê Thị Mẫu Đơn"}


def test_what_is_due_is_an_object_and_nothing_due_an_empty_list() -> None:
    assert PAYABLE.forward({"state": "nothing_due"}).document == {"error_code": 0, "message": []}
    assert PAYABLE.forward({"state": "unknown"}).document == {"error_code": -1, "message": []}
    due = PAYABLE.forward({"state": "due", "payment": payment()}, {"lookup_code": "L1", "asked_on": "20250612"})
    message = due.document["message"]
    assert due.document["error_code"] == 1
    assert (message["MaTraCuuTT"], message["NgayQD"], message["client_id"]) == ("L1", "20250612", "")


def test_the_amount_of_what_is_due_comes_back_from_its_items() -> None:
    made = PAYABLE.forward({"state": "due", "payment": payment()}).document
    made["message"]["DSKhoanNop"] = [{"NoiDung": "a", "SoTien": "30000"}, {"NoiDung": "b", "SoTien": "70000"}]
    assert PAYABLE.backward(made).document["payment"]["amount"] == 100000


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("00", {"outcome": "paid"}),
        ("24", {"outcome": "failed", "error": {"code": "24"}}),
        ("0", {"outcome": "failed", "error": {"code": "0"}}),
    ],
)
def test_only_two_zeros_mean_paid(code: str, told: dict[str, Any]) -> None:
    assert SETTLED.backward({"MaLoi": code}).document == told


def test_a_state_that_is_not_final_is_no_outcome() -> None:
    final = CATALOGUE.get("payment/payment.settled.v1.query")
    queried = CATALOGUE.get("payment/payment.queried.v1")
    answer = {"MaThamChieu": "r", "TrangThaiGD": "3", "SoTien": None}
    assert queried.backward(answer).document == {"reference": "r", "state": "pending"}
    with pytest.raises(MappingError, match="UNMAPPED_CODE"):
        final.backward(answer)


@pytest.mark.parametrize("spelling", ["UrlBienLai", "URLBienLai"])
def test_the_receipt_is_found_under_both_spellings(spelling: str) -> None:
    mapping = CATALOGUE.get("payment/payment.receipt_issued.v1")
    assert mapping.backward({"MaLoi": "00", spelling: "https://a.example.invalid/1"}).document == {
        "url": "https://a.example.invalid/1"
    }


def test_the_time_of_an_attempt_goes_letter_by_letter_as_it_was_sent() -> None:
    mapping = CATALOGUE.get("payment/payment.watch_requested.v1")
    asked = {"dossier_code": "A00-180101-0001", "reference": "r", "transaction_time": "20250612021002"}
    assert mapping.forward(asked).document["ThoiGianGD"] == "20250612021002"
