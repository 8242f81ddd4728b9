"""What the simulated portal checks in a record before it takes it (integration sheet §6 and §7).

Each check returns the portal's sentence about the first thing wrong, with the field named, or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.national_portal.simulator.settings import SimulatorSettings

# fmt: off
_ATTESTED = ("MaHoSo", "MaTTHC", "LoaiDoiTuong", "TrangThaiHoSo", "HinhThuc", "DonViXuLy")
_MARKED = (
    "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "LoaiDoiTuong", "TrichYeuHoSo", "NgayTiepNhan",
    "NgayHenTra", "TrangThaiHoSo", "HinhThuc", "DonViXuLy", "NoiNopHoSo", "HoSoCoThanhPhanSoHoa",
    "TaiKhoanDuocXacThucVoiVNeID", "DuocThanhToanTrucTuyen", "NgayNopHoSo", "DinhDanhCHS", "DSKetNoiCSDL",
)
_STEP = ("MaHoSo", "NguoiXuLy", "ThoiDiemXuLy", "NoiDungXuLy", "TrangThai")
# fmt: on
_REQUIRED = {"attested": _ATTESTED, "marked": _MARKED, "none": ("MaHoSo",)}

_LIMITS = {"TrichYeuHoSo": 1000, "GhiChu": 1999, "NoiNopHoSo": 2, "NguoiXuLy": 50}
_LIST_LIMITS = {"TaiLieuNop": ("TenTepDinhKem", 4000), "DanhSachGiayToKetQua": ("TenGiayTo", 2000)}


def wrong_with_dossier(record: Mapping[str, Any], settings: SimulatorSettings) -> str | None:
    """The sentence about a dossier record, or None when it would be taken."""
    return _missing(record, (*_REQUIRED[settings.required], *settings.also_required)) or _too_long(record, settings)


def wrong_with_step(step: Mapping[str, Any], settings: SimulatorSettings) -> str | None:
    """The sentence about a progress step, or None when it would be taken."""
    return _missing(step, _STEP) or _too_long(step, settings)


def _missing(record: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    # A number counts as filled: codes arrive as strings and as numbers alike.
    return next((f"Thiếu trường {name}" for name in names if record.get(name) in (None, "", [])), None)


def _too_long(record: Mapping[str, Any], settings: SimulatorSettings) -> str | None:
    if not settings.limits:
        return None
    for name, limit in _LIMITS.items():
        if len(str(record.get(name) or "")) > limit:
            return f"Trường {name} vượt quá {limit} ký tự"
    for list_name, (name, limit) in _LIST_LIMITS.items():
        if any(len(str(item.get(name) or "")) > limit for item in record.get(list_name) or ()):
            return f"Trường {name} vượt quá {limit} ký tự"
    return None
