"""How the installation does: what `/readyz` checks, disk, clock, versions, keys, alerts, and what comes to its end."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version

from gateway.console.asking import Asked, Way
from gateway.console.moments import span
from gateway.console.parts import Parts
from gateway.console.rendering import Page
from gateway.console.sheets import Cell, Sheet, at, code, said
from gateway.console.words import Words, number
from gateway.reports.expiring import Ending, Kind, endings
from gateway.telemetry.disk import Disk

_STARTED = time.monotonic()
_MIB = 1 << 20


def ways(parts: Parts) -> tuple[Way, ...]:
    """The page, which every viewer may see: it names no secret."""

    async def show(asked: Asked) -> Page:
        ready, keys, alerts, ending = await asyncio.gather(
            parts.readiness(),
            parts.keys.keys(),
            parts.ledger.alerts_page({}, None, 30),
            endings(parts.ledger, parts.settings),
        )
        fine = Words("tốt", "fine")
        checks = [
            [code(name), Cell(fine, tone="good") if flaw is None else Cell(flaw, tone="bad")]
            for name, flaw in ready.items()
        ]
        sheets = [
            Sheet(
                Words("Các phần", "Parts"),
                (Words("Phần", "Part"), Words("Tình trạng", "State")),
                [*checks, free_room(Disk(parts.settings.data_dir, parts.settings.disk)), *_machine(parts, asked)],
            ),
            Sheet(
                Words("Cảnh báo", "Alerts"),
                (
                    Words("Loại", "Kind"),
                    Words("Nói gì", "What"),
                    Words("Mở lúc", "Opened"),
                    Words("Đóng lúc", "Closed"),
                ),
                [
                    [code(one["kind"]), said(Words(one["vi"], one["en"])), at(one["opened_at"]), at(one["closed_at"])]
                    for one in alerts["items"]
                ],
            ),
            Sheet(
                Words("Khoá", "Keys"),
                (
                    Words("Khoá", "Key"),
                    Words("Dùng để", "Use"),
                    Words("Đã bọc", "Wrapped"),
                    Words("Không mở được", "Do not open"),
                    Words("Ngưng lúc", "Ended"),
                ),
                [
                    [
                        code(one["id"]),
                        said(_use(one)),
                        said(one["wrapped"]),
                        said(one["unopened"]),
                        at(one["ended_at"]),
                    ]
                    for one in keys
                ],
            ),
            _endings(ending, parts.settings.alerts.expiring.before, asked.now),
        ]
        return Page("sheets.html", {"title": Words("Hệ thống", "System"), "sheets": sheets})

    return (Way("GET", "/system", show),)


def free_room(disk: Disk) -> list[Cell]:
    """The least that is free, by the bounds that count at the door and for the alert."""
    name, least = said(Words("Ổ đĩa còn", "Free disk")), disk.least()
    if least is None:
        return [name, Cell(Words("không xem được", "cannot be looked at"), tone="doubt")]
    free, folder = least
    tone = "bad" if disk.short() else "wait" if disk.low() else "good"
    return [name, Cell(f"{number(free // _MIB)} MiB ({folder})", tone=tone)]


def _endings(found: Sequence[Ending], before: timedelta, now: datetime) -> Sheet:
    """The soonest first; a tone where the alert is about it too."""
    rows = [[said(_ENDINGS[one.kind]), code(one.name), *_left(one.at, before, now)] for one in found]
    heads = (Words("Cái gì", "What"), Words("Tên", "Name"), Words("Đến lúc", "At"), Words("Còn", "Left"))
    lead = Words(
        "Chứng thư hết hạn; khoá và mã quản trị quá tuổi theo alerts.expiring. Chứng thư của máy chủ: những máy mà "
        "tiến trình này đã gọi.",
        "Certificates end; keys and the token grow older than alerts.expiring says. Of servers: those that this "
        "process has called.",
    )
    return Sheet(Words("Sắp hết hạn", "Expiring"), heads, rows, lead)


def _left(ends_at: datetime | None, before: timedelta, now: datetime) -> list[Cell]:
    if ends_at is None:
        return [said(None), Cell(Words("không đọc được", "cannot be read"), tone="bad")]
    days = (ends_at - now).days
    tone = "bad" if ends_at <= now else "wait" if ends_at - now <= before else "good"
    return [at(ends_at.isoformat()), Cell(Words(f"{days} ngày", f"{days} days"), tone=tone)]


_ENDINGS: Mapping[Kind, Words] = {
    "certificate": Words("chứng thư trong tệp", "certificate of a file"),
    "server": Words("chứng thư của máy chủ", "certificate of a server"),
    "client_key": Words("khoá của hệ thống gửi", "key of a client"),
    "sealing_key": Words("khoá niêm phong", "sealing key"),
    "admin_token": Words("mã quản trị", "administrator's token"),
}


def _machine(parts: Parts, asked: Asked) -> list[list[Cell]]:
    up = span(time.monotonic() - _STARTED, asked.language)
    return [
        [said(Words("Giờ của máy", "Clock of this machine")), at(asked.now.isoformat())],
        [said(Words("Tiến trình này đã chạy", "This process has run for")), said(up)],
        [said(Words("Phiên bản", "Version")), code(f"lienthong {version('lienthong')}")],
        [said("Python"), code(platform.python_version())],
        [
            said(Words("Chế độ", "Mode")),
            said(
                Words("sản xuất", "production")
                if parts.settings.production
                else Words("thử nghiệm: bí mật mô phỏng được phép", "trial: sandbox secrets are allowed")
            ),
        ],
    ]


def _use(key: dict[str, object]) -> Words:
    if key["seals"]:
        return Words("đang niêm phong", "seals")
    return Words("tìm kiếm", "search") if key["searches"] else Words("chỉ mở", "opens only")
