"""Rows of a sheet as services: headers as agreed, codes as text and never as numbers, days as days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from gateway.acceptance.codes.procedure import Procedure, judge
from gateway.errors import Problem
from gateway.ledger.services.port import GRADES, LEVELS, STEPS, Service
from gateway.operations.refused import ContentRefused, flaw
from gateway.operations.spreadsheet import Cells, column_letter, filled_rows, is_written

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "procedure": ("mã thủ tục", "mã tthc"),
    "level": ("cấp", "cấp thực hiện"),
    "name": ("tên thủ tục", "tên tthc"),
    "agency": ("cơ quan", "mã cơ quan"),
    "contact_email": ("thư điện tử", "email"),
    "contact_phone": ("điện thoại",),
    "scheme": ("văn bản phân loại", "căn cứ"),
    "grade": ("mức độ",),
    "eligible": ("đủ điều kiện",),
    "fee_bearing": ("có phí", "có phí, lệ phí"),
    "online_payment": ("thanh toán trực tuyến",),
    "forms": ("biểu mẫu",),
    "reusable": ("thành phần tái sử dụng",),
    "cause": ("nguyên nhân",),
    "approved_on": ("ngày phê duyệt quy trình",),
    "set_up_on": ("ngày cấu hình xong",),
    "notified_on": ("ngày thông báo dùng thử",),
    "tried_on": ("ngày dùng thử xong",),
    "offered_on": ("ngày cung cấp chính thức",),
    "connected_on": ("ngày tích hợp cổng dvcqg",),
}
"""The columns and what else their headers may say; capitals and spaces do not matter."""
_NEEDED = ("procedure", "level")
_LONGEST = 2000
_LEVELS = {"tỉnh": "province", "huyện": "district", "xã": "commune"}
_GRADES = {
    "toàn trình": "full", "4": "full", "mức độ 4": "full", "một phần": "partial", "3": "partial",
    "mức độ 3": "partial", "thông tin": "information", "2": "information", "1": "information",
}  # fmt: skip
_YES_NO = {"có": True, "x": True, "yes": True, "true": True, "1": True, "không": False, "no": False, "false": False,
           "0": False}  # fmt: skip
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One row, with its number in the file as the person sees it, and which columns it spoke of."""

    number: int
    service: Service
    told: frozenset[str]

    def over(self, was: Service) -> ServiceRow:
        """The old row with what this one says."""
        return replace(self, service=replace(was, **{name: getattr(self.service, name) for name in self.told}))


class _BadCell(Exception):  # noqa: N818 - reads as what it is where it is caught
    """Why a cell cannot be taken: code, Vietnamese, English."""


def read_services(file_name: str, content: bytes, sheet: str | None = None) -> list[ServiceRow]:
    """The rows of a file. An empty cell says nothing. Raises `ContentRefused` with every flaw, by row and column."""
    rows = filled_rows(file_name, content, sheet)
    number, head = next(rows, (1, ()))
    columns = _columns(number, head)
    found, problems = list[ServiceRow](), list[Problem]()
    first: dict[tuple[str, str], int] = {}
    for number, cells in rows:
        row = _row(number, cells, columns, problems)
        if row is None:
            continue
        key = (row.service.procedure, row.service.level)
        if first.setdefault(key, number) != number:
            vi = f"Dòng {number}: thủ tục này ở cấp này đã có ở dòng {first[key]}."
            en = f"Row {number}: this procedure stands for this level in row {first[key]}."
            problems.append(flaw(f"/rows/{number}/procedure", "ROW_REPEATED", vi, en))
        found.append(row)
    if not found and not problems:
        problems.append(
            flaw("", "FILE_EMPTY", "Tệp không có dòng nào dưới tiêu đề.", "No row stands below the header.")
        )
    if problems:
        raise ContentRefused(problems)
    return found


def _columns(number: int, head: Cells) -> dict[int, str]:
    names = {name: column for column, more in COLUMNS.items() for name in (column, *more)}
    columns: dict[int, str] = {}
    problems = []
    for index, cell in enumerate(head):
        if not is_written(cell):
            continue
        column, letter = names.get(_folded(cell)), column_letter(index)
        if column is None or column in columns.values():
            known = ", ".join(f"{name} ({more[0]})" for name, more in COLUMNS.items())
            vi = f"Tiêu đề cột {letter} không dùng được (lạ hoặc lặp lại); các cột: {known}."
            en = f"The header of column {letter} is unknown, or stands twice."
            problems.append(flaw(f"/rows/{number}", "HEADER_UNKNOWN", vi, en))
        else:
            columns[index] = column
    for column in _NEEDED:
        if column not in columns.values():
            vi, en = f"Thiếu cột {column} ({COLUMNS[column][0]}).", f"The column {column} is missing."
            problems.append(flaw(f"/rows/{number}/{column}", "HEADER_MISSING", vi, en))
    if problems:
        raise ContentRefused(problems)
    return columns


def _row(number: int, cells: Cells, columns: Mapping[int, str], problems: list[Problem]) -> ServiceRow | None:
    values: dict[str, Any] = {}
    before = len(problems)
    for index, column in columns.items():
        cell = cells[index] if index < len(cells) else None
        try:
            if is_written(cell) or column in _NEEDED:
                read: Callable[[Any], Any] = _READ.get(column, _text)
                values[column] = read(cell)
        except _BadCell as exc:
            code, vi, en = exc.args
            vi, en = f"Dòng {number}, cột {column_letter(index)}: {vi}.", f"Row {number}, {column_letter(index)}: {en}."
            problems.append(flaw(f"/rows/{number}/{column}", code, vi, en))
    return ServiceRow(number, Service(**values), frozenset(values)) if len(problems) == before else None


def _code(cell: Any) -> str:
    if not isinstance(cell, str):
        raise _BadCell(
            "CODE_IS_NUMBER",
            "mã thiếu, hoặc đang là số và có thể đã mất chữ số 0; hãy định dạng cột là Văn bản (Text) rồi gõ lại",
            "no code, or one that is a number and may have lost its zeros; format the column as Text, type it again",
        )
    code = _text(cell)
    if judge(code) is Procedure.MALFORMED:
        raise _BadCell("PROCEDURE_FORMAT", "mã thủ tục như 1.001193", "a procedure code like 1.001193")
    return code


def _text(cell: Any) -> str:
    text = unicodedata.normalize("NFC", str(cell)).strip()
    if any(unicodedata.category(letter) in ("Cc", "Cf") for letter in text) or len(text) > _LONGEST:
        raise _BadCell("CELL_TEXT", "ô quá dài hoặc chứa ký tự điều khiển", "too long, or holds control characters")
    return text


def _one_of(some: Mapping[str, Any], *themselves: str) -> Callable[[Any], Any]:
    words = {**some, **dict(zip(themselves, themselves, strict=True))}

    def read(cell: Any) -> Any:
        found = words.get(_folded(cell)) if is_written(cell) else None
        if found is None:
            listed = ", ".join(words)
            raise _BadCell("CELL_WORD", f"phải là một trong: {listed}", f"must be one of: {listed}")
        return found

    return read


def _day(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return str(cell.date() if isinstance(cell, datetime) else cell)
    text = str(cell).strip()
    local = _LOCAL_DAY.fullmatch(text)
    try:
        if local:
            return str(date(int(local[3]), int(local[2]), int(local[1])))
        if _ISO_DAY.fullmatch(text):
            return str(date.fromisoformat(text))
    except ValueError:
        pass
    raise _BadCell("CELL_DAY", "phải là ngày có thật như 31/12/2021 hoặc 2021-12-31", "must be a real day") from None


def _folded(cell: Any) -> str:
    return " ".join(unicodedata.normalize("NFC", str(cell)).casefold().split())


_READ: Mapping[str, Callable[[Any], Any]] = {
    "procedure": _code,
    "level": _one_of(_LEVELS, *LEVELS),
    "grade": _one_of(_GRADES, *GRADES),
    **dict.fromkeys(("eligible", "fee_bearing", "online_payment"), _one_of(_YES_NO)),
    **dict.fromkeys(STEPS, _day),
}
