"""Charts of the last day: throughput, backlog, delays, causes of failure; each with its data beside it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.console import spark
from gateway.console.asking import Asked, Way
from gateway.console.language import Language
from gateway.console.moments import read
from gateway.console.parts import Parts
from gateway.console.remembering import Remembered
from gateway.console.rendering import Page, address, say
from gateway.console.sheets import Cell, Sheet, at, said
from gateway.console.words import Words, destination_words, number

_LATEST = 200
_PAGES = 5
"""The newest deliveries from which delays are told: 1,000, whatever the ledger holds."""
_MOST_LINES = 6
_MOST_BARS = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, a sentence that says it, and the figures."""

    title: Words
    told: Words
    data: str
    sheet: Sheet
    unfolded: bool = False
    """Its figures are few, or lead on: they are there without a click."""


def ways(parts: Parts) -> tuple[Way, ...]:
    """The page."""
    charts = _Charts(parts)
    return (Way("GET", "/charts", charts.show),)


class _Charts:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._day = Remembered(self._samples)
        self._delays = Remembered(self._latest)

    async def show(self, asked: Asked) -> Page:
        day, delays, groups = await asyncio.gather(
            self._day.get(), self._delays.get(), self._parts.troubles.groups.listed("open")
        )
        done = _lines(day, "ended", Words("Thông lượng", "Throughput"), asked.language)
        waits = _lines(day, "open", Words("Việc chờ", "Backlog"), asked.language)
        others = _percentiles(delays, asked.language), _causes(groups, asked.language)
        values = {
            "title": Words("Biểu đồ", "Charts"),
            "lead": Words(
                "Thông lượng và việc chờ: 24 giờ qua, mỗi điểm 15 phút.",
                "Throughput and backlog: the last 24 hours, a point each 15 minutes.",
            ),
            "charts": [*([done, waits] if day else []), *(one for one in others if one.sheet.rows)],
            "sheets": [one.sheet for one in others if not one.sheet.rows],
        }
        return Page("sheets.html", values)

    async def _samples(self) -> Mapping[str, spark.Series]:
        now = self._parts.clock()
        return spark.series(await self._parts.ledger.backlog_samples(now - spark.DAY), now)

    async def _latest(self) -> Mapping[str, list[float]]:
        """Destination -> seconds from acceptance to delivery, of the newest."""
        found: dict[str, list[float]] = defaultdict(list)
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await self._parts.ledger.deliveries_page({"state": "delivered"}, cursor, _LATEST)
            for one in page["items"]:
                if one["attempts"] and one["delivered_at"]:
                    found[one["destination"]].append(
                        (read(one["delivered_at"]) - read(one["created_at"])).total_seconds()
                    )
            cursor = page["next"]
            if cursor is None:
                break
        return found


def _lines(day: Mapping[str, spark.Series], what: str, title: Words, language: Language) -> Chart:
    chosen = sorted(day.items(), key=lambda one: -one[1].total)[:_MOST_LINES]
    names = [destination_words(name) for name, _ in chosen]
    times = [point.at for point in chosen[0][1].points] if chosen else []
    values = [[getattr(point, what) for point in series.points] for _, series in chosen]
    most = max((max(line) for line in values if line), default=0)
    told = Words(f"Nhiều nhất {number(most)} trong 15 phút.", f"At most {number(most)} in 15 minutes.")
    data = {
        "names": [say(name, language) for name in names],
        "x": [round(one.timestamp()) for one in times],
        "lines": values,
    }
    rows = [
        [at(moment.isoformat()), *(said(line[index]) for line in values)]
        for index, moment in enumerate(times)
        if any(line[index] for line in values)
    ]
    sheet = Sheet(title, (Words("Từ lúc", "From"), *names), rows)
    return Chart(title, told, orjson.dumps(data).decode(), sheet)


def _percentiles(delays: Mapping[str, Sequence[float]], language: Language) -> Chart:
    """A line a destination: how long it took at most, for what share of its deliveries."""
    found = {name: [_share(sorted(seconds), share) for share in _SHARES] for name, seconds in sorted(delays.items())}
    drawn = dict(sorted(found.items(), key=lambda one: -len(delays[one[0]]))[:_MOST_LINES])
    labels = [f"p{share * 100:g}" for share in _SHARES]
    rows = [
        [said(destination_words(name)), said(len(delays[name])), *(said(f"{one:.2f} s") for one in told)]
        for name, told in found.items()
    ]
    heads = (Words("Nơi nhận", "Destination"), Words("Số lượt", "Count"), *(Words(one, one) for one in labels))
    slowest = max(found, key=lambda name: found[name][_P95], default=None)
    told = Words("Từ lúc nhận đến lúc tới nơi, của tối đa 1.000 lượt mới nhất.",
                 "From acceptance to delivery, of the newest 1,000 at most.")  # fmt: skip
    if slowest is not None:
        worst, name = found[slowest][_P95], destination_words(slowest)
        told = Words(
            f"{told.vi} Chậm nhất: {name.vi}, 95% trong {worst:.2f} s.",
            f"{told.en} The slowest: {name.en}, 95% within {worst:.2f} s.",
        )
    data = {
        "names": [say(destination_words(name), language) for name in drawn],
        "x": list(range(len(labels))),
        "labels": labels,
        "axis": say(Words("Phần nhanh nhất", "The quickest"), language),
        "lines": list(drawn.values()),
    }
    title = Words("Độ trễ", "Delay")
    return Chart(title, told, orjson.dumps(data).decode(), Sheet(title, heads, rows), unfolded=True)


_SHARES = (0.5, 0.75, 0.9, 0.95, 0.99)
_P95 = _SHARES.index(0.95)


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def _causes(groups: Sequence[Mapping[str, Any]], language: Language) -> Chart:
    """Two bars a cause: how many deliveries stand in it, how often it was met."""
    rows = [
        [
            said(destination_words(one["destination"])),
            Cell(Words(one["title"]["vi"], one["title"]["en"]), address("groups", one["fingerprint"])),
            Cell(one["code"], code=True),
            said(sum(one["standing"].values())),
            said(one["occurrences"]),
        ]
        for one in groups
    ]
    standing, met = Words("Đang dừng", "Standing"), Words("Số lần gặp", "Occurrences")
    heads = (Words("Nơi nhận", "Destination"), Words("Nguyên nhân", "Cause"), Words("Mã lỗi", "Code"), standing, met)
    drawn = groups[:_MOST_BARS]
    data = {
        "names": [say(standing, language), say(met, language)],
        "x": list(range(len(drawn))),
        "labels": [one["code"] for one in drawn],
        "axis": say(Words("Mã lỗi", "Code"), language),
        "lines": [[sum(one["standing"].values()) for one in drawn], [one["occurrences"] for one in drawn]],
        "bars": True,
    }
    total = sum(sum(one["standing"].values()) for one in groups)
    told = Words(
        f"{number(len(groups))} nguyên nhân, {number(total)} lượt đang dừng vì chúng.",
        f"{number(len(groups))} causes, {number(total)} deliveries stand in them.",
    )
    nothing = Words("Không có nhóm lỗi nào.", "There is no failure group.")
    title = Words("Nguyên nhân lỗi", "Causes of failure")
    return Chart(title, told, orjson.dumps(data).decode(), Sheet(title, heads, rows, nothing=nothing), unfolded=True)
