"""Field names of what the portal sends to the province (§5, §6), and what of a call is none of them.

A field that has no place of its own is handed on by its name and value: the sheet shows little of these calls, and what
it does not show must not get lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

Names = Mapping[str, "Names | None"]
"""Names at one level; under a name, those of the object or of the rows that stand there."""


def _names(*plain: str, **nested: Names) -> Names:
    return {**dict.fromkeys(plain), **nested}


# fmt: off
FILED: Names = _names(
    "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "DonViXuLy", "KenhThucHien", "TrangThaiHoSo",
    "LoaiDoiTuong", "ChuHoSo", "SoGiayToChuHoSo", "MaSoThue", "MaDoiTuong", "Email", "SoDienThoai", "Fax",
    "NguoiLienHe", "SoDienThoaiNguoiLienHe", "SoVanBan", "NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "HinhThuc",
    "TrichYeuHoSo", "GhiChu", "ThongTinKhac", "TenTepDonDangKy", "TepDonDangKy", "URLTepDangKy",
    "TenChuongTrinhKhuyenMai", "HinhThucKhuyenMai", "ThoiGianKhuyenMaiTu", "ThoiGianKhuyenMaiDen",
    "HangHoaDichVuKhuyenMai", "SoLuongHangHoaDichVu", "KhachHang", "CoCauGiaiThuong", "TongGiaTriHangHoa",
    "NoiDungChiTiet", "TenCacThuongNhanCungThucHien",
    "HoTenNguoiNopTien", "SoCMTNguoiNopTien", "DiaChiNguoiNopTien", "XaNguoiNopTien", "HuyenNguoiNopTien",
    "TinhNguoiNopTien", "UrlFileChungTu", "FileThongBaoThue",
    DinhDanhCHS=_names("LoaiDinhDanh", "SoDinhDanh"),
    DiaChiDoanhNghiep=_names("MaTinh", "MaHuyen", "MaXa", "DiaChiChiTiet"),
    TaiLieuNop=_names(
        "TepDinhKemId", "TenTepDinhKem", "MaThanhPhanHoSo", "DuongDanTaiTepTin", "Base64", "IsDeleted",
    ),
    ThongTinThanhToan=_names("MaThongBaoThue", "ThoiGianThanhToan", "SoTien", "NoiDungThanhToan", "TrangThaiThanhToan"),
)
# fmt: on
"""What a call may carry under `data`. The rows of a tax notice are not sent as such: they are read out of its file."""

ALSO = {
    "MaHoSoQG": "MaHoSo",
    "TenThuongNhan": "ChuHoSo",
    "DienThoai": "SoDienThoai",
    "TenTepDangKy": "TenTepDonDangKy",
}
"""Other spellings, each read where the usual one says nothing."""


def further(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What `data` says under names that are none of the above, as paths like `TaiLieuNop[0].LoaiGiayTo`."""
    for name, value in data.items():
        usual = ALSO.get(name)
        if usual is None:
            yield from _beside({name: value}, FILED, "")
        elif says(data.get(usual)) and says(value) and value != data[usual]:
            yield name, value


def _beside(node: Mapping[str, Any], known: Names, path: str) -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        inside = known.get(name)
        if name not in known:
            if says(value):
                yield path + name, value
        elif inside is not None and isinstance(value, dict):
            yield from _beside(value, inside, f"{path}{name}.")
        elif inside is not None and isinstance(value, list):
            for index, row in enumerate(value):
                if isinstance(row, dict):
                    yield from _beside(row, inside, f"{path}{name}[{index}].")


def says(value: Any) -> bool:
    """Whether a value tells anything: null, "" and empty lists and objects do not."""
    return value is not None and value not in ("", [], {})


def as_text(value: Any) -> str:
    """A value as text: what is none is written as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
