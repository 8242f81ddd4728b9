"""A person as the answer writes them: the live form or that of QCVN 109, masked to what a consumer may see (sheet §4).

Gives nested dicts in the order of the schema; the ports write them as XML or JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.citizen_db.simulator.people import Person
from adapters.citizen_db.simulator.settings import SimulatorSettings

Form = dict[str, Any]

# fmt: off
ORDER = (
    "SoDinhDanh", "SoCMND", "HoVaTen", "GioiTinh", "DanToc", "TonGiao", "TinhTrangHonNhan", "NhomMau",
    "NgayThangNamSinh", "NoiDangKyKhaiSinh", "QuocTich", "QueQuan", "ThuongTru", "NoiOHienTai", "Cha", "Me", "VoChong",
    "NguoiDaiDien", "ChuHo", "SoSoHoKhau",
)
# fmt: on
_PLACES = frozenset({"NoiDangKyKhaiSinh", "QueQuan", "ThuongTru", "NoiOHienTai"})
_RELATIVES = frozenset({"Cha", "Me", "VoChong", "NguoiDaiDien", "ChuHo"})


def written(person: Person, mask: tuple[str, ...], settings: SimulatorSettings) -> Form:
    """One `CongDan`, with the fields of `mask` (none named = all)."""
    names = [name for name in ORDER if name in person and (not mask or name in mask)]
    made = {name: _field(name, person[name], settings) for name in names}
    return {settings.residence if name == "NoiOHienTai" else name: value for name, value in made.items()}


def nameless() -> Form:
    """The person without a name that stands for nobody (Q5)."""
    return {"SoDinhDanh": "", "HoVaTen": {"Ho": "", "ChuDem": "", "Ten": ""}}


def _field(name: str, value: Any, settings: SimulatorSettings) -> Any:
    standard = settings.form == "qcvn109"
    if name == "HoVaTen":
        return _split(value) if standard else {"Ho": "", "ChuDem": "", "Ten": value}
    if name == "NgayThangNamSinh":
        return _born(value, standard=standard)
    if name == "DanToc" and settings.short_ethnicity:
        return str(int(value))
    if name in _PLACES and standard:
        return _standard_place(value)
    if name in _RELATIVES:
        structured = standard or settings.relatives == "structure"
        return {key: _split(one) if key == "HoVaTen" and structured else one for key, one in value.items()}
    return value


def _split(name: str) -> Form:
    first, *middle, last = name.split() if " " in name else ["", name]
    return {"Ho": first, "ChuDem": " ".join(middle), "Ten": last}


def _born(value: str, *, standard: bool) -> Form:
    if len(value) == 4:
        return {"Nam": value}
    if standard:
        return {"NgayThangNam": f"{value[:4]}-{value[4:6]}-{value[6:]}"}
    return {"Nam": value[:4], "NgayThangNam": value}


def _standard_place(place: Mapping[str, str]) -> Form:
    """One code for the smallest unit known."""
    code = place.get("MaPhuongXa") or place.get("MaQuanHuyen") or place.get("MaTinhThanh")
    rest = {key: place[key] for key in ("ChiTiet", "QuocGia") if key in place}
    return {"MaDonViHanhChinh": code, **rest} if code else rest
