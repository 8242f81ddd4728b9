"""The indicators screen: points, targets, units and charts of a period, what of the register is overdue, and files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import hdrs, web
from markupsafe import Markup

from gateway.acceptance.codes.moment import day_in_vietnam
from gateway.console.asking import Answer, Asked, Way
from gateway.console.indicators import Series, day_shares, indicators_chart
from gateway.console.language import Language
from gateway.console.parts import Parts
from gateway.console.rendering import Page, say
from gateway.console.words import Words
from gateway.ledger.services.port import LEVELS
from gateway.operations.indicators import IndicatorOperations
from gateway.reports.indicators.register import register_rows
from gateway.reports.indicators.report import Query, QueryError, indicator_report
from gateway.reports.indicators.sheet import FILES

ASKED = ("from", "to", "agency", "level")
LEVEL_WORDS = {
    "province": Words("Tỉnh", "Province"),
    "district": Words("Huyện", "District"),
    "commune": Words("Xã", "Commune"),
    "unknown": Words("Không rõ", "Unknown"),
    "all": Words("Mọi cấp", "All levels"),
}
CRITERION_STATES = {
    "empty": Words("Không áp dụng", "Not applicable"),
    "elsewhere": Words("Nguồn khác", "Measured elsewhere"),
}
MET = {
    True: (Words("Đạt", "Met"), "good"),
    False: (Words("Chưa đạt", "Not met"), "bad"),
    None: (Words("Chưa có số", "Nothing to measure"), "quiet"),
}
STEP_WORDS = {
    "approve": Words("Phê duyệt quy trình", "Approve the process"),
    "set_up": Words("Cấu hình", "Set up"),
    "notify": Words("Thông báo dùng thử", "Notify"),
    "try": Words("Dùng thử", "Try out"),
    "offer": Words("Cung cấp chính thức", "Offer"),
    "connect": Words("Tích hợp Cổng DVCQG", "Connect nationally"),
}
_CHARTS = (
    (
        Words("Theo ngày tiếp nhận", "By day of receipt"),
        (
            (Words("Nộp trực tuyến", "Filed online"), "online", "received"),
            (Words("Đồng bộ lên Cổng", "Synchronised"), "synchronised", "received"),
            (Words("Thanh toán trực tuyến", "Paid online"), "paid_online", "fee_bearing"),
            (Words("Số hóa", "Digitised"), "digitised", "received"),
        ),
    ),
    (
        Words("Theo ngày xong", "By day of finishing"),
        (
            (Words("Đúng hạn", "In time"), "in_time", "judged"),
            (Words("Kết quả điện tử", "Electronic result"), "electronic_results", "results"),
        ),
    ),
)
_UNITS = 100
_OVERDUE = 50


def ways(parts: Parts) -> tuple[Way, ...]:
    """The screen, and its files."""
    screen = _Indicators(parts)
    return (Way("GET", "/indicators", screen.show), Way("POST", "/indicators/export", screen.export))


class _Indicators:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings = parts.settings.indicators
        self._operations = IndicatorOperations(parts.ledger)

    async def show(self, asked: Asked) -> Page:
        query = _query({name: asked.query(name) for name in ASKED if asked.query(name)}, asked.now)
        if query is None:
            return Page("problems/bad_filter.html", status=422)
        report = await indicator_report(self._parts.ledger, self._settings, query, asked.now)
        services = await self._parts.ledger.services()
        today = day_in_vietnam(asked.now)
        overdue = register_rows(services, self._settings, today, {"overdue": "true"})
        values = {
            "query": query,
            "asked": query.as_dict(),
            "report": report,
            "charts": charts(query, report["days"], asked.language),
            "units": report["units"][:_UNITS],
            "more_units": max(0, len(report["units"]) - _UNITS),
            "overdue": sorted(overdue, key=lambda one: -one["overdue_days"])[:_OVERDUE],
            "overdue_count": len(overdue),
            "levels": LEVELS,
            "LEVEL_WORDS": LEVEL_WORDS,
            "CRITERION_STATES": CRITERION_STATES,
            "MET": MET,
            "STEP_WORDS": STEP_WORDS,
            "share": share,
            "points": points,
        }
        return Page("indicators.html", values)

    async def export(self, asked: Asked) -> Answer:
        told = {name: asked.filled[name] for name in ASKED if asked.filled.get(name)}
        query, kind, purpose = _query(told, asked.now), asked.filled.get("file", ""), asked.reason()
        if query is None or kind not in FILES:
            return Page("problems/bad_filter.html", status=422)
        report = await indicator_report(self._parts.ledger, self._settings, query, asked.now)
        media_type, write = FILES[kind]
        content = await asyncio.to_thread(write, report)
        await self._operations.exported(asked.visitor.name, kind, query.as_dict(), purpose)
        headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{query.file_name(kind)}"'}
        return web.Response(body=content, content_type=media_type, headers=headers)


def charts(query: Query, days: list[dict[str, Any]], language: Language) -> list[Markup]:
    """The charts of a period, every day of it on the axis."""
    known = {one["day"]: one for one in days}
    every = [str(day) for day in _days(query.first, query.last)]
    made = []
    for title, lines in _CHARTS:
        series = [
            Series(say(words, language), day_shares([known.get(day) for day in every], above, below))
            for words, above, below in lines
        ]
        words = (say(Words("Số liệu", "Data"), language), say(Words("Ngày", "Day"), language))
        made.append(Markup(indicators_chart(every, series, say(title, language), *words)))  # noqa: S704 - made of elements
    return made


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _query(told: Mapping[str, str], now: datetime) -> Query | None:
    """What the address or a form asks for; None where that cannot be."""
    try:
        return Query.read(told, now)
    except QueryError:
        return None


def share(value: float | None) -> str:
    """With one decimal, as the plan's tables are written."""
    return "–" if value is None else f"{value * 100:.1f} %".replace(".", ",")


def points(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace(".", ",")
