"""What the simulated portal publishes (§5, §8): procedures, fields, agencies, services; changed between refreshes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.national_portal.simulator.settings import SimulatorSettings

Row = dict[str, Any]

KINDS = ("procedures", "fields", "agencies")
_HOUSEHOLD = "G05-KD02"


class PortalCatalogue:
    """Codes and names by kind. `add`, `rename` and `remove` raise `KeyError` for a kind or code that is not there."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._known: dict[str, dict[str, str]] = {}
        self.clear()

    def clear(self) -> None:
        """Back to what the settings say."""
        self._known = {kind: dict(getattr(self._settings, kind)) for kind in ("procedures", "fields")}
        self._known["agencies"] = dict(self._settings.units)

    def names(self, kind: str) -> Mapping[str, str]:
        """Code to name."""
        return self._known[kind]

    def add(self, kind: str, code: str, name: str) -> None:
        self._known[kind][code] = name

    def rename(self, kind: str, code: str, name: str) -> None:
        if code not in self._known[kind]:
            raise KeyError(code)
        self._known[kind][code] = name

    def remove(self, kind: str, code: str) -> None:
        del self._known[kind][code]

    def rows(self, service: str, parameters: Mapping[str, Any]) -> list[Row]:
        """The rows of a catalogue service; none for one whose rows nobody knows."""
        procedures, fields = self._known["procedures"], self._known["fields"]
        if service == "LayThuTuc":
            code = str(parameters.get("maTTHC", ""))
            return [self._whole_procedure(code, procedures[code])] if code in procedures else []
        if service == "LayDanhSachTTHCDonVi" and not self._knows(str(parameters.get("maDonVi", ""))):
            return []
        lists: dict[str, list[Row]] = {
            "LayDanhSachTTHC": [_procedure(*pair) for pair in procedures.items()],
            "LayDanhSachTTHCDonVi": [_procedure(*pair) for pair in procedures.items()],
            "LayDanhMucLinhVuc": [_field(*pair) for pair in fields.items()],
            "LayDanhMucCoQuan": [_agency(*pair) for pair in self._known["agencies"].items()],
            "LayDVC": [_service(*pair) for pair in procedures.items()],
        }
        return lists.get(service, [])

    def _knows(self, suffix: str) -> bool:
        """Whether an agency goes by this code or by its last group, as `H46`."""
        return any(suffix in (code, code.rpartition(".")[2]) for code in self._settings.agencies)

    def _whole_procedure(self, code: str, name: str) -> Row:
        field = {"MALINHVUC": _HOUSEHOLD, "TENLINHVUC": self._known["fields"].get(_HOUSEHOLD, "")}
        fee = {"MAPHILEPHI": "LP-GL-01", "SOTIEN": 100000, "DONVI": "Đồng", "MOTA": "Lệ phí đăng ký"}
        time = {"THOIGIANGIAIQUYET": 3, "DONVITINH": "Ngày làm việc", "MOTA": "", "PHILEPHI": [fee]}
        paper = {"MAGIAYTO": "000.00.00.G05-KQ0001", "TENGIAYTO": "Giấy đề nghị", "TENMAUDON": "", "URL": ""}
        return {
            "ID": "1",
            **_procedure(code, name),
            "TRANGTHAI": 1,
            "LINHVUCTHUCHIEN": [field],
            "CACHTHUCTHUCHIEN": [{"KENH": 2, "THOIGIAN": [time]}],
            "THANHPHANHOSO": [{"GIAYTO": [paper]}],
            "KETQUATHUCHIEN": [{"MAKETQUA": "KQ.G05.000001", "TENKETQUA": "Giấy chứng nhận"}],
            "CANCUPHAPLY": [],
        }


def _procedure(code: str, name: str) -> Row:
    return {"MATTHC": code, "TENTTHC": name}


def _field(code: str, name: str) -> Row:
    """The owner is the level-1 code in front, in the older form."""
    return {"MALINHVUC": code, "TENLINHVUC": name, "MANGANH": f"000.00.00.{code[:3]}"}


def _agency(code: str, name: str) -> Row:
    """The level counts the groups of the code that are not zero."""
    depth = sum(group.strip("0") != "" for group in code.split("."))
    return {"MADONVI": code, "TENDONVI": name, "CAPDONVI": depth}


def _service(code: str, name: str) -> Row:
    offered = {"MACOQUANTHUCHIEN": "000.00.00.H46", "MUCDO": 4}
    return {"MADVC": f"{code}.01", "TENDVC": name, "MATTHC": code, "TENTTHC": name, "APDUNGDVC": [offered]}
