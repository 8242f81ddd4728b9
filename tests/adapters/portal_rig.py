"""The national portal's adapter in front of its simulator, and invented documents to send through it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from adapters.contract import Adapter, Outbound
from adapters.national_portal import SPEC
from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, adapter_settings, faults

FAR = 3600.0
_PERSONAL = ("Lê Thị Mẫu Đơn", "044999000123", "0900000001", "mau.don@example.invalid")


def a_record(code: str = "000.00.09.H46-250612-0007", **changes: Any) -> dict[str, Any]:
    """One dossier record as the mapping gives it, with what the simulator demands filled."""
    return {
        "MaHoSo": code,
        "MaTTHC": "1.001612",
        "TenTTHC": "Đăng ký thành lập hộ kinh doanh",
        "ChuHoSo": _PERSONAL[0],
        "SoGiayToChuHoSo": _PERSONAL[1],
        "SoDienThoai": _PERSONAL[2],
        "Email": _PERSONAL[3],
        "LoaiDoiTuong": "1",
        "TrangThaiHoSo": "2",
        "HinhThuc": "0",
        "DonViXuLy": "Phòng Tài chính (đơn vị giả lập)",
        "TaiLieuNop": [],
        **changes,
    }


def a_step(number: int, code: str = "000.00.09.H46-250612-0007", **changes: Any) -> dict[str, Any]:
    """Progress step `number`, one minute after the one before."""
    return {
        "MaHoSo": code,
        "NguoiXuLy": "Phan Văn Thử",
        "ThoiDiemXuLy": f"20250612{8 + number // 60:02}{number % 60:02}00",
        "NoiDungXuLy": f"Bước {number}",
        "TrangThai": "4",
        **changes,
    }


def steps(total: int, code: str = "000.00.09.H46-250612-0007") -> dict[str, Any]:
    return {"data": [a_step(number, code) for number in range(1, total + 1)]}


@dataclass
class Checkpoints:
    """Remembers the parts an adapter reported as answered."""

    parts: list[str] = field(default_factory=list)

    async def __call__(self, part: str, answer: bytes) -> None:
        assert answer
        self.parts.append(part)


@dataclass
class PortalRig:
    """An open adapter, its simulator, and short ways to say what a test is about."""

    adapter: Adapter
    portal: SimulatedPortal
    personal: tuple[str, ...] = _PERSONAL
    _codes: Any = field(default_factory=lambda: count(1))

    def request(self, deadline: float) -> Outbound:
        return self.dossier(a_record(f"000.00.09.H46-250612-{next(self._codes):04}"), deadline=deadline)

    def dossier(self, record: Mapping[str, Any] | None = None, **changes: Any) -> Outbound:
        return outbound("DongBoHoSoMC", record or a_record(), **changes)

    def progress(self, document: Mapping[str, Any], **changes: Any) -> Outbound:
        return outbound("CapNhatTienDoHoSoMC", document, **changes)

    def upset(self, fault: str, **how: Any) -> None:
        self.portal.next(faults.FAULTS[fault](**how))

    def hold(self) -> asyncio.Event:
        hold = faults.Hold()
        self.portal.next(hold)
        return hold.reached

    def effects(self) -> int:
        return len(self.portal.effects)

    def calls(self) -> int:
        return self.portal.calls

    def done(self) -> list[tuple[str, str]]:
        """What the portal did, in order: (kind, status or time of step)."""
        return [(e.kind, e.step_at[8:12] if e.kind == "progress" else e.status) for e in self.portal.effects]


def outbound(operation: str, document: Any, **changes: Any) -> Outbound:
    values: dict[str, Any] = {
        "idempotency_key": "k-1",
        "correlation_id": "c-1",
        "deadline": asyncio.get_running_loop().time() + FAR,
        **changes,
    }
    return Outbound(operation=operation, document=document, **values)


@asynccontextmanager
async def open_portal_rig(
    *,
    style: str = "header",
    away: bool = False,
    timeout: timedelta = timedelta(seconds=20),
    simulator: SimulatorSettings | None = None,
    clock: Any = None,
    **settings: Any,
) -> AsyncIterator[PortalRig]:
    """Open adapter and simulator in one access style; `settings` go to the adapter, `simulator` to the portal."""
    portal = SimulatedPortal(simulator) if clock is None else SimulatedPortal(simulator, clock)
    async with portal.running() as url:
        section = {
            **adapter_settings(closed_port() if away else url, portal.settings, style),
            "timeout": timeout,
            "connect_pause": timedelta(0),
            **settings,
        }
        async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
            yield PortalRig(adapter, portal)


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
