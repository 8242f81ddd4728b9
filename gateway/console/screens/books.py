"""The balance sheet: what was accepted and what became of it, to the unit, with the list behind every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.acceptance.codes import moment
from gateway.console.asking import Asked, Way
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.sheets import Cell, Row, Sheet, said
from gateway.console.words import STATES, Words, destination_words, type_words
from gateway.ledger.balance import ENDED

_NUMBERS = ("accepted", *ENDED, "open", "balance")


def ways(parts: Parts) -> tuple[Way, ...]:
    """The sheet, of all time or of one day."""

    async def show(asked: Asked) -> Page:
        day = asked.query("day") or None
        if day is not None and not moment.is_day(day):
            return Page("problems/bad_filter.html", status=422)
        sheet = await parts.ledger.balance(day)
        rows = [_row(said(destination_words(one["destination"])), one, one["destination"], day) for one in sheet["by"]]
        sheets = [Sheet(Words("Theo nơi nhận", "By destination"), _heads(), [_total(sheet, day), *rows])]
        if day is not None:
            sheets += [_types(one, day) for one in sheet["by"] if one.get("types")]
        return Page("books.html", {"sheets": sheets, "day": day or "", "difference": sheet["balance"]})

    return (Way("GET", "/balance", show),)


def _heads() -> list[Words]:
    first = (Words("Nơi nhận", "Destination"), Words("Đã ghi", "Accepted"))
    return [
        *first,
        *(Words(STATES[name].vi, STATES[name].en) for name in (*ENDED, "open")),
        Words("Lệch", "Difference"),
    ]


def _total(sheet: Mapping[str, Any], day: str | None) -> Row:
    return _row(said(Words("Tất cả", "All")), sheet, "", day)


def _row(first: Cell, line: Mapping[str, Any], destination: str, day: str | None, type_: str = "") -> Row:
    return [first, *(_number(name, line[name], destination, day, type_) for name in _NUMBERS)]


def _number(name: str, count: int, destination: str, day: str | None, type_: str) -> Cell:
    asked = {"destination": destination, "day": day, "type": type_}
    if name == "balance":
        return Cell(count, tone="bad" if count else "good")
    return Cell(count, address("deliveries", **asked, state="" if name == "accepted" else name))


def _types(one: Mapping[str, Any], day: str) -> Sheet:
    name = destination_words(one["destination"])
    rows = [_row(said(type_words(line["type"])), line, one["destination"], day, line["type"]) for line in one["types"]]
    return Sheet(Words(f"{name.vi}, theo loại", f"{name.en}, by type"), _heads(), rows)
