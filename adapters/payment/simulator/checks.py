"""What the simulated platform checks before it takes a request; each check gives a `MaLoi`, all assumed (§8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.payment.signing import BarInField, check_value, is_check_value
from adapters.payment.simulator.settings import SimulatorSettings

PARTNER, CHECK, FIELD, DUPLICATE, NOT_FOUND, AMOUNT, NO_RECEIPT = "01", "02", "03", "04", "05", "06", "07"

# fmt: off
_INIT = (
    "LoaiBanTin", "PhienBan", "MaThamChieu", "SoTien", "LoaiHinhThanhToan", "MaKenhThanhToan", "MaThietBi", "NgonNgu",
    "MaTienTe", "MaNganHang", "ThongTinGiaoDich", "ThoiGianGD", "Ip",
)
_RECEIPT = (
    "MaDichVu", "MaDVC", "MaTTHC", "MaDonVi", "TenDonVi", "MaHoSo", "TKThuHuong", "MaNHThuHuong", "TenTKThuHuong",
    "PhiLePhi", "NoiDungThanhToan", "HoTenNguoiNop", "SoCMNDNguoiNop", "DSKhoanNop",
)
# fmt: on
_REFERENCE = re.compile(r"[0-9A-Za-z_]{1,50}")
_TIME = re.compile(r"[0-9]{14}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,14}")


def wrong_with(request: Mapping[str, Any], fields: Sequence[str], settings: SimulatorSettings) -> str | None:
    """What is wrong with any request: partner, check value, keys."""
    if request.get("MaDoiTac") != settings.partner:
        return PARTNER
    try:
        made = check_value(fields, request, settings.secret)
    except BarInField:
        return CHECK
    if not is_check_value(str(request.get("MaXacThuc", "")), made):
        return CHECK
    keys = (_REFERENCE, "MaThamChieu"), (_TIME, "ThoiGianGD")
    return None if all(pattern.fullmatch(str(request.get(name, ""))) for pattern, name in keys) else FIELD


def wrong_with_opening(request: Mapping[str, Any]) -> str | None:
    """What is wrong with an `INIT` besides: a field (`MaDichVu` in either type), or the amount, which is text here."""
    receipt = request.get("ThongTinBienLai")
    if not isinstance(receipt, Mapping) or not _filled(request, _INIT) or not _filled(receipt, _RECEIPT):
        return FIELD
    amount = request["SoTien"]
    return None if isinstance(amount, str) and _AMOUNT.fullmatch(amount) else AMOUNT


def adds_up(request: Mapping[str, Any]) -> bool:
    """Whether both lists sum up to `SoTien` (§3.1)."""
    receipt, amount = request["ThongTinBienLai"], int(request["SoTien"])
    return all(_sum(receipt[name]) == amount for name in ("PhiLePhi", "DSKhoanNop"))


def _filled(record: Mapping[str, Any], names: Sequence[str]) -> bool:
    return all(record.get(name) not in (None, "", []) for name in names)


def _sum(rows: Any) -> int:
    amounts = [str(row.get("SoTien", "")) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return sum(int(amount) for amount in amounts if amount.isascii() and amount.isdigit())
