"""Invented things for the portal to send to the province: each names its dossier and says how the call looks (§5)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Push:
    """One thing to send. Without a `service` it goes as a bare object, else in an envelope."""

    code: str
    data: Any
    service: str = ""
    updating: bool = False

    def body(self, key: str = "") -> Mapping[str, Any]:
        """The call's JSON; `key` goes into an envelope as its `SecurityKey`."""
        if not self.service:
            return dict(self.data)
        envelope = {"service": self.service, "isUpdating": str(self.updating), "data": self.data}
        return {**envelope, "SecurityKey": key} if key else envelope


def promotion(code: str = "000.00.12.H46-250611-0031") -> Push:
    """A notice of a sales promotion, as a bare dossier with its files inside."""
    file = base64.b64encode("%PDF-1.4 dữ liệu thử".encode()).decode()
    data = {
        "MaHoSo": code,
        "MaTTHC": "2.000033",
        "SoVanBan": "15/TB-HM",
        "NgayNopHoSo": "20250611091500",
        "TenThuongNhan": "Công ty TNHH Hàng Mẫu",
        "DiaChiDoanhNghiep": {"MaTinh": "44", "MaHuyen": "450", "MaXa": "18859", "DiaChiChiTiet": "Số 1 đường Mẫu"},
        "DienThoai": "0900000001",
        "Fax": "",
        "Email": "hang.mau@example.invalid",
        "MaSoThue": "3109999917",
        "NguoiLienHe": "Lê Văn Mẫu",
        "SoDienThoaiNguoiLienHe": "0900000003",
        "TenChuongTrinhKhuyenMai": "Mừng sinh nhật (dữ liệu thử)",
        "HinhThucKhuyenMai": "Giảm giá",
        "ThoiGianKhuyenMaiTu": "20250701000000",
        "ThoiGianKhuyenMaiDen": "20250731235959",
        "TongGiaTriHangHoa": "10000000",
        "TenTepDonDangKy": "thong-bao.pdf",
        "TepDonDangKy": file,
        "TaiLieuNop": [{"TenTepDinhKem": "the-le.pdf", "Base64": file}],
    }
    return Push(code, data)


def dossier(code: str = "000.00.16.H46-250610-0002", *, updating: bool = False) -> Push:
    """A dossier in an envelope; the service's name is ours, for no source shows one."""
    data = {
        "MaHoSo": code,
        "MaTTHC": "1.001193",
        "TenTTHC": "Đăng ký khai sinh",
        "ChuHoSo": "Nguyễn Thị Thử Nghiệm",
        "LoaiDoiTuong": "1",
        "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "044999000123"}],
        "SoDienThoai": "0900000001",
        "NgayNopHoSo": "20250610200500",
        "TrangThaiHoSo": "1",
        "GhiChu": "Đã bổ sung" if updating else "",
        "TaiLieuNop": [{"TepDinhKemId": "8001", "TenTepDinhKem": "to-khai.pdf", "DuongDanTaiTepTin": "/tep/8001"}],
    }
    return Push(code, data, "NhanHoSo", updating)


def tax_voucher(code: str = "000.00.09.H46-250502-0100", *, notice: str = "TB-GL-0001", amount: Any = 1250000) -> Push:
    """A voucher of a land tax that was paid."""
    payment = {
        "MaThongBaoThue": notice,
        "ThoiGianThanhToan": "20250612081002",
        "SoTien": amount,
        "NoiDungThanhToan": "Nộp tiền sử dụng đất (dữ liệu thử)",
        "TrangThaiThanhToan": 1,
    }
    data = {
        "MaHoSo": code,
        "MaSoThue": "3109999917",
        "HoTenNguoiNopTien": "Nguyễn Văn Mẫu",
        "UrlFileChungTu": "https://files.example.invalid/chung-tu/1.pdf",
        "ThongTinThanhToan": payment,
    }
    return Push(code, data, "NhanChungTuThueDat")


def tax_notice(*codes: str) -> Push:
    """A notice of land tax: one row a dossier, by default one row."""
    named = codes or ("000.00.09.H46-250502-0100",)
    line = (
        "<LIST><MA_SO_THUE>3109999917</MA_SO_THUE><SO_QUYET_DINH>12/QD-GL</SO_QUYET_DINH>"
        "<NGAY_QUYET_DINH>02-06-2025</NGAY_QUYET_DINH><TEN_TIEUMUC>Tiền sử dụng đất</TEN_TIEUMUC>"
        "<SO_TIEN>1250000</SO_TIEN></LIST>"
    )
    rows = "".join(f"<ROW_LIST><MA_HSO>{code}</MA_HSO>{line}</ROW_LIST>" for code in named)
    file = f'<?xml version="1.0" encoding="UTF-8"?><DATA><BODY>{rows}</BODY></DATA>'
    return Push(named[0], {"FileThongBaoThue": base64.b64encode(file.encode()).decode()}, "NhanThongBaoThueDat")


SAMPLES: Mapping[str, Callable[..., Push]] = {
    "promotion": promotion,
    "dossier": dossier,
    "tax_voucher": tax_voucher,
    "tax_notice": tax_notice,
}
"""By the names the panel takes."""
