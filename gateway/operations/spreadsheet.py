"""Rows of cells out of a CSV or XLSX file, with the row numbers a person sees; what they mean is for `list_rows`."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.operations.refused import ContentRefused, flaw

Cells = Sequence[Any]

MOST_BYTES = 8 << 20
MOST_ROWS = 100_000
MOST_COLUMNS = 50
_MOST_UNPACKED = 128 << 20
_SEPARATORS = ",;\t"
"""A spreadsheet program set to Vietnamese writes CSV with semicolons."""


def filled_rows(file_name: str, content: bytes, sheet: str | None = None) -> Iterator[tuple[int, Cells]]:
    """The rows of a `.csv` or `.xlsx` file that hold something, with their numbers. Raises `ContentRefused`.

    Read as they are asked for, so that one lost cell in the last row of a sheet does not fill the memory.
    """
    if len(content) > MOST_BYTES:
        raise refused("FILE_TOO_LARGE", f"Tệp lớn hơn {MOST_BYTES >> 20} MiB.", f"Over {MOST_BYTES >> 20} MiB.")
    kind = file_name.lower().rpartition(".")[2]
    if kind not in ("csv", "xlsx"):
        vi, en = "Chỉ nhận tệp .csv hoặc .xlsx; hãy lưu lại.", "Only .csv and .xlsx are taken; save it as one of them."
        raise refused("FILE_KIND", vi, en)
    rows = _csv_rows(content) if kind == "csv" else _xlsx_rows(content, sheet)
    for number, cells in rows:
        if cells.count(None) < len(cells) and any(
            map(is_written, cells)
        ):  # the count is fast, and rows may be a million
            if number > MOST_ROWS:
                vi, en = (
                    f"Có ô ở dòng {number}; tối đa {MOST_ROWS} dòng.",
                    f"Row {number} holds something; at most {MOST_ROWS}.",
                )
                raise refused("ROWS_TOO_MANY", vi, en)
            yield number, cells


def is_written(cell: Any) -> bool:
    """Whether a cell holds anything."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def column_letter(index: int) -> str:
    """The name of a column as a spreadsheet program shows it: A, B, …, Z, AA; columns are counted from 0."""
    return (column_letter(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)


def refused(code: str, vi: str, en: str) -> ContentRefused:
    """The refusal of a file as a whole."""
    return ContentRefused([flaw("", code, vi, en)])


def _csv_rows(content: bytes) -> Iterator[tuple[int, Cells]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        vi = "Tệp CSV không phải UTF-8; hãy lưu lại bằng “CSV UTF-8”."
        raise refused("FILE_ENCODING", vi, "The CSV file is not UTF-8; save it as “CSV UTF-8”.") from None
    head = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=head.count), strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        vi = f"Dòng {begins}: dấu nháy không khép kín; hãy lưu lại tệp từ phần mềm bảng tính."
        en = f"Row {begins}: the quotes do not close; save the file again from the spreadsheet program."
        raise refused("CSV_BROKEN", vi, en) from None


def _xlsx_rows(content: bytes, sheet: str | None) -> Iterator[tuple[int, Cells]]:
    book = _open(content)
    names = [one.title for one in book.worksheets]
    listed = ", ".join(names)
    if sheet is None and len(names) != 1:
        vi, en = f"Tệp có nhiều trang tính; hãy chọn một: {listed}.", f"Choose one of the sheets: {listed}."
        raise refused("SHEET_AMBIGUOUS", vi, en)
    wanted = names[0] if sheet is None else sheet
    if wanted not in names:
        vi, en = f"Không có trang tính này; có: {listed}.", f"There is no such sheet; there are: {listed}."
        raise refused("SHEET_UNKNOWN", vi, en)
    try:
        yield from enumerate(book[wanted].iter_rows(max_col=MOST_COLUMNS, values_only=True), 1)
    except Exception:  # noqa: BLE001 - the library raises whatever a broken part made it stumble over
        raise _broken() from None


def _open(content: bytes) -> Any:
    from openpyxl import load_workbook  # noqa: PLC0415 - 20 MiB and a moment that only who reads a workbook pays for

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked <= _MOST_UNPACKED:
            return load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception:  # noqa: BLE001 - as above
        raise _broken() from None
    raise refused("FILE_TOO_LARGE", "Tệp giải nén ra quá lớn.", "The file unpacks to too much.")


def _broken() -> ContentRefused:
    vi = "Không đọc được tệp XLSX (hỏng hoặc có mật khẩu); hãy lưu lại tệp."
    return refused("FILE_BROKEN", vi, "The XLSX file cannot be read (damaged or under a password); save it again.")
