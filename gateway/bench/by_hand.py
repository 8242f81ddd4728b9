"""The portal's documents built by hand from the integration sheet, as a province's programmer would write it.

The measure of what the engine may cost (`gateway.bench.mapping`), and the tests' second opinion on what the tables say.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from unicodedata import normalize

Document = dict[str, Any]

VIETNAM = timezone(timedelta(hours=7))
STATUS = {
    "filed": "1", "received": "2", "refused": "3", "processing": "4", "supplement_requested": "5",
    "payment_requested": "6", "withdrawn": "7", "stopped": "8", "completed": "9", "returned": "10",
}  # fmt: skip
CHANNEL = {"counter": "1", "online": "2", "postal": "3"}
KIND = {"citizen": "1", "business": "2", "agency": "3", "organisation": "4"}
RESULT_METHOD = {"counter": "0", "post": "1"}
FILED_AT = {"national_portal": "1", "provincial_portal": "2"}
PAYMENT = {"none_due": "0", "national_platform": "1", "agency_gateway": "2", "unpaid": "3"}
COLLECTED = {"reception": "1", "supplement": "2", "return": "4"}
REUSE = {"none": "0", "reused": "1", "replaced_by_result": "2"}
PROCEDURES = {"1.001612.000.00.00.H46": "1.001612", "1.001193.000.00.00.H46": "1.001193"}
FIELDS = {"HKD": "G05-KD02", "HT": "G15-HT01", "CT": "G15-CT01"}


def dossier(data: Document) -> Document:
    """`DongBoHoSoMC`, one record (§6)."""
    procedure, applicant = data["procedure"], data["applicant"]
    field = procedure.get("field") or {}
    code, field_code = procedure["code"], text(field, "code")
    citizen_id, id_card, tax = applicant.get("citizen_id"), applicant.get("id_card"), applicant.get("tax_code")
    numbers = (("1", citizen_id), ("2", id_card))
    documents = data.get("documents") or ()
    return {
        "MaHoSo": text(data, "code"),
        "MaTTHC": PROCEDURES.get(code, code),
        "TenTTHC": text(procedure, "name"),
        "MaLinhVuc": FIELDS.get(field_code, field_code),
        "TenLinhVuc": text(field, "name"),
        "SoBienNhan": "",
        "KenhThucHien": CHANNEL[data["channel"]],
        "SoGiayToChuHoSo": citizen_id or id_card or (tax_code(tax) if tax else ""),
        "ChuHoSo": text(applicant, "name"),
        "LoaiDoiTuong": KIND[applicant["kind"]],
        "MaDoiTuong": text(applicant, "tech_id") if data["channel"] == "online" else "",
        "ThongTinKhac": "",
        "Email": text(applicant, "email"),
        "Fax": "",
        "SoDienThoai": text(applicant, "phone"),
        "TrichYeuHoSo": (text(data, "summary") or text(procedure, "name"))[:1000],
        "NgayTiepNhan": moment(data, "received_at"),
        "NgayHenTra": moment(data, "due_at"),
        "TrangThaiHoSo": STATUS[data["status"]],
        "NgayTra": moment(data, "returned_at"),
        "ThongTinTra": "",
        "HinhThuc": RESULT_METHOD[data.get("result_method", "counter")],
        "NgayKetThucXuLy": moment(data, "finished_at"),
        "DonViXuLy": text(data["agency"], "name"),
        "GhiChu": text(data, "note")[:1999],
        "TaiLieuNop": [document(row) for row in documents],
        "DanhSachLePhi": [fee(row) for row in data.get("fees") or ()],
        "DanhSachTepDinhKemKhac": [
            {"TenGiayTo": text(row, "name")[:2000], "SoLuong": row.get("quantity", 1), "LoaiGiayTo": row.get("kind", 1)}
            for row in data.get("paper_documents") or ()
        ],
        "DanhSachHoSoBoSung": [supplement(row) for row in data.get("supplements") or ()],
        "DanhSachGiayToKetQua": [result(row) for row in data.get("results") or ()],
        "NoiNopHoSo": FILED_AT[data.get("filed_at", "provincial_portal")],
        "HoSoCoThanhPhanSoHoa": flag(any(row.get("digitised") and not row.get("deleted") for row in documents)),
        "TaiKhoanDuocXacThucVoiVNeID": flag(data.get("vneid_verified", False)),
        "DuocThanhToanTrucTuyen": PAYMENT[data["online_payment"]] if "online_payment" in data else "",
        "NgayTuChoi": moment(data, "refused_at"),
        "NgayNopHoSo": moment(data, "submitted_at"),
        "DinhDanhCHS": [{"LoaiDinhDanh": kind, "SoDinhDanh": number} for kind, number in numbers if number],
        "DSKetNoiCSDL": [{"MaCSDL": database} for database in data.get("consulted_databases") or ()],
    }


def document(row: Document) -> Document:
    """§6.1."""
    return {
        "TepDinhKemId": text(row, "id"),
        "TenTepDinhKem": text(row, "name")[:4000],
        "IsDeleted": str(row.get("deleted", False)),
        "MaThanhPhanHoSo": text(row, "component_code"),
        "DuongDanTaiTepTin": text(row, "url"),
        "DuocSoHoa": flag(row.get("digitised", False)),
        "DuocTaiSuDung": REUSE[row.get("reuse", "none")],
        "DuocLayTuKhoDMQG": flag(row.get("from_store", False)),
        "MaKetQuaThayThe": text(row, "replacing_result_code"),
    }


def fee(row: Document) -> Document:
    """§6.2."""
    return {
        "TenPhiLePhi": text(row, "name"),
        "MaPhiLePhi": text(row, "code"),
        "HinhThucThu": COLLECTED[row["collected_at"]] if "collected_at" in row else "",
        "Gia": str(row["amount"]) if "amount" in row else "",
        "LoaiPhiLePhi": "1",
    }


def supplement(row: Document) -> Document:
    """§6.3."""
    return {
        "HoSoBoSungId": text(row, "id"),
        "NguoiYeuCauBoSung": text(row, "requested_by"),
        "NoiDungBoSung": text(row, "request"),
        "NgayBoSung": moment(row, "requested_at"),
        "NguoiTiepNhanBoSung": text(row, "received_by"),
        "ThongTinTiepNhan": text(row, "receipt_note"),
        "NgayTiepNhanBoSung": moment(row, "received_at"),
        "TrangThaiBoSung": str(row.get("done", False)),
        "DanhSachGiayToBoSung": [document(each) for each in row.get("documents") or ()],
        "DanhSachLePhiBoSung": [fee(each) for each in row.get("fees") or ()],
        "NgayHenTraTruoc": moment(row, "previous_due_at"),
        "NgayHenTraMoi": moment(row, "new_due_at"),
    }


def result(row: Document) -> Document:
    """§6.4."""
    return {
        "TenGiayTo": text(row, "name")[:2000],
        "MaThanhPhanHoSo": text(row, "component_code"),
        "GiayToId": text(row, "id"),
        "DuongDanTepTinKetQua": text(row, "url"),
        "MaGiayToKetQua": text(row, "code"),
    }


def progress(data: Document) -> Document:
    """`CapNhatTienDoHoSoMC` (§7): the steps in time order."""
    in_order = sorted(data["steps"], key=lambda step: datetime.fromisoformat(step["at"]))
    return {"data": [step(data["code"], row) for row in in_order]}


def step(code: str, row: Document) -> Document:
    return {
        "MaHoSo": code,
        "NguoiXuLy": (text(row, "officer") or text(row, "department") or "Bộ phận Một cửa")[:50],
        "ChucDanh": text(row, "title"),
        "ThoiDiemXuLy": moment(row, "at"),
        "PhongBanXuLy": text(row, "department"),
        "NoiDungXuLy": text(row, "content"),
        "TrangThai": STATUS[row["status"]],
        "NgayBatDau": moment(row, "started_at"),
        "NgayKetThucTheoQuyDinh": moment(row, "due_at"),
    }


def text(row: Document, name: str) -> str:
    return normalize("NFC", row.get(name, ""))


def moment(row: Document, name: str) -> str:
    """§11: no zone on the wire, Vietnamese time."""
    written = row.get(name)
    return datetime.fromisoformat(written).astimezone(VIETNAM).strftime("%Y%m%d%H%M%S") if written else ""


def flag(value: bool) -> str:
    return "1" if value else "0"


def tax_code(written: str) -> str:
    digits = "".join(each for each in written if each.isdigit())
    return f"{digits[:10]}-{digits[10:]}" if len(digits) == 13 else digits
