"""Rows of a file as entries of a code list: headers as agreed, codes as text and never as numbers.

A spreadsheet turns 1.001190 into the number 1.00119 without a word, so a code cell that holds a number is refused.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gateway.errors import Problem
from gateway.operations.refused import ContentRefused, flaw
from gateway.operations.spreadsheet import Cells, column_letter, filled_rows, is_written
from mappings.codelists import Entry

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "canonical": ("mã nội bộ", "mã địa phương"),
    "foreign": ("mã hệ thống đích", "mã quốc gia"),
    "vi": ("tên", "tên tiếng việt"),
    "en": ("tên tiếng anh",),
    "valid_from": ("hiệu lực từ", "từ ngày"),
    "valid_to": ("hiệu lực đến", "đến ngày"),
    "note": ("ghi chú",),
}
"""The columns and what else their headers may say; capitals and spaces do not matter."""
_NEEDED = ("canonical", "foreign")
_LONGEST = 500

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_EXPONENT = re.compile(r"[0-9]+([.,][0-9]+)?E[+-]?[0-9]+", re.IGNORECASE)
_CELL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"})


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row as an entry, with its number in the file as the person sees it."""

    number: int
    entry: Entry

    @classmethod
    def from_dict(cls, number: int, values: Mapping[str, str]) -> ListRow:
        """A row out of text values by column, as the API takes them. Raises `ContentRefused`."""
        problems: list[Problem] = []
        columns = {column: index for index, column in enumerate(values)}
        entry = _entry(number, list(values.values()), columns, problems)
        if entry is None:
            raise ContentRefused(problems)
        return cls(number, entry)


class _BadCell(Exception):  # noqa: N818 - reads as what it is where it is caught
    """Why a cell cannot be taken: code, Vietnamese, English."""


def read_rows(file_name: str, content: bytes, sheet: str | None = None) -> list[ListRow]:
    """The rows of a file as entries. Raises `ContentRefused` with every flaw, each with row and column."""
    rows = filled_rows(file_name, content, sheet)
    head_number, head = next(rows, (1, ()))
    columns = _columns(head_number, head)
    found, problems = list[ListRow](), list[Problem]()
    for number, cells in rows:
        entry = _entry(number, cells, columns, problems)
        if entry is not None:
            found.append(ListRow(number, entry))
    if not found and not problems:
        vi, en = "Tệp không có dòng nào dưới tiêu đề.", "No row stands below the header."
        problems.append(flaw("", "FILE_EMPTY", vi, en))
    if problems:
        raise ContentRefused(problems)
    return found


def as_rows(entries: Iterable[Entry]) -> list[dict[str, str]]:
    """Entries as the API gives and takes them; what is empty, and days that bound nothing, are left out."""
    return [{column: value for column, value in _values(one).items() if value} for one in entries]


def as_csv(entries: Iterable[Entry]) -> str:
    """A list as CSV with the headers that `read_rows` knows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_values(one) for one in entries)
    return out.getvalue()


def _values(entry: Entry) -> dict[str, str]:
    return {
        "canonical": entry.canonical,
        "foreign": entry.foreign,
        "vi": entry.vi,
        "en": entry.en,
        "valid_from": entry.valid_from.isoformat() if entry.valid_from != date.min else "",
        "valid_to": entry.valid_to.isoformat() if entry.valid_to != date.max else "",
        "note": entry.note,
    }


def _columns(number: int, head: Cells) -> dict[str, int]:
    """Where each column stands. A header nobody knows is a typing mistake, and what it holds would be lost."""
    names = {name: column for column, more in COLUMNS.items() for name in (column, *more)}
    columns: dict[str, int] = {}
    problems = []
    for index, cell in enumerate(head):
        if not is_written(cell):
            continue
        column, letter = names.get(_plain(cell)), column_letter(index)
        if column is None:
            known = ", ".join(f"{name} ({more[-1]})" for name, more in COLUMNS.items())
            vi = f"Tiêu đề cột {letter} không dùng ở đây; các cột: {known}."
            problem = flaw(f"/rows/{number}", "HEADER_UNKNOWN", vi, f"The header of column {letter} is not known.")
            problems.append(problem)
        elif column in columns:
            vi, en = f"Cột {column} có hai lần ({letter}).", f"The column {column} stands twice ({letter})."
            problems.append(flaw(f"/rows/{number}/{column}", "HEADER_TWICE", vi, en))
        else:
            columns[column] = index
    for column in _NEEDED:
        if column not in columns:
            vi, en = f"Thiếu cột {column} ({COLUMNS[column][-1]}).", f"The column {column} is missing."
            problems.append(flaw(f"/rows/{number}/{column}", "HEADER_MISSING", vi, en))
    if problems:
        raise ContentRefused(problems)
    return columns


def _entry(number: int, cells: Cells, columns: Mapping[str, int], problems: list[Problem]) -> Entry | None:
    """A row as an entry; None, and what is wrong in `problems`, where it is none."""
    before = len(problems)
    values: dict[str, Any] = {}
    names = {index: column for column, index in columns.items()}
    for index in range(max(len(cells), max(columns.values()) + 1)):
        cell, column = cells[index] if index < len(cells) else None, names.get(index, "")
        try:
            if is_written(cell) or column in _NEEDED:
                values[column] = _READ.get(column, _stray)(cell)
        except _BadCell as exc:
            code, vi, en = exc.args
            vi = f"Dòng {number}, cột {column_letter(index)}: {vi}."
            en = f"Row {number}, column {column_letter(index)}: {en}."
            problems.append(flaw(f"/rows/{number}/{column}".rstrip("/"), code, vi, en))
    if len(problems) > before:
        return None
    made = Entry(**values)
    if made.valid_from > made.valid_to:
        vi = f"Dòng {number}: ngày hết hiệu lực trước ngày bắt đầu."
        problems.append(
            flaw(f"/rows/{number}/valid_to", "DAYS_ORDER", vi, f"Row {number}: valid_to before valid_from.")
        )
        return None
    return made


def _code(cell: Any) -> str:
    if not is_written(cell):
        raise _BadCell("CELL_EMPTY", "ô này không được để trống", "this cell must not be empty")
    if not isinstance(cell, str) or _EXPONENT.fullmatch(cell.strip()):
        raise _BadCell(
            "CODE_IS_NUMBER",
            "mã đang là số hoặc ngày, có thể đã mất chữ số 0; hãy định dạng cột là Văn bản (Text) rồi gõ lại mã",
            "the code is a number or a date and may have lost its zeros; format the column as Text and type it again",
        )
    return _text(cell)


def _text(cell: Any) -> str:
    text = unicodedata.normalize("NFC", str(cell)).strip()
    if text in _CELL_ERRORS:
        raise _BadCell("CELL_ERROR", "ô chứa lỗi của bảng tính", "the cell holds an error of the spreadsheet")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in text) or len(text) > _LONGEST:
        raise _BadCell(
            "CELL_TEXT",
            f"ô có xuống dòng, ký tự ẩn hoặc dài quá {_LONGEST} ký tự",
            f"the cell has a line break, a hidden character or more than {_LONGEST} characters",
        )
    return text


def _day(cell: Any) -> date:
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date()
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell
    text = str(cell).strip()
    try:
        if local := _LOCAL_DAY.fullmatch(text):
            return date(int(local[3]), int(local[2]), int(local[1]))
        if _ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:  # digits that are no day
        pass
    raise _BadCell(
        "DAY_FORMAT", "cần một ngày như 2025-06-30 hoặc 30/06/2025", "a day like 2025-06-30 or 30/06/2025 is needed"
    )


def _stray(_: Any) -> Any:
    raise _BadCell("CELL_STRAY", "ô này không nằm dưới tiêu đề nào", "no header stands above this cell")


_READ: Mapping[str, Callable[[Any], Any]] = {
    "canonical": _code, "foreign": _code, "vi": _text, "en": _text, "note": _text, "valid_from": _day, "valid_to": _day,
}  # fmt: skip


def _plain(cell: Any) -> str:
    return " ".join(unicodedata.normalize("NFC", str(cell)).casefold().split())
