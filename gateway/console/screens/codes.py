"""Code lists and mappings in force: what a code of ours is called over there, found whatever its accents."""

from __future__ import annotations

from datetime import date

from gateway.console.asking import Asked, Way
from gateway.console.finding import folded
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.sheets import Cell, Sheet, code, said
from gateway.console.words import Words
from gateway.operations.listing import find_list, listing, lists
from gateway.operations.refreshed import KINDS
from mappings.catalogue import today
from mappings.codelists import CodeList, Entry

_MOST = 500


def ways(parts: Parts) -> tuple[Way, ...]:
    """The lists, one list with its rows, and the mappings."""

    async def show(_: Asked) -> Page:
        catalogue = parts.catalogue.current
        rows = [
            [
                Cell(Words(one["vi"], one["en"]), address("codes", one["name"])),
                code(one["name"]),
                said(one["in_force"]),
                said(one["rows"]),
            ]
            for one in lists(catalogue)
        ]
        heads = (Words("Danh mục", "List"), Words("Tên", "Name"), Words("Đang dùng", "In force"), Words("Dòng", "Rows"))
        return Page("sheets.html", {"title": Words("Danh mục mã", "Code lists"), "sheets": [_sheet(heads, rows)]})

    async def one(asked: Asked) -> Page:
        found = find_list(parts.catalogue.current, asked.part("name"))
        words = folded(asked.query("q")).split()
        fitting = [
            each
            for each in found.entries
            if all(word in folded(f"{each.canonical} {each.foreign} {each.vi} {each.en} {each.note}") for word in words)
        ]
        rows = [
            [
                code(each.canonical),
                code(each.foreign),
                said(Words(each.vi or each.en, each.en or each.vi)),
                _holds(each),
                said(each.note),
            ]
            for each in fitting[:_MOST]
        ]
        heads = (Words("Mã của tỉnh", "Ours"), Words("Mã bên kia", "Theirs"), Words("Nghĩa", "Meaning"),
                 Words("Hiệu lực", "In force"), Words("Ghi chú", "Note"))  # fmt: skip
        values = {
            "title": Words(found.vi, found.en),
            "sheets": [*_upcoming(found), _sheet(heads, rows)],
            "fed": found.name in KINDS,
            "q": asked.query("q"),
            "name": found.name,
            "count": len(fitting),
            "told": len(rows),
        }
        return Page("codes/one.html", values)

    async def mappings(_: Asked) -> Page:
        in_force, withdrawn, own = (
            Words("đang dùng", "in force"),
            Words("đã rút", "withdrawn"),
            Words("của tỉnh", "own"),
        )
        rows = [
            [
                code(each["name"]),
                code(version["version"]),
                said(version["effective_from"]),
                Cell(in_force, tone="good") if version["in_force"] else said(withdrawn if version["withdrawn"] else ""),
                said(own if version["own"] else ""),
            ]
            for each in listing(parts.catalogue.current)
            for version in each["versions"]
        ]
        heads = (Words("Bảng dịch", "Mapping"), Words("Bản", "Version"), Words("Có hiệu lực từ", "From"),
                 Words("Tình trạng", "State"), Words("Của ai", "Whose"))  # fmt: skip
        return Page("sheets.html", {"title": Words("Bảng dịch", "Mappings"), "sheets": [_sheet(heads, rows)]})

    return (Way("GET", "/codes", show), Way("GET", "/codes/{name}", one), Way("GET", "/mappings", mappings))


def _holds(one: Entry) -> Cell:
    """The days it holds; a chip where that is not today."""
    began, ends = one.valid_from != date.min, one.valid_to != date.max
    if not began and not ends:
        return said("")
    told = f"{one.valid_from if began else '…'} – {one.valid_to if ends else '…'}"
    return Cell(told) if one.holds(today()) else Cell(told, tone="wait" if one.valid_from > today() else "quiet")


def _upcoming(found: CodeList) -> list[Sheet]:
    """What changes by itself on a day to come: rows that begin, and rows that end; the soonest first."""
    begins, ends = Words("bắt đầu", "begins"), Words("hết hiệu lực", "ends")
    ahead = [(one.valid_from, begins, one) for one in found.entries if one.valid_from > today()]
    ahead += [(one.valid_to, ends, one) for one in found.entries if today() <= one.valid_to < date.max]
    if not ahead:
        return []
    rows = [
        [said(day.isoformat()), said(what), code(one.canonical), code(one.foreign)]
        for day, what, one in sorted(ahead, key=lambda each: (each[0], each[2].line))[:_MOST]
    ]
    heads = (Words("Ngày", "Day"), Words("Việc", "What"), Words("Mã của tỉnh", "Ours"), Words("Mã bên kia", "Theirs"))
    return [Sheet(Words("Sắp thay đổi", "Upcoming changes"), heads, rows)]


def _sheet(heads: tuple[Words, ...], rows: list[list[Cell]]) -> Sheet:
    return Sheet(Words("Danh sách", "List"), heads, rows)
