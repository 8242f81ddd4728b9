"""A chart of indicators by day, made on the server: a drawing and, for whoever cannot see it, the same as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.console.markup import Html, html, tag

_WIDTH, _HEIGHT, _BELOW, _LEFT = 720, 200, 24, 48
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
"""Lines differ by more than colour."""


class Series(NamedTuple):
    """One line: what it says, and its value on each day (None: nothing to measure)."""

    vi: str
    en: str
    values: Sequence[float | None]


def indicators_chart(days: Sequence[str], series: Sequence[Series], *, vi: str, en: str) -> Html:
    """Shares between 0 and 1 by day, as an SVG with its data in a table behind it. Days in order, ISO."""
    title = f"{vi} / {en}"
    lines = [
        tag(
            "polyline",
            class_=f"line-{number}",
            points=" ".join(f"{x},{y}" for x, y in points),
            fill="none",
            stroke="currentColor",
            stroke_width="2",
            stroke_dasharray=_DASHES[number % len(_DASHES)] or None,
        )
        for number, one in enumerate(series)
        for points in _runs(one.values)
    ]
    drawing = tag(
        "svg",
        tag("title", title),
        _scale(),
        lines,
        viewBox=f"0 0 {_LEFT + _WIDTH} {_HEIGHT + _BELOW}",
        role="img",
        aria_label=title,
    )
    return tag("figure", tag("figcaption", title), drawing, _table(days, series), class_="chart")


def day_shares(days: Sequence[Mapping[str, int]], above: str, below: str) -> list[float | None]:
    """The share of each day out of the day rows of a report."""
    return [day[above] / day[below] if day[below] else None for day in days]


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, int]]]:
    """The points of a line, cut where a day has nothing to measure."""
    step = _WIDTH / max(1, len(values) - 1)
    runs: list[list[tuple[int, int]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((round(_LEFT + at * step), round(_HEIGHT * (1 - max(0.0, min(1.0, value))))))
    return [run if len(run) > 1 else [*run, (run[0][0] + 1, run[0][1])] for run in runs if run]


def _scale() -> list[Html]:
    made = []
    for percent in (0, 25, 50, 75, 100):
        y = round(_HEIGHT * (1 - percent / 100))
        line = {"x1": _LEFT, "x2": _LEFT + _WIDTH, "y1": y, "y2": y}
        made.append(tag("line", class_="grid", stroke="currentColor", stroke_opacity="0.2", **line))
        made.append(tag("text", f"{percent} %", x=_LEFT - 6, y=y + 4, text_anchor="end", font_size=11))
    return made


def _table(days: Sequence[str], series: Sequence[Series]) -> Html:
    head = tag(
        "tr", tag("th", "ngày / day", scope="col"), *(tag("th", f"{s.vi} / {s.en}", scope="col") for s in series)
    )
    rows = [
        tag("tr", tag("th", day, scope="row"), *(tag("td", _percent(one.values[at])) for one in series))
        for at, day in enumerate(days)
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return tag("details", tag("summary", "Số liệu / data"), html(table))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %".replace(".", ",")
