"""The people of the simulated database: all invented, with numbers whose last six digits begin with 999 (sheet §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Person = Mapping[str, Any]
"""Fields by the names of the answer; `NgayThangNamSinh` is `yyyyMMdd` or `yyyy`, `_dead` marks the deceased."""

_VN = {"QuocTich": "VN"}


def _place(detail: str = "TỔ DÂN PHỐ 3, PHƯỜNG MẪU, THÀNH PHỐ ĐỒNG HỚI, TỈNH QUẢNG BÌNH") -> dict[str, str]:
    return {"MaTinhThanh": "44", "MaQuanHuyen": "450", "MaPhuongXa": "18859", "ChiTiet": detail, "QuocGia": "VN"}


def _person(number: str, card: str, name: str, born: str, gender: str, **more: Any) -> Person:
    return {
        "SoDinhDanh": number,
        "SoCMND": card,
        "HoVaTen": name,
        "GioiTinh": gender,
        "DanToc": "01",
        "TonGiao": "00",
        "TinhTrangHonNhan": "0",
        "NhomMau": "00",
        "NgayThangNamSinh": born,
        "NoiDangKyKhaiSinh": _place("PHƯỜNG MẪU, THÀNH PHỐ ĐỒNG HỚI, TỈNH QUẢNG BÌNH"),
        "QuocTich": "",
        "QueQuan": _place("PHƯỜNG MẪU, THÀNH PHỐ ĐỒNG HỚI, TỈNH QUẢNG BÌNH"),
        "ThuongTru": _place(),
        "NoiOHienTai": _place(),
        **more,
    }


_FATHER = {"SoDinhDanh": "044085999001", "SoCMND": "194999001", "HoVaTen": "NGUYỄN VĂN MẪU"}
_WIFE = {"SoDinhDanh": "044188999002", "SoCMND": "", "HoVaTen": "LÊ THỊ VỢ MẪU"}

PEOPLE: tuple[Person, ...] = (
    # A full record, head of a household
    _person(
        *("044085999001", "194999001", "NGUYỄN VĂN MẪU", "19850412", "1"),
        TinhTrangHonNhan="2",
        Cha={"HoVaTen": "NGUYỄN VĂN CHA MẪU", "SoDinhDanh": "044055999011", "SoCMND": "", **_VN},
        Me={"HoVaTen": "TRẦN THỊ MẸ MẪU", "SoDinhDanh": "044158999012", "SoCMND": "", **_VN},
        VoChong={**_WIFE, **_VN},
        ChuHo={"QuanHe": "CH01", **_FATHER},
        SoSoHoKhau="440000999",
    ),
    _person("044188999002", "", "LÊ THỊ VỢ MẪU", "19880730", "2", ChuHo={"QuanHe": "VC01", **_FATHER}),
    # A minor whose head of household is the father
    _person(
        *("044212999003", "", "NGUYỄN CON MẪU", "20120505", "1"),
        Cha={**_FATHER, **_VN},
        Me={**_WIFE, **_VN},
        ChuHo={"QuanHe": "CO01", **_FATHER},
    ),
    # An old card and no citizen number
    _person("", "194999004", "ĐINH VĂN THẺ CŨ", "19600201", "1"),
    # Only the year of birth is known
    _person("044150999005", "", "TRẦN THỊ NĂM SINH", "1950", "2"),
    # No permanent residence on record
    _person("044090999006", "194999006", "PHẠM VĂN KHUYẾT", "19900101", "1", ThuongTru={}),
    # One name and one day, two numbers; by their old card they are told together
    _person("044185999007", "194999007", "HOÀNG THỊ TRÙNG TÊN", "19851010", "2"),
    _person("044185999008", "194999007", "HOÀNG THỊ TRÙNG TÊN", "19851010", "2"),
    _person("044030999009", "", "VÕ VĂN ĐÃ MẤT", "19300303", "1", _dead=True),
    # Test environments use numbers of no province (Q15)
    _person("100085999010", "", "ĐỖ THỊ THỬ NGHIỆM", "19851212", "2"),
)
