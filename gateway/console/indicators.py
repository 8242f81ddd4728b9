"""A chart of indicators by day, made on the server: a drawing and, for whoever cannot see it, the same as a table.

Knows nothing of templates: what comes out is finished markup, well-formed, with no style of its own to trip over a CSP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

_WIDTH, _HEIGHT, _BELOW, _LEFT = 720, 200, 24, 48
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
"""Lines differ by more than colour."""


class Series(NamedTuple):
    """One line: what it says, and its value on each day (None: nothing to measure)."""

    title: str
    values: Sequence[float | None]


def indicators_chart(
    days: Sequence[str], series: Sequence[Series], title: str, data: str = "Số liệu", day: str = "Ngày"
) -> str:
    """Shares between 0 and 1 by day, as a figure: an SVG, and its data in a table behind it. Days in order, ISO.

    `data`, `day`: what the table and its first column are called.
    """
    figure = ET.Element("figure", {"class": "chart"})
    ET.SubElement(figure, "figcaption").text = title
    box = f"0 0 {_LEFT + _WIDTH} {_HEIGHT + _BELOW}"
    drawing = ET.SubElement(figure, "svg", {"viewBox": box, "role": "img", "aria-label": title})
    ET.SubElement(drawing, "title").text = title
    _scale(drawing)
    for number, one in enumerate(series):
        for points in _runs(one.values):
            line = {
                "class": f"line-{number}", "points": " ".join(f"{x},{y}" for x, y in points), "fill": "none",
                "stroke": "currentColor", "stroke-width": "2",
            }  # fmt: skip
            dashes = _DASHES[number % len(_DASHES)]
            ET.SubElement(drawing, "polyline", line | ({"stroke-dasharray": dashes} if dashes else {}))
    _table(figure, days, series, data, day)
    return ET.tostring(figure, encoding="unicode", short_empty_elements=False)


def day_shares(days: Sequence[Mapping[str, int] | None], above: str, below: str) -> list[float | None]:
    """The share of each day out of the day rows of a report; None where there is nothing to measure."""
    return [day[above] / day[below] if day and day[below] else None for day in days]


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


def _scale(drawing: ET.Element) -> None:
    for percent in (0, 25, 50, 75, 100):
        y = round(_HEIGHT * (1 - percent / 100))
        line = {"x1": _LEFT, "x2": _LEFT + _WIDTH, "y1": y, "y2": y}
        grid = {"class": "grid", "stroke": "currentColor", "stroke-opacity": "0.2"}
        ET.SubElement(drawing, "line", grid | {name: str(value) for name, value in line.items()})
        place = {"x": str(_LEFT - 6), "y": str(y + 4), "text-anchor": "end", "font-size": "11"}
        ET.SubElement(drawing, "text", place).text = f"{percent} %"


def _table(figure: ET.Element, days: Sequence[str], series: Sequence[Series], data: str, day: str) -> None:
    details = ET.SubElement(figure, "details")
    ET.SubElement(details, "summary").text = data
    table = ET.SubElement(details, "table")
    head = ET.SubElement(ET.SubElement(table, "thead"), "tr")
    for words in (day, *(one.title for one in series)):
        ET.SubElement(head, "th", {"scope": "col"}).text = words
    body = ET.SubElement(table, "tbody")
    for at, moment in enumerate(days):
        row = ET.SubElement(body, "tr")
        ET.SubElement(row, "th", {"scope": "row"}).text = moment
        for one in series:
            ET.SubElement(row, "td").text = _percent(one.values[at])


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %".replace(".", ",")
