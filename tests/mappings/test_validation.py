"""Judging documents at both ends: every misfit names both places and the rule, and never the value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.acceptance import schemas
from mappings import JsonSchema, MappingError, Misfit
from tests.intake.documents import a_dossier
from tests.mappings.canonical import CATALOGUE

PORTAL = CATALOGUE.get("national_portal/dossier.recorded.v1")
ONESTOP = CATALOGUE.get("onestop/dossier.recorded.v1")
LOOKUP = CATALOGUE.get("citizen_db/citizen.lookup_requested.v1.lookup")
RECORDED = JsonSchema(schemas.document("dossier.recorded.v1"))
SECRET = "Nguyễn Thị Bí Mật"


def places(misfits: tuple[Misfit, ...]) -> list[tuple[str, str, str]]:
    return [(one.code, one.pointer, one.foreign) for one in misfits]


def record(**changes: Any) -> dict[str, Any]:
    return PORTAL.forward(a_dossier()).document | changes


def test_a_good_document_fits_at_both_ends() -> None:
    assert PORTAL.validate(record()) == ()
    assert PORTAL.validate(json.dumps(record())) == ()
    assert PORTAL.validate_canonical(a_dossier(), RECORDED) == ()
    assert ONESTOP.validate(ONESTOP.forward(a_dossier()).document) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"GhiChu": "x" * 2000}, ("SCHEMA_MAXLENGTH", "/note", "/GhiChu")),
        ({"TrangThaiHoSo": SECRET}, ("SCHEMA_ENUM", "/status", "/TrangThaiHoSo")),
        ({"NgayHenTra": SECRET}, ("SCHEMA_PATTERN", "/due_at", "/NgayHenTra")),
        ({"ChuHoSo": ["x"]}, ("SCHEMA_TYPE", "/applicant/name", "/ChuHoSo")),
        ({"DonViXuLy": ""}, ("SCHEMA_MINLENGTH", "/agency/name", "/DonViXuLy")),
        ({"DSKetNoiCSDL": [{"MaCSDL": ""}]}, ("SCHEMA_MINLENGTH", "", "/DSKetNoiCSDL/0/MaCSDL")),
    ],
)
def test_a_record_that_the_other_side_would_refuse_is_told_with_both_places(
    changes: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    misfits = PORTAL.validate(record(**changes))
    assert places(misfits) == [expected]
    assert SECRET not in misfits[0].vi + misfits[0].en


def test_a_place_in_rows_within_rows_is_counted_on_both_sides() -> None:
    made = record()
    made["DanhSachHoSoBoSung"] = PORTAL.forward(
        a_dossier(supplements=[{"id": "1"}, {"fees": [{"name": "a"}, {"name": "b"}]}])
    ).document["DanhSachHoSoBoSung"]
    made["DanhSachHoSoBoSung"][1]["DanhSachLePhiBoSung"][1]["Gia"] = "1.000"
    assert places(PORTAL.validate(made)) == [
        ("SCHEMA_PATTERN", "/supplements/1/fees/1/amount", "/DanhSachHoSoBoSung/1/DanhSachLePhiBoSung/1/Gia")
    ]


def test_what_is_missing_is_told_where_it_should_stand() -> None:
    made = record()
    del made["MaHoSo"]
    [misfit] = PORTAL.validate(made)
    assert (misfit.code, misfit.pointer) == ("SCHEMA_REQUIRED", "/code")
    assert misfit.vi == "/MaHoSo bị thiếu." and misfit.en == "/MaHoSo is missing"


def test_what_no_json_can_hold_is_a_misfit_too() -> None:
    relayed = {"error_code": "0", "message": "<a>\ud800</a>"}
    schema = JsonSchema({"properties": {"message": {"pattern": "a"}}})
    assert [one.code for one in schema.misfits(relayed)] == ["SCHEMA_UNREADABLE"]


def test_a_canonical_document_is_judged_with_the_field_it_would_go_to() -> None:
    document = a_dossier(note="", channel=SECRET, documents=[{"id": "1"}, {"name": 7}], colour="x")
    misfits = PORTAL.validate_canonical(document, RECORDED)
    assert sorted(places(misfits)) == [
        ("SCHEMA_ADDITIONALPROPERTIES", "/colour", ""),
        ("SCHEMA_ENUM", "/channel", "KenhThucHien"),
        ("SCHEMA_MINLENGTH", "/note", "GhiChu"),
        ("SCHEMA_TYPE", "/documents/1/name", "TaiLieuNop/TenTepDinhKem"),
    ]
    assert SECRET not in "".join(one.vi + one.en for one in misfits)


def dossier(inside: str = "", attributes: str = "") -> str:
    return (
        f'<HoSo xmlns="urn:lienthong:onestop:1"{attributes}><MaHoSo>H46.16-250310-0001</MaHoSo>'
        "<MaTTHC>1.001193</MaTTHC>"
        "<MaDonViXuLy>H46.16</MaDonViXuLy><DonViXuLy>UBND xã Thử</DonViXuLy><KenhThucHien>1</KenhThucHien>"
        "<ChuHoSo><LoaiDoiTuong>1</LoaiDoiTuong><HoTen>Lê Thử</HoTen></ChuHoSo>"
        f"<TrangThaiHoSo>1</TrangThaiHoSo>{inside}</HoSo>"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (dossier("<SoHoSo>1</SoHoSo>"), ("XSD_UNKNOWN", "", "HoSo/SoHoSo")),
        (dossier(attributes=' MaThongDep="1"'), ("XSD_UNKNOWN", "", "HoSo/@MaThongDep")),
        (dossier('<x xmlns="urn:khac"/>'), ("XSD_UNKNOWN", "", "HoSo/x")),
        (dossier().replace(">1</TrangThai", f">{SECRET}</TrangThai"), ("XSD_PATTERN", "/status", "HoSo/TrangThaiHoSo")),
        (dossier("<NgayTra>hôm qua</NgayTra>"), ("XSD_TYPE", "/returned_at", "HoSo/NgayTra")),
        (dossier().replace("UBND xã Thử", "x" * 501), ("XSD_MAXLENGTH", "/agency/name", "HoSo/DonViXuLy")),
        (dossier().replace("Lê Thử", ""), ("XSD_MINLENGTH", "/applicant/name", "HoSo/ChuHoSo/HoTen")),
        (
            dossier("<DSKetNoiCSDL><CSDL/></DSKetNoiCSDL>"),
            ("XSD_ATTRIBUTE", "/consulted_databases/0", "HoSo/DSKetNoiCSDL/CSDL"),
        ),
        (dossier().replace("<MaTTHC>1.001193</MaTTHC>", ""), ("XSD_CONTENT", "", "HoSo")),
        (dossier("x"), ("XSD_MIXED", "", "HoSo")),
        (
            dossier("<TaiLieuNop><TaiLieu/><TaiLieu><IsDeleted>có</IsDeleted></TaiLieu></TaiLieuNop>"),
            ("XSD_TYPE", "/documents/1/deleted", "HoSo/TaiLieuNop/TaiLieu[2]/IsDeleted"),
        ),
        ("<a/>", ("XSD_ROOT", "", "")),
    ],
)  # fmt: skip
def test_xml_that_the_schema_refuses_is_told_with_both_places(text: str, expected: tuple[str, str, str]) -> None:
    misfits = ONESTOP.validate(text)
    assert places(misfits) == [expected]
    assert SECRET not in misfits[0].vi + misfits[0].en


def test_a_name_that_was_meant_is_offered() -> None:
    [misspelled, elsewhere] = ONESTOP.validate(dossier('<TrichYeu/><GhiChu xmlns=""/>'))
    assert misspelled.vi == "Lược đồ không có HoSo/TrichYeu; có phải là TrichYeuHoSo?"
    assert elsewhere.en == "the schema has no HoSo/GhiChu in this namespace; check xmlns"


def test_an_element_out_of_order_says_what_is_due() -> None:
    asked = LOOKUP.forward(
        {
            "service": "lookup",
            "dossier_code": "H46.16-250310-0001",
            "procedure_code": "1.001193",
            "officer": {"id": "044082999100"},
            "person": {"citizen_id": "044999000123", "full_name": "Lê Thử", "birth_date": "1985"},
        }
    )
    [misfit] = LOOKUP.validate(asked.document)
    assert (misfit.code, misfit.foreign) == ("XSD_CONTENT", "TraCuuThongTinCongDan/MaDVC")
    assert misfit.vi.endswith("thiếu hoặc sai thứ tự: ở đây cần MaYeuCau.")


def test_a_table_without_a_schema_judges_nothing(tmp_path: Path) -> None:
    from tests.mappings.workbench import a_mapping

    assert a_mapping(tmp_path, "- {to: A, from: a}").validate({"B": 1}) == ()


def test_what_cannot_be_read_is_an_error_and_no_misfit() -> None:
    with pytest.raises(MappingError, match="XML_MALFORMED"):
        ONESTOP.validate("<HoSo>")
    with pytest.raises(MappingError, match="JSON_MALFORMED"):
        PORTAL.validate("{")


def test_no_more_than_a_hundred_misfits_are_told() -> None:
    assert len(ONESTOP.validate(dossier("".join(f"<x{number}/>" for number in range(500))))) == 100
    assert len(PORTAL.validate(record(DSKetNoiCSDL=[{"MaCSDL": 7}] * 500))) == 100


def test_where_a_sender_says_its_schema_lies_does_not_matter() -> None:
    hint = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:lienthong:onestop:1 a.xsd"'
    assert ONESTOP.validate(dossier(attributes=hint)) == ()
    assert places(ONESTOP.validate(dossier(attributes=hint.replace("schemaLocation", "schemaLocatio")))) == [
        ("XSD_UNKNOWN", "", "HoSo/@schemaLocatio")
    ]


def test_what_the_schema_leaves_open_is_not_judged() -> None:
    found = CATALOGUE.get("citizen_db/citizen.found.v1")
    text = found.forward({"citizens": [{"full_name": "A", "father": {"full_name": "B"}}]}, port="direct").text or ""
    inside = '<dc:HoVaTen moi="1"><dc:Ho x="y">B</dc:Ho><khac xmlns="urn:khac"/></dc:HoVaTen>'
    assert found.validate(text.replace("<dc:HoVaTen>B</dc:HoVaTen>", inside)) == ()
