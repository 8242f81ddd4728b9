"""The check value `MaXacThuc` of every message: which fields, in which order, and how it is made (sheet §2).

A plain SHA-256 over the fields joined with `|`, the shared secret last; it is no HMAC, and what is not in the list is
not protected by it, `ThongTinBienLai` above all. Orders are those of two clients that do not know each other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

# fmt: off
INIT_FIELDS = (
    "LoaiBanTin", "PhienBan", "MaDoiTac", "MaThamChieu", "SoTien", "LoaiHinhThanhToan", "MaKenhThanhToan",
    "MaThietBi", "NgonNgu", "MaTienTe", "MaNganHang", "ThongTinGiaoDich", "ThoiGianGD", "Ip",
)
NOTICE_FIELDS = (
    "LoaiBanTin", "MaLoi", "MaDoiTac", "MaThamChieu", "SoTien", "MaTienTe", "MaGiaoDich", "MaNganHang", "ThoiGianGD",
    "ThongTinGiaoDich",
)
ASKING_FIELDS = ("LoaiBanTin", "PhienBan", "MaDoiTac", "MaThamChieu", "ThoiGianGD")
"""`QUERY` and `GET_BILL`."""
ANSWER_FIELDS = ("MaLoi", "MaDoiTac", "MaThamChieu", "ThoiGianGD")
"""Assumed: no client verifies an answer, nor do we. Only the simulator signs by it."""
# fmt: on


class BarInField(ValueError):  # noqa: N818 - it names what was found
    """A value holds the separator, so two different messages would have one check string (§2)."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} holds a |")
        self.field = field


def check_value(fields: Sequence[str], record: Mapping[str, Any], secret: str) -> str:
    """`MaXacThuc` of a record, in lower case; an absent field counts as empty, its bar stays.

    Raises `BarInField` where the string would be ambiguous.
    """
    parts = [_part(name, record) for name in fields]
    return hashlib.sha256("|".join((*parts, secret)).encode()).hexdigest()


def is_check_value(received: str, made: str) -> bool:
    """Whether what came is the value we made: in constant time, whatever its letter case."""
    return hmac.compare_digest(received.strip().lower().encode(), made.encode())


def _part(name: str, record: Mapping[str, Any]) -> str:
    value = record.get(name)
    text = "" if value is None else str(value)
    if "|" in text:
        raise BarInField(name)
    return text
