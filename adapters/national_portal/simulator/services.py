"""The services behind the simulated portal: what is stored, and what is answered (integration sheet §5 to §9).

Synchronous on purpose: between the first check and the last effect nothing else can happen, so an effect in the log was
committed whole whatever becomes of the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.national_portal.simulator.catalogue import PortalCatalogue
from adapters.national_portal.simulator.effects import Effect, EffectLog, content_digest
from adapters.national_portal.simulator.records import wrong_with_dossier, wrong_with_step
from adapters.national_portal.simulator.settings import SimulatorSettings

# fmt: off
READS = frozenset({
    "LayDanhSachTTHC", "LayDanhSachTTHCDonVi", "LayThuTuc", "LayQDCB", "LayDVC", "LayDanhMucCoQuan",
    "LayDanhMucLinhVuc", "LayDanhMucGioiTinh", "LayDanhMucTinhThanh", "LayDanhMucQuanHuyen", "LayDanhMucPhuongXa",
    "LayDanhMucQuocGia", "LayDanhMucDanToc", "LayDanhMucTonGiao", "LayDanhMucTinhTrangHonNhan", "LayDanhMucDoiTuong",
    "LayDanhMucCapThucHien", "LayDanhMucCanCuPhapLy", "LayDanhMucLePhi", "LayDanhMucLoaiThuTuc",
    "LayDanhMucNhomThuTuc", "LayDanhMucThuTucThuocLoai", "TraCuuHoSo", "TraCuuTechID",
    "LayDanhSachHoiDapGuiTuDVCQG", "LayDanhSachHoiDapBoCoQuan", "LayNoiDungTraLoiTheoCauHoi",
})
# fmt: on

Reply = dict[str, Any]
Problem = tuple[int, str]
"""`error_code` and `message` of one item that is not taken."""


class Services:
    """The portal's memory and its services. `dossiers` holds the newest record of each code, `reads` counts answers."""

    def __init__(self, settings: SimulatorSettings, log: EffectLog, catalogue: PortalCatalogue) -> None:
        self._settings = settings
        self._log = log
        self._catalogue = catalogue
        self.reads: Counter[str] = Counter()
        self.dossiers: dict[str, Mapping[str, Any]] = {}
        self._steps: set[tuple[str, str, str, str]] = set()
        self.repeats_ignored = 0
        for effect in log.effects:
            self._remember(effect)

    def clear(self) -> None:
        self.dossiers.clear()
        self._steps.clear()
        self.reads.clear()
        self.repeats_ignored = 0

    def call(self, number: int, service: object, parameters: Mapping[str, Any]) -> Reply:
        """Answer call `number`; names are exact (§4)."""
        if service in self._settings.withheld:
            return _failed("Dịch vụ không được hỗ trợ")
        if service == "DongBoHoSoMC":
            return self._synchronise(number, parameters)
        if service == "CapNhatTienDoHoSoMC":
            return self._batch(parameters.get("data"), self._wrong_step, lambda step: self._take_step(number, step))
        if service in READS:
            return self._read(str(service), parameters)
        return _failed("Dịch vụ không được hỗ trợ")

    def _synchronise(self, number: int, parameters: Mapping[str, Any]) -> Reply:
        word = str(parameters.get("isUpdating", "")).strip().lower()
        if word not in ("true", "false"):
            return _failed("Thiếu trường isUpdating")
        updating = word == "true"
        return self._batch(
            parameters.get("data"),
            lambda record: self._wrong_dossier(record, updating),
            lambda record: self._take_dossier(number, record, updating),
        )

    def _batch(
        self, data: Any, wrong: Callable[[Mapping[str, Any]], Problem | None], take: Callable[[Mapping[str, Any]], None]
    ) -> Reply:
        if not isinstance(data, list) or not data or not all(isinstance(item, dict) for item in data):
            return _failed("Thiếu trường data")
        problems = [wrong(item) for item in data]
        first = next((problem for problem in problems if problem), None)
        if first and self._settings.batch == "atomic":
            return {"error_code": first[0], "message": first[1]}
        good = [item for item, problem in zip(data, problems, strict=True) if not problem]
        for item in good:
            take(item)
        if first and self._settings.batch == "partial":
            message = f"Đồng bộ thành công {len(good)}/{len(data)} hồ sơ"
            return {"error_code": 0, "message": message, "result": _items(data, problems)}
        return {"error_code": 0, "message": "Đồng bộ thành công"}

    def _wrong_dossier(self, record: Mapping[str, Any], updating: bool) -> Problem | None:
        if sentence := wrong_with_dossier(record, self._settings):
            return (-1, sentence)
        code = str(record["MaHoSo"])
        if updating and code not in self.dossiers:
            return (-1, f"Hồ sơ {code} không tồn tại")
        if not updating and code in self.dossiers:
            return (self._settings.exists_code, f"Mã hồ sơ {code} đã tồn tại")
        return None

    def _wrong_step(self, step: Mapping[str, Any]) -> Problem | None:
        if sentence := wrong_with_step(step, self._settings):
            return (-1, sentence)
        code = str(step["MaHoSo"])
        return None if code in self.dossiers else (-1, f"Hồ sơ {code} không tồn tại")

    def _take_dossier(self, number: int, record: Mapping[str, Any], updating: bool) -> None:
        self._log.add(number, "update" if updating else "create", record)
        self.dossiers[str(record["MaHoSo"])] = record

    def _take_step(self, number: int, step: Mapping[str, Any]) -> None:
        identity = (
            str(step["MaHoSo"]), str(step["ThoiDiemXuLy"]), str(step["TrangThai"]), content_digest(step["NoiDungXuLy"]),
        )  # fmt: skip
        if self._settings.dedupe_progress and identity in self._steps:
            self.repeats_ignored += 1
            return
        self._steps.add(identity)
        self._log.add(number, "progress", step)
        self._move(str(step["MaHoSo"]), str(step["TrangThai"]))

    def _move(self, code: str, status: str) -> None:
        if self._settings.progress_moves_status and code in self.dossiers:
            self.change(code, status)

    def change(self, code: str, status: str) -> None:
        """Somebody else's hand: the dossier has this status now. Raises `KeyError` where there is none."""
        self.dossiers[code] = {**self.dossiers[code], "TrangThaiHoSo": status}

    def forget(self, code: str) -> None:
        """Somebody else's hand: the dossier is not there any more, nor its steps. Raises `KeyError`."""
        del self.dossiers[code]
        self._steps = {step for step in self._steps if step[0] != code}

    def _remember(self, effect: Effect) -> None:
        if effect.kind == "progress":
            self._steps.add((effect.key, effect.step_at, effect.status, effect.content))
            self._move(effect.key, effect.status)
        elif effect.kind != "filed":
            self.dossiers[effect.key] = {"MaHoSo": effect.key, "TrangThaiHoSo": effect.status}

    def _read(self, service: str, parameters: Mapping[str, Any]) -> Reply:
        self.reads[service] += 1
        if service == "TraCuuHoSo":
            found = self.dossiers.get(str(parameters.get("mahoso", "")))
            return _answered([self._row(found)] if found else [])
        rows = self._catalogue.rows(service, parameters)
        if service == "LayThuTuc" and not rows and self._settings.unknown_procedure == "refused":
            return _failed("Thủ tục không tồn tại")
        return _answered({"data": rows} if service == "LayDVC" else rows)

    def _row(self, dossier: Mapping[str, Any]) -> dict[str, str]:
        if self._settings.look_up == "bare":
            return {"HoTenNguoiNop": str(dossier.get("ChuHoSo", ""))}
        row = {
            "MaHoSo": str(dossier["MaHoSo"]),
            "MaTTHC": str(dossier.get("MaTTHC", "")),
            "HoTenNguoiNop": str(dossier.get("ChuHoSo", "")),
            "MaTrangThai": str(dossier.get("TrangThaiHoSo", "")),
        }
        return {key.upper(): value for key, value in row.items()} if self._settings.look_up == "capitals" else row


def _answered(result: Any) -> Reply:
    return {"error_code": 0, "message": "", "result": result}


def _failed(message: str) -> Reply:
    return {"error_code": -1, "message": message}


def _items(data: Sequence[Mapping[str, Any]], problems: Sequence[Problem | None]) -> list[Reply]:
    return [
        {
            "MaHoSo": item.get("MaHoSo"),
            "error_code": str((problem or (0, ""))[0]),
            "message": (problem or (0, "Thành công"))[1],
        }
        for item, problem in zip(data, problems, strict=True)
    ]
