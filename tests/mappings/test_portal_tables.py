"""The tables of the national portal against its sheet and the rulings, field by field where a choice was made."""

from __future__ import annotations

import pytest

from adapters.national_portal.fields import DOSSIER_FIELDS, NESTED_FIELDS, STEP_FIELDS
from gateway.acceptance import schemas
from mappings import MappingError
from tests.intake.documents import a_dossier, a_progress
from tests.mappings.canonical import CATALOGUE, Document
from tests.mappings.records import NUMBERS, PROGRESSED, RECORDED, an_applicant, every_scalar, record, step

PAPER_NUMBERS = {"SoLuong", "LoaiGiayTo"}


def test_a_record_has_every_field_of_the_sheet_and_no_other() -> None:
    supplements = [{"request": "Bổ sung", "documents": [{"id": "1"}], "fees": [{"name": "Phí"}]}]
    made = record(supplements=supplements, applicant=an_applicant(**NUMBERS))
    assert set(made) == set(DOSSIER_FIELDS)
    nested = [row for value in made.values() if isinstance(value, list) for row in value]
    lists = [row for one in nested for value in one.values() if isinstance(value, list) for row in value]
    assert {name for row in (*nested, *lists) for name in row} == set(NESTED_FIELDS)


def test_a_step_has_every_field_of_the_sheet_and_no_other() -> None:
    assert set(step()) == set(STEP_FIELDS)


def test_every_scalar_is_text_except_the_two_numbers_of_paper_items() -> None:
    supplements: list[Document] = [{"documents": [{}], "fees": [{}]}]
    made = record(supplements=supplements, paper_documents=[{"quantity": 3}])
    assert {name for name, value in every_scalar(made) if type(value) is int} == PAPER_NUMBERS
    assert all(type(value) in (str, int) for _, value in every_scalar(made))


def test_what_is_absent_is_empty_text_and_an_absent_list_an_empty_one() -> None:
    made = RECORDED.forward(
        {
            "code": "H46.16-250310-0001",
            "procedure": {"code": "1.001193"},
            "agency": {"code": "H46.16", "name": "Đơn vị giả lập"},
            "channel": "counter",
            "applicant": {"kind": "citizen", "name": "Nguyễn Thị Thử Nghiệm"},
            "status": "filed",
        }
    ).document
    lists = {name for name, value in made.items() if isinstance(value, list)}
    assert all(made[name] == [] for name in lists)
    assert {name: value for name, value in made.items() if value not in ("", [])} == {
        "MaHoSo": "H46.16-250310-0001",
        "MaTTHC": "1.001193",
        "KenhThucHien": "1",
        "ChuHoSo": "Nguyễn Thị Thử Nghiệm",
        "LoaiDoiTuong": "1",
        "TrangThaiHoSo": "1",
        "HinhThuc": "0",
        "DonViXuLy": "Đơn vị giả lập",
        "NoiNopHoSo": "2",
        "HoSoCoThanhPhanSoHoa": "0",
        "TaiKhoanDuocXacThucVoiVNeID": "0",
    }


@pytest.mark.parametrize("field", ["SoBienNhan", "ThongTinKhac", "ThongTinTra", "Fax"])
def test_what_we_do_not_keep_is_empty(field: str) -> None:
    assert record()[field] == ""


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (("citizen_id", "id_card", "tax_code"), "044999000123"),
        (("id_card", "tax_code"), "194000123"),
        (("tax_code",), "3109999917-001"),
        ((), ""),
    ],
)
def test_the_owners_number_is_the_citizen_number_else_the_card_else_the_tax_code(
    given: tuple[str, ...], number: str
) -> None:
    assert record(applicant=an_applicant(**{name: NUMBERS[name] for name in given}))["SoGiayToChuHoSo"] == number


def test_the_personal_numbers_known_are_listed_with_their_kind_and_no_dummies() -> None:
    assert record(applicant=an_applicant(**NUMBERS))["DinhDanhCHS"] == [
        {"LoaiDinhDanh": "1", "SoDinhDanh": "044999000123"},
        {"LoaiDinhDanh": "2", "SoDinhDanh": "194000123"},
    ]
    assert record(applicant=an_applicant(tax_code="3109999917"))["DinhDanhCHS"] == []


@pytest.mark.parametrize(("channel", "sent"), [("online", "TECHID-1"), ("counter", ""), ("postal", "")])
def test_the_portal_account_is_named_only_for_online_dossiers(channel: str, sent: str) -> None:
    assert record(applicant=an_applicant(tech_id="TECHID-1"), channel=channel)["MaDoiTuong"] == sent


def test_without_a_summary_the_procedures_name_stands_in() -> None:
    made = a_dossier()
    del made["summary"]
    assert RECORDED.forward(made).document["TrichYeuHoSo"] == "Thủ tục đăng ký khai sinh"
    made["procedure"] = {"code": "1.001193"}
    assert RECORDED.forward(made).document["TrichYeuHoSo"] == ""


def test_a_long_procedure_name_that_stood_in_and_was_cut_does_not_come_back_as_a_summary() -> None:
    made = a_dossier(procedure={"code": "1.001193", "name": "Thủ tục " * 200})
    del made["summary"]
    mapped = RECORDED.forward(made)
    assert [(one.pointer, one.foreign) for one in mapped.warnings] == [("/procedure/name", "TrichYeuHoSo")]
    back = RECORDED.backward(mapped.document).document
    assert "summary" not in back
    assert back["procedure"]["name"] == "Thủ tục " * 200


@pytest.mark.parametrize(
    ("documents", "flag"),
    [
        ([{"id": "1", "digitised": True}], "1"),
        ([{"id": "1", "digitised": True, "deleted": True}], "0"),
        ([{"id": "1", "digitised": True, "deleted": True}, {"id": "2", "digitised": True, "deleted": False}], "1"),
        ([{"id": "1", "digitised": False}], "0"),
        ([], "0"),
    ],
)
def test_a_dossier_has_digitised_parts_if_one_that_is_not_deleted_is(documents: list[Document], flag: str) -> None:
    assert record(documents=documents)["HoSoCoThanhPhanSoHoa"] == flag


@pytest.mark.parametrize("kind", ["fee", "charge"])
def test_the_portal_gets_every_fee_as_kind_one(kind: str) -> None:
    assert record(fees=[{"name": "Phí", "amount": 5000, "kind": kind}])["DanhSachLePhi"][0]["LoaiPhiLePhi"] == "1"


def test_a_supplement_that_is_done_says_so_in_words() -> None:
    rounds = record(supplements=[{"id": "1", "done": True}, {"id": "2", "done": False}, {"id": "3"}])
    assert [one["TrangThaiBoSung"] for one in rounds["DanhSachHoSoBoSung"]] == ["True", "False", "False"]


@pytest.mark.parametrize(
    ("members", "officer"),
    [
        ({"officer": "Phan Văn Thử", "department": "Phòng Tư pháp"}, "Phan Văn Thử"),
        ({"department": "Phòng Tư pháp"}, "Phòng Tư pháp"),
        ({}, "Bộ phận Một cửa"),
    ],
)
def test_who_acted_is_the_officer_else_the_department_else_the_desk(members: dict[str, str], officer: str) -> None:
    assert step(**members)["NguoiXuLy"] == officer


def test_a_long_department_that_stood_in_and_was_cut_does_not_come_back_as_an_officer() -> None:
    department = "Phòng Tài nguyên, Môi trường, Nông nghiệp và Phát triển nông thôn"
    made = step(department=department)
    assert made["NguoiXuLy"] == department[:50]
    assert "officer" not in PROGRESSED.backward({"data": [made]}).document["steps"][0]


def test_steps_go_in_time_order_whatever_their_offset_and_equal_ones_as_given() -> None:
    steps = [
        ("2025-03-10T09:00:01+07:00", "thứ tư"),
        ("2025-03-10T02:00:00.6Z", "thứ ba"),
        ("2025-03-10T09:00:00.5+07:00", "thứ nhất"),
        ("2025-03-09T21:00:00.5-05:00", "thứ hai"),
    ]
    rows = [{"at": at, "status": "processing", "content": content} for at, content in steps]
    data = PROGRESSED.forward(a_progress(steps=rows)).document["data"]
    assert [one["NoiDungXuLy"] for one in data] == ["thứ nhất", "thứ hai", "thứ ba", "thứ tư"]


def test_steps_of_two_dossiers_do_not_come_back_as_one() -> None:
    one, other = step(), {**step(), "MaHoSo": "000.00.16.H46-250310-0002"}
    with pytest.raises(MappingError) as caught:
        PROGRESSED.backward({"data": [one, other]})
    assert (caught.value.code, caught.value.pointer, caught.value.foreign) == ("VALUE_CONFLICT", "/code", "MaHoSo")


def members(schema: Document, *path: str) -> list[str]:
    node = schema
    for name in path:
        node = node[name]
    values: list[str] = node["enum"]
    return values


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("dossier_status", ("$defs", "status")),
        ("channel", ("properties", "channel")),
        ("filed_at", ("properties", "filed_at")),
        ("applicant_kind", ("properties", "applicant", "properties", "kind")),
        ("result_method", ("properties", "result_method")),
        ("online_payment", ("properties", "online_payment")),
        ("reuse", ("$defs", "document", "properties", "reuse")),
        ("fee_kind_portal", ("$defs", "fee", "properties", "kind")),
        ("fee_collection", ("$defs", "fee", "properties", "collected_at")),
    ],
)
def test_a_code_list_has_a_code_for_every_word_of_the_schema(name: str, path: tuple[str, ...]) -> None:
    words = members(schemas.document("dossier.recorded.v1"), *path)
    assert {entry.canonical for entry in CATALOGUE.lists[name].entries} == set(words)


def test_the_statuses_have_the_codes_one_to_ten_in_the_order_of_the_schema() -> None:
    statuses = members(schemas.document("dossier.recorded.v1"), "$defs", "status")
    entries = CATALOGUE.lists["dossier_status"].entries
    assert [(entry.canonical, entry.foreign) for entry in entries] == [
        (status, str(number)) for number, status in enumerate(statuses, 1)
    ]


def test_a_procedure_that_stands_on_no_list_is_named_with_what_to_do() -> None:
    with pytest.raises(MappingError) as caught:
        record(procedure={"code": "9.999999.000.00.00.H46"})
    error = caught.value
    assert (error.code, error.pointer, error.foreign) == ("UNMAPPED_CODE", "/procedure/code", "MaTTHC")
    assert "9.999999.000.00.00.H46" in error.vi and "procedures" in error.vi
    assert "unmapped procedure" in error.en
    assert error.where.startswith("catalog/national_portal/dossier.recorded.v1/mapping.yaml:")
