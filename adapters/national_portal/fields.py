"""Field names of the portal's records, verbatim, with what the sources say about each (integration sheet §6 to §7).

The adapter uses the names to recognise a field in a refusal without ever quoting a value; the simulator checks by them.
"""

from __future__ import annotations

# fmt: off
DOSSIER_FIELDS = (
    "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "SoBienNhan", "KenhThucHien", "SoGiayToChuHoSo",
    "ChuHoSo", "LoaiDoiTuong", "MaDoiTuong", "ThongTinKhac", "Email", "SoDienThoai", "Fax", "TrichYeuHoSo",
    "NgayTiepNhan", "NgayHenTra", "TrangThaiHoSo", "NgayTra", "ThongTinTra", "HinhThuc", "NgayKetThucXuLy",
    "DonViXuLy", "GhiChu", "TaiLieuNop", "DanhSachLePhi", "DanhSachTepDinhKemKhac", "DanhSachHoSoBoSung",
    "DanhSachGiayToKetQua", "NoiNopHoSo", "HoSoCoThanhPhanSoHoa", "TaiKhoanDuocXacThucVoiVNeID",
    "DuocThanhToanTrucTuyen", "NgayTuChoi", "NgayNopHoSo", "DinhDanhCHS", "DSKetNoiCSDL",
)

STEP_FIELDS = (
    "MaHoSo", "NguoiXuLy", "ChucDanh", "ThoiDiemXuLy", "PhongBanXuLy", "NoiDungXuLy", "TrangThai", "NgayBatDau",
    "NgayKetThucTheoQuyDinh",
)

NESTED_FIELDS = (
    "TepDinhKemId", "TenTepDinhKem", "IsDeleted", "MaThanhPhanHoSo", "DuongDanTaiTepTin", "DuocSoHoa",
    "DuocTaiSuDung", "DuocLayTuKhoDMQG", "MaKetQuaThayThe", "TenPhiLePhi", "MaPhiLePhi", "HinhThucThu", "Gia",
    "LoaiPhiLePhi", "TenGiayTo", "SoLuong", "LoaiGiayTo", "HoSoBoSungId", "NguoiYeuCauBoSung", "NoiDungBoSung",
    "NgayBoSung", "NguoiTiepNhanBoSung", "ThongTinTiepNhan", "NgayTiepNhanBoSung", "TrangThaiBoSung",
    "DanhSachGiayToBoSung", "DanhSachLePhiBoSung", "NgayHenTraTruoc", "NgayHenTraMoi", "GiayToId",
    "DuongDanTepTinKetQua", "MaGiayToKetQua", "LoaiDinhDanh", "SoDinhDanh", "MaCSDL",
)
# fmt: on

ENVELOPE_FIELDS = ("session", "madonvi", "service", "isUpdating", "data")

KNOWN_FIELDS = {name.casefold(): name for name in (*DOSSIER_FIELDS, *STEP_FIELDS, *NESTED_FIELDS, *ENVELOPE_FIELDS)}
"""Any letter case -> the spelling of the sheet."""
