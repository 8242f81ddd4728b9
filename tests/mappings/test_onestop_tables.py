"""The XML form of a one-stop system's own dossier: what a sender may write, and what becomes of it."""

from __future__ import annotations

import pytest
from lxml import etree

from mappings import MappingError
from mappings.catalogue import HOME
from mappings.xsd_shape import roots_of
from tests.mappings.canonical import CATALOGUE, refusals

RECORDED, PROGRESSED = (CATALOGUE.get(f"onestop/dossier.{kind}.v1") for kind in ("recorded", "progressed"))
XSD = HOME / "schemas" / "onestop-dossier.xsd"

AS_A_SENDER_WRITES = """\
<?xml version="1.0" encoding="utf-16"?>
<m:HoSo xmlns:m="urn:lienthong:onestop:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        MaThongDiep="hoso-1" SoThuTu="3">
  <!-- in no particular order -->
  <m:TrangThaiHoSo>2</m:TrangThaiHoSo>
  <m:NgayTiepNhan>2025-03-10T08:30:00</m:NgayTiepNhan>
  <m:NgayHenTra xsi:nil="true"/>
  <m:GhiChu/>
  <m:ChuHoSo>
    <m:HoTen>Nguyễn Thị Thử Nghiệm</m:HoTen>
    <m:LoaiDoiTuong>1</m:LoaiDoiTuong>
    <m:SoCMND></m:SoCMND>
  </m:ChuHoSo>
  <m:MaDonViXuLy>000.00.16.H46</m:MaDonViXuLy>
  <m:DonViXuLy>Ủy ban nhân dân xã Thử Nghiệm</m:DonViXuLy>
  <m:KenhThucHien>2</m:KenhThucHien>
  <m:MaTTHC>1.001193</m:MaTTHC>
  <m:MaHoSo>000.00.16.H46-250310-0001</m:MaHoSo>
  <m:TaiLieuNop/>
  <m:DanhSachLePhi><m:LePhi><m:Gia>8000</m:Gia><m:LoaiPhiLePhi>2</m:LoaiPhiLePhi></m:LePhi></m:DanhSachLePhi>
  <m:TaiKhoanDuocXacThucVoiVNeID>1</m:TaiKhoanDuocXacThucVoiVNeID>
</m:HoSo>
"""


def test_a_document_as_senders_write_them_is_taken_by_the_schema_and_becomes_a_good_dossier() -> None:
    assert RECORDED.validate(AS_A_SENDER_WRITES.encode()) == ()
    back = RECORDED.backward(RECORDED.read(AS_A_SENDER_WRITES.encode()))
    assert back.document == {
        "code": "000.00.16.H46-250310-0001",
        "procedure": {"code": "1.001193"},
        "agency": {"code": "000.00.16.H46", "name": "Ủy ban nhân dân xã Thử Nghiệm"},
        "channel": "online",
        "applicant": {"kind": "citizen", "name": "Nguyễn Thị Thử Nghiệm"},
        "received_at": "2025-03-10T08:30:00+07:00",
        "status": "received",
        "fees": [{"amount": 8000, "kind": "charge"}],
        "vneid_verified": True,
    }
    assert back.given == {"id": "hoso-1", "sequence": "3"}
    assert refusals("dossier.recorded.v1", back.document) == ()


def test_what_a_sender_would_put_into_the_envelope_is_told_beside_the_document() -> None:
    text = '<TienDo xmlns="urn:lienthong:onestop:1" MaThongDiep="1" ThoiDiem="2025-03-10T08:30:00+07:00" SoThuTu="7"/>'
    assert PROGRESSED.backward(PROGRESSED.read(text)).given == {
        "id": "1", "time": "2025-03-10T08:30:00+07:00", "sequence": "7",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025-03-10T08:30:00", "2025-03-10T08:30:00+07:00"),
        ("2025-03-10T01:30:00Z", "2025-03-10T01:30:00Z"),
        ("2025-03-10T08:30:00.123456789+07:00", "2025-03-10T08:30:00.123456789+07:00"),
        (" 2025-03-10T08:30:00\n", "2025-03-10T08:30:00+07:00"),
    ],
)
def test_a_moment_without_an_offset_is_meant_in_vietnamese_time(written: str, read: str) -> None:
    text = AS_A_SENDER_WRITES.replace("2025-03-10T08:30:00", written)
    assert RECORDED.backward(RECORDED.read(text)).document["received_at"] == read


@pytest.mark.parametrize("written", ["2025-02-30T08:30:00", "2025-03-10", "20250310083000", "2025-W11-1T00:00:00"])
def test_what_is_no_moment_is_refused_with_both_places(written: str) -> None:
    text = AS_A_SENDER_WRITES.replace("2025-03-10T08:30:00", written)
    with pytest.raises(MappingError) as caught:
        RECORDED.backward(RECORDED.read(text))
    assert (caught.value.code, caught.value.pointer, caught.value.foreign) == (
        "VALUE_SHAPE", "/received_at", "NgayTiepNhan",
    )  # fmt: skip


def test_nothing_of_a_dossier_is_lost_in_either_direction() -> None:
    assert RECORDED.table.losses == () and PROGRESSED.table.losses == ()


def test_the_schema_is_one_that_any_tool_can_use() -> None:
    etree.XMLSchema(etree.parse(str(XSD)))
    assert {name.rpartition("}")[2] for name in roots_of(XSD)} == {"HoSo", "TienDo"}


def test_the_schema_says_in_both_languages_what_the_codes_mean() -> None:
    tree = etree.parse(str(XSD))
    notes = [str(note.text) for note in tree.iter("{http://www.w3.org/2001/XMLSchema}documentation")]
    assert len(notes) > 20 and [note for note in notes if " / " not in note] == []
