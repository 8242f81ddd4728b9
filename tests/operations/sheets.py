"""Spreadsheets as people hand them in, made by another library than the one that reads them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

HEAD = ("canonical", "foreign", "vi", "en", "valid_from", "valid_to", "note")


def csv_of(*rows: Sequence[str], head: Sequence[str] = HEAD, separator: str = ",") -> bytes:
    """A CSV file; no cell holds the separator."""
    return "\r\n".join(separator.join(row) for row in (head, *rows)).encode() + b"\r\n"


def xlsx_of(*rows: Sequence[Any], head: Sequence[str] = HEAD, sheets: Sequence[str] = ("Mã",)) -> bytes:
    """An XLSX file: text as text, numbers as numbers, days as days, None as nothing."""

    def fill(book: Any, sheet: Any) -> None:
        formats = {date: "dd/mm/yyyy", datetime: "dd/mm/yyyy hh:mm"}
        for at, row in enumerate((head, *rows)):
            for column, value in enumerate(row):
                if type(value) in formats:
                    sheet.write_datetime(at, column, value, book.add_format({"num_format": formats[type(value)]}))
                elif isinstance(value, str):
                    sheet.write_string(at, column, value)
                elif value is not None:
                    sheet.write(at, column, value)

    return workbook(fill, sheets)


def workbook(fill: Callable[[Any, Any], None], sheets: Sequence[str] = ("Mã",)) -> bytes:
    """An XLSX file whose last sheet a function fills."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    made = [book.add_worksheet(name) for name in sheets]
    fill(book, made[-1])
    book.close()
    return content.getvalue()
