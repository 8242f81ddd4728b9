"""The portal's calls to the province (§5): what they say, and which of them are the same."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from adapters.contract import Outcome
from adapters.national_portal import SPEC
from adapters.national_portal.filed_fields import ALSO, FILED
from adapters.national_portal.simulator import Push, samples
from mappings.table import Line
from tests.adapters.portal_calls import CODE, FILED_NATIONALLY, MAPPING, envelope, heard, listening, message_of

PERSONAL = ("Nguyễn Văn Mẫu", "Nguyễn Thị Thử Nghiệm", "044999000123", "0900000001", "hang.mau@example.invalid")


def test_the_portal_may_call_the_four_addresses_of_the_sheet() -> None:
    assert {"addtthcKhuyenMai", "NhanHoSo", "NhanChungTuThueDat", "NhanThongBaoThueDat"} == SPEC.callbacks


def test_a_bare_dossier_of_a_sales_promotion_is_read_whole() -> None:
    told = heard(samples.promotion(), "addtthcKhuyenMai")
    assert (told.kind, told.reply.type, told.operation) == ("dossier_filed", FILED_NATIONALLY, "addtthcKhuyenMai")
    document = message_of(told)
    assert not document.keys() & {"service", "updated", "further_fields"}
    assert document["agency"] == {"code": "000.00.12.H46"}
    assert document["applicant"]["name"] == "Công ty TNHH Hàng Mẫu"
    assert document["applicant"]["contact"] == {"name": "Lê Văn Mẫu", "phone": "0900000003"}
    assert document["submitted_at"] == "2025-06-11T09:15:00+07:00"
    assert document["promotion"]["name"] == "Mừng sinh nhật (dữ liệu thử)"
    file = samples.promotion().data["TepDonDangKy"]
    assert document["application_form"] == {"name": "thong-bao.pdf", "content": file}
    assert document["documents"] == [{"name": "the-le.pdf", "content": file}]


@pytest.mark.parametrize("array", [False, True])
def test_data_in_an_envelope_is_an_object_or_an_array_of_one(array: bool) -> None:
    push = samples.dossier()
    body = dict(push.body())
    told = heard({**body, "data": [body["data"]]} if array else body)
    document = message_of(told)
    assert (document["service"], document["updated"], document["status"]) == ("NhanHoSo", False, "filed")
    assert document["applicant"]["citizen_id"] == "044999000123"
    assert told.event_id == f"NhanHoSo/{push.code}"


@pytest.mark.parametrize("amount", [1250000, 1250000.0, "1250000"])
def test_a_tax_voucher_says_what_was_paid_by_whom(amount: Any) -> None:
    voucher = message_of(heard(samples.tax_voucher(amount=amount)))["tax_voucher"]
    assert voucher["amount"] == 1250000
    assert isinstance(voucher["amount"], int)
    assert (voucher["paid"], voucher["paid_at"]) == (True, "2025-06-12T08:10:02+07:00")
    assert (voucher["notice_code"], voucher["payer"]) == ("TB-GL-0001", {"name": "Nguyễn Văn Mẫu"})


@pytest.mark.parametrize(("status", "paid"), [(1, True), ("1", True), (1.0, True), (0, False)])
def test_a_voucher_is_paid_by_status_1(status: Any, paid: bool) -> None:
    push = samples.tax_voucher()
    payment = {**push.data["ThongTinThanhToan"], "TrangThaiThanhToan": status}
    document = message_of(heard(Push(push.code, {**push.data, "ThongTinThanhToan": payment}, push.service)))
    assert document["tax_voucher"]["paid"] is paid


def test_a_tax_notice_names_its_dossier_in_its_xml_and_travels_whole() -> None:
    push = samples.tax_notice(CODE, CODE)
    told = heard(push)
    document = message_of(told)
    assert (told.subject, document["agency"]) == (CODE, {"code": "000.00.09.H46"})
    assert document["tax_notice"]["file"] == push.data["FileThongBaoThue"]
    assert [row["dossier_code"] for row in document["tax_notice"]["rows"]] == [CODE, CODE]
    assert document["tax_notice"]["rows"][0]["lines"] == [
        {
            "tax_code": "3109999917",
            "decision_number": "12/QD-GL",
            "decided_on": "02-06-2025",
            "item": "Tiền sử dụng đất",
            "amount": "1250000",
        }
    ]


def test_a_notice_may_have_a_namespace_line_breaks_and_elements_nobody_knows() -> None:
    xml = f'<DATA xmlns="urn:x"><HEADER/><BODY><ROW_LIST><MA_HSO> {CODE} </MA_HSO><KHAC/></ROW_LIST></BODY></DATA>'
    file = base64.encodebytes(xml.encode()).decode()
    document = message_of(heard(envelope({"FileThongBaoThue": file}, "NhanThongBaoThueDat")))
    assert document["tax_notice"]["rows"] == [{"dossier_code": CODE}]


def test_what_it_is_follows_from_the_content_whichever_address_it_came_to() -> None:
    for operation in SPEC.callbacks:
        assert "tax_voucher" in message_of(heard(samples.tax_voucher(), operation))
        assert "promotion" in message_of(heard(samples.promotion(), operation))


def test_an_amended_promotion_goes_by_its_national_code() -> None:
    """A live client reads `MaHoSoQG` and parts of what was filed before there."""
    data = {"MaHoSoQG": CODE, "TenTepDangKy": "sua-doi.pdf", "URLTepDangKy": "/tep/1", "LyDoDieuChinh": "Gia hạn"}
    document = message_of(heard(envelope({**data, "ThongTinDaNop": {"SoVanBanDaNopDNP": "15/TB"}}, "BoSung")))
    assert (document["code"], document["application_form"]) == (CODE, {"name": "sua-doi.pdf", "url": "/tep/1"})
    assert document["further_fields"] == [
        {"name": "LyDoDieuChinh", "value": "Gia hạn"},
        {"name": "ThongTinDaNop", "value": '{"SoVanBanDaNopDNP":"15/TB"}'},
    ]


def test_a_field_nobody_knows_is_handed_on_with_its_place() -> None:
    documents = [{"TenTepDinhKem": "a.pdf"}, {"TenTepDinhKem": "b.pdf", "SoTrang": 3}]
    data = {"MaHoSo": CODE, "TaiLieuNop": documents, "DiaChiDoanhNghiep": {"MaXa": "1", "Thon": "Mẫu"}, "Moi": True}
    further = message_of(heard(envelope(data, isSync="1", Ngay="20250612", Rong="")))["further_fields"]
    assert {row["name"]: row["value"] for row in further} == {
        "isSync": "1",
        "Ngay": "20250612",
        "TaiLieuNop[1].SoTrang": "3",
        "DiaChiDoanhNghiep.Thon": "Mẫu",
        "Moi": "true",
    }


def test_of_two_spellings_of_one_field_none_is_lost() -> None:
    both = message_of(heard({"MaHoSo": CODE, "ChuHoSo": "Bà Mẫu", "TenThuongNhan": "Công ty Mẫu"}))
    assert both["applicant"] == {"name": "Bà Mẫu"}
    assert both["further_fields"] == [{"name": "TenThuongNhan", "value": "Công ty Mẫu"}]
    assert message_of(heard({"MaHoSo": CODE, "ChuHoSo": "", "TenThuongNhan": "Công ty Mẫu"})) == {
        "code": CODE,
        "agency": {"code": "000.00.09.H46"},
        "applicant": {"name": "Công ty Mẫu"},
    }


def test_the_fields_known_here_are_those_of_the_mapping() -> None:
    def names(lines: Sequence[Line]) -> dict[str, Any]:
        inside = {line.to: line.each or line.fields for line in lines if line.to != "ROW_LIST"}
        found: dict[str, Any] = {name: names(rows) if rows else None for name, rows in inside.items()}
        return found | ({"DinhDanhCHS": FILED["DinhDanhCHS"]} if "DinhDanhCHS" in found else {})

    [data] = [line for line in MAPPING.table.lines if line.to == "data"]
    assert names(data.fields or ()) == FILED
    assert {other: line.to for line in data.fields or () for other in line.also} == ALSO


def test_a_code_is_kept_in_one_spelling_and_one_of_another_form_names_no_agency() -> None:
    assert heard({"MaHoSo": " h46.16-250610-0002\n"}).subject == "H46.16-250610-0002"
    assert message_of(heard({"MaHoSo": "H46.16-250610-0002"}))["agency"] == {"code": "H46.16"}
    assert message_of(heard({"MaHoSo": "DVCQG-0001"})) == {"code": "DVCQG-0001"}


def test_a_dossier_is_one_event_however_often_and_in_whatever_state_it_is_handed_over() -> None:
    bare = samples.promotion()
    changed = Push(bare.code, {**bare.data, "Email": "khac@example.invalid"})
    assert heard(bare, "addtthcKhuyenMai").event_id == heard(changed, "addtthcKhuyenMai").event_id


def test_an_update_is_an_event_of_its_own_and_its_repeat_the_same_one() -> None:
    update = samples.dossier(updating=True)
    other = Push(update.code, {**update.data, "GhiChu": "Lần hai"}, update.service, updating=True)
    ids = [heard(push).event_id for push in (samples.dossier(), update, update, other)]
    assert ids[1] == ids[2]
    assert len(set(ids)) == 3
    assert all(one.startswith(f"NhanHoSo/{update.code}") for one in ids)


def test_two_vouchers_of_one_dossier_are_two_events() -> None:
    first, again, second = (samples.tax_voucher(notice=notice) for notice in ("TB-1", "TB-1", "TB-2"))
    assert heard(first).event_id == heard(again).event_id != heard(second).event_id


def test_what_stands_beside_the_data_makes_no_other_event() -> None:
    body = samples.tax_voucher().body()
    assert heard({**body, "isSync": "1"}).event_id == heard({**body, "isSync": "0"}).event_id


@pytest.mark.parametrize(
    ("written", "updated"),
    [("True", True), ("TRUE", True), (True, True), ("False", False), ("false", False), (None, None), ("", None)],
)
def test_is_updating_is_taken_in_any_letter_case_and_as_a_boolean(written: Any, updated: bool | None) -> None:
    document = message_of(heard({**envelope({"MaHoSo": CODE}), "isUpdating": written}))
    assert document.get("updated") is updated


@pytest.mark.parametrize("outcome", Outcome)
def test_the_answer_is_a_number_and_words_with_http_200(outcome: Outcome) -> None:
    code = {Outcome.RECORDED: 0, Outcome.DUPLICATE: 1}.get(outcome, -1)
    answer = listening().answer(heard(samples.promotion()), outcome)
    tree = orjson.loads(answer.body)
    assert (answer.status, answer.content_type, tree.keys()) == (200, "application/json", {"error_code", "message"})
    assert (tree["error_code"], type(tree["error_code"]), bool(tree["message"])) == (code, int, True)


def test_nothing_personal_stands_in_what_is_shown_of_a_call() -> None:
    for push in (samples.promotion(), samples.dossier(updating=True), samples.tax_voucher(), samples.tax_notice()):
        told = heard(push)
        shown = f"{told.event_id} {told.subject} {told.reference} {told.operation} {told.echo}"
        assert not [value for value in PERSONAL if value in shown]
