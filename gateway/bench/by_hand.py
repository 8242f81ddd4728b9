"""The portal's dossier record built by hand, as a province's programmer would write it for this one document.

The measure of what a table may cost (`gateway.bench.mapping`). It must make exactly what the table makes; a test says
so. Nothing else uses it.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from unicodedata import normalize

Document = dict[str, Any]

_VIETNAM = timezone(timedelta(hours=7))
_STATUS = {
    "filed": "1", "received": "2", "refused": "3", "processing": "4", "supplement_requested": "5",
    "payment_requested": "6", "withdrawn": "7", "stopped": "8", "completed": "9", "returned": "10",
}  # fmt: skip
_CHANNEL = {"counter": "1", "online": "2", "postal": "3"}
_KIND = {"citizen": "1", "business": "2", "agency": "3", "organisation": "4"}
_RESULT_METHOD = {"counter": "0", "post": "1"}
_FILED_AT = {"national_portal": "1", "provincial_portal": "2"}
_PAYMENT = {"none_due": "0", "national_platform": "1", "agency_gateway": "2", "unpaid": "3"}
_COLLECTED = {"reception": "1", "supplement": "2", "return": "4"}
_REUSE = {"none": "0", "reused": "1", "replaced_by_result": "2"}


def dossier(data: Document) -> Document:
    """`DongBoHoSoMC`, one record (integration sheet §6), for documents without supplements and results."""
    procedure, applicant = data["procedure"], data["applicant"]
    field = procedure.get("field") or {}
    citizen_id, id_card, tax = applicant.get("citizen_id"), applicant.get("id_card"), applicant.get("tax_code")
    numbers = (("1", citizen_id), ("2", id_card))
    documents = data.get("documents") or ()
    return {
        "MaHoSo": _text(data, "code"),
        "MaTTHC": procedure["code"],
        "TenTTHC": _text(procedure, "name"),
        "MaLinhVuc": _text(field, "code"),
        "TenLinhVuc": _text(field, "name"),
        "SoBienNhan": "",
        "KenhThucHien": _CHANNEL[data["channel"]],
        "SoGiayToChuHoSo": citizen_id or id_card or tax or "",
        "ChuHoSo": _text(applicant, "name"),
        "LoaiDoiTuong": _KIND[applicant["kind"]],
        "MaDoiTuong": _text(applicant, "tech_id") if data["channel"] == "online" else "",
        "ThongTinKhac": "",
        "Email": _text(applicant, "email"),
        "Fax": "",
        "SoDienThoai": _text(applicant, "phone"),
        "TrichYeuHoSo": (_text(data, "summary") or _text(procedure, "name"))[:1000],
        "NgayTiepNhan": _moment(data, "received_at"),
        "NgayHenTra": _moment(data, "due_at"),
        "TrangThaiHoSo": _STATUS[data["status"]],
        "NgayTra": _moment(data, "returned_at"),
        "ThongTinTra": "",
        "HinhThuc": _RESULT_METHOD[data.get("result_method", "counter")],
        "NgayKetThucXuLy": _moment(data, "finished_at"),
        "DonViXuLy": _text(data["agency"], "name"),
        "GhiChu": _text(data, "note")[:1999],
        "TaiLieuNop": [_document(row) for row in documents],
        "DanhSachLePhi": [_fee(row) for row in data.get("fees") or ()],
        "DanhSachTepDinhKemKhac": [
            {
                "TenGiayTo": _text(row, "name")[:2000],
                "SoLuong": row.get("quantity", 1),
                "LoaiGiayTo": row.get("kind", 1),
            }
            for row in data.get("paper_documents") or ()
        ],
        "DanhSachHoSoBoSung": [],
        "DanhSachGiayToKetQua": [],
        "NoiNopHoSo": _FILED_AT[data.get("filed_at", "provincial_portal")],
        "HoSoCoThanhPhanSoHoa": _flag(any(row.get("digitised") and not row.get("deleted") for row in documents)),
        "TaiKhoanDuocXacThucVoiVNeID": _flag(data.get("vneid_verified", False)),
        "DuocThanhToanTrucTuyen": _PAYMENT[data["online_payment"]] if "online_payment" in data else "",
        "NgayTuChoi": _moment(data, "refused_at"),
        "NgayNopHoSo": _moment(data, "submitted_at"),
        "DinhDanhCHS": [{"LoaiDinhDanh": kind, "SoDinhDanh": number} for kind, number in numbers if number],
        "DSKetNoiCSDL": [{"MaCSDL": database} for database in data.get("consulted_databases") or ()],
    }


def _document(row: Document) -> Document:
    return {
        "TepDinhKemId": _text(row, "id"),
        "TenTepDinhKem": _text(row, "name")[:4000],
        "IsDeleted": str(row.get("deleted", False)),
        "MaThanhPhanHoSo": _text(row, "component_code"),
        "DuongDanTaiTepTin": _text(row, "url"),
        "DuocSoHoa": _flag(row.get("digitised", False)),
        "DuocTaiSuDung": _REUSE[row.get("reuse", "none")],
        "DuocLayTuKhoDMQG": _flag(row.get("from_store", False)),
        "MaKetQuaThayThe": _text(row, "replacing_result_code"),
    }


def _fee(row: Document) -> Document:
    return {
        "TenPhiLePhi": _text(row, "name"),
        "MaPhiLePhi": _text(row, "code"),
        "HinhThucThu": _COLLECTED[row["collected_at"]] if "collected_at" in row else "",
        "Gia": str(row["amount"]) if "amount" in row else "",
        "LoaiPhiLePhi": "1",
    }


def _text(row: Document, name: str) -> str:
    return normalize("NFC", row.get(name, ""))


def _moment(row: Document, name: str) -> str:
    written = row.get(name)
    return datetime.fromisoformat(written).astimezone(_VIETNAM).strftime("%Y%m%d%H%M%S") if written else ""


def _flag(value: bool) -> str:
    return "1" if value else "0"
