"""Rows out of CSV and XLSX files: strict about headers, codes as text, every flaw with its row and column."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest

from gateway.operations.list_rows import as_csv, read_rows
from gateway.operations.refused import ContentRefused
from gateway.operations.spreadsheet import MOST_BYTES, column_letter
from mappings.codelists import Entry
from tests.operations.sheets import HEAD, csv_of, workbook, xlsx_of

BIRTH = Entry("1.001193.H46", "1.001190", vi="Đăng ký khai sinh", en="birth")
DATED = Entry("HT", "G15-HT01", date(2025, 7, 1), date(2026, 6, 30), vi="Hộ tịch", note="công văn 999")


def flaws(file_name: str, content: bytes, sheet: str | None = None) -> list[tuple[str, str]]:
    with pytest.raises(ContentRefused) as caught:
        read_rows(file_name, content, sheet)
    for problem in caught.value.problems:
        vi, _, en = problem.message.partition(" / ")
        assert vi and en
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def words(file_name: str, content: bytes) -> str:
    with pytest.raises(ContentRefused) as caught:
        read_rows(file_name, content)
    return str(caught.value)


# ---- what is taken -------------------------------------------------------------------------------------------------

AS_TEXT = [
    ("1.001193.H46", "1.001190", "Đăng ký khai sinh", "birth", "", "", ""),
    ("HT", "G15-HT01", "Hộ tịch", "", "01/07/2025", "2026-06-30", "công văn 999"),
]
AS_CELLS: list[tuple[Any, ...]] = [
    ("1.001193.H46", "1.001190", "Đăng ký khai sinh", "birth", None, None, None),
    ("HT", "G15-HT01", "Hộ tịch", None, date(2025, 7, 1), "30/06/2026", "công văn 999"),
]


@pytest.mark.parametrize(
    ("file_name", "content"),
    [
        ("ma.csv", csv_of(*AS_TEXT)),
        ("MA.CSV", csv_of(*AS_TEXT, separator=";")),
        ("ma.csv", b"\xef\xbb\xbf" + csv_of(*AS_TEXT, separator="\t")),
        ("ma.xlsx", xlsx_of(*AS_CELLS)),
    ],
    ids=["commas", "semicolons", "tabs and a mark", "xlsx"],
)
def test_one_list_is_the_same_in_every_kind_of_file(file_name: str, content: bytes) -> None:
    rows = read_rows(file_name, content)
    assert [row.entry for row in rows] == [BIRTH, DATED]
    assert [row.number for row in rows] == [2, 3]


def test_headers_may_be_vietnamese_in_any_order_and_columns_may_be_left_out() -> None:
    head = ("Tên  tiếng Việt", "MÃ QUỐC GIA", "Mã địa phương", "Hiệu lực từ")
    rows = read_rows("ma.csv", csv_of(("Hộ tịch", "G15-HT01", "HT", "2025-07-01"), head=head))
    assert [row.entry for row in rows] == [Entry("HT", "G15-HT01", date(2025, 7, 1), vi="Hộ tịch")]


def test_blank_rows_and_blanks_around_a_code_do_not_count() -> None:
    content = csv_of(("", "", "", "", "", "", ""), (" HT ", "G15-HT01\u00a0", "", "", "", "", ""))
    [row] = read_rows("ma.csv", content)
    assert (row.number, row.entry.canonical, row.entry.foreign) == (3, "HT", "G15-HT01")


def test_rows_are_numbered_as_the_program_shows_them_also_behind_a_cell_with_line_breaks() -> None:
    content = b'canonical,foreign\r\n"a","b\r\nc"\r\nd,\r\n'
    assert flaws("ma.csv", content) == [("CELL_TEXT", "/rows/2/foreign"), ("CELL_EMPTY", "/rows/4/foreign")]


def test_a_list_given_as_csv_comes_back_as_it_was() -> None:
    entries = [BIRTH, DATED, Entry('a "quoted", word', "=1+1")]
    assert [row.entry for row in read_rows("ma.csv", as_csv(entries).encode())] == entries


# ---- codes are text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1.00119, 7, 1234567890123456, True, date(2025, 7, 1)])
def test_a_code_that_a_spreadsheet_holds_as_a_number_is_refused_with_its_cell(number: Any) -> None:
    content = xlsx_of(("HT", number, None, None, None, None, None))
    assert flaws("ma.xlsx", content) == [("CODE_IS_NUMBER", "/rows/2/foreign")]
    said = words("ma.xlsx", content)
    assert "Dòng 2, cột B" in said and "Row 2, column B" in said


def test_the_same_code_as_text_is_taken_with_all_its_zeros() -> None:
    [row] = read_rows("ma.xlsx", xlsx_of(("HT", "1.001190", None, None, None, None, None)))
    assert row.entry.foreign == "1.001190"


@pytest.mark.parametrize("damaged", ["1.00119E+00", "1,2E15"])
def test_a_code_that_went_through_a_spreadsheet_as_a_number_is_refused_in_csv_too(damaged: str) -> None:
    assert flaws("ma.csv", csv_of(("HT", damaged, "", "", "", "", ""), separator=";"))[0][0] == "CODE_IS_NUMBER"


def test_columns_are_named_as_a_spreadsheet_names_them() -> None:
    assert [column_letter(index) for index in (0, 1, 25, 26, 51, 52, 701, 702)] == [
        *("A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA")
    ]


# ---- what is wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (("", "1", "", "", "", "", ""), "CELL_EMPTY", "canonical"),
        (("HT", "", "", "", "", "", ""), "CELL_EMPTY", "foreign"),
        (("HT", "#N/A", "", "", "", "", ""), "CELL_ERROR", "foreign"),
        (("HT", "a\u200bb", "", "", "", "", ""), "CELL_TEXT", "foreign"),
        (("HT", "x" * 501, "", "", "", "", ""), "CELL_TEXT", "foreign"),
        (("HT", "1", "", "", "31/02/2025", "", ""), "DAY_FORMAT", "valid_from"),
        (("HT", "1", "", "", "2025-7-1", "", ""), "DAY_FORMAT", "valid_from"),
        (("HT", "1", "", "", "07-01-2025", "", ""), "DAY_FORMAT", "valid_from"),
        (("HT", "1", "", "", "2025-07-02", "2025-07-01", ""), "DAYS_ORDER", "valid_to"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_named(row: tuple[str, ...], code: str, column: str) -> None:
    assert flaws("ma.csv", csv_of(row)) == [(code, f"/rows/2/{column}")]


def test_a_day_with_an_hour_is_no_day() -> None:
    content = xlsx_of(("HT", "1", None, None, datetime.fromisoformat("2025-07-01T08:30"), None, None))
    assert flaws("ma.xlsx", content) == [("DAY_FORMAT", "/rows/2/valid_from")]


def test_a_cell_under_no_header_would_be_lost_so_it_is_refused() -> None:
    assert flaws("ma.csv", csv_of(("HT", "1", "stray"), head=("canonical", "foreign"))) == [("CELL_STRAY", "/rows/2")]


def test_all_flaws_of_a_file_are_told_at_once() -> None:
    content = csv_of(("", "1", "", "", "", "", ""), ("HT", "", "", "", "tomorrow", "", ""))
    assert [place for _, place in flaws("ma.csv", content)] == [
        "/rows/2/canonical",
        "/rows/3/foreign",
        "/rows/3/valid_from",
    ]


@pytest.mark.parametrize(
    ("head", "codes"),
    [
        (("canonical", "foriegn"), ["HEADER_UNKNOWN", "HEADER_MISSING"]),
        (("canonical",), ["HEADER_MISSING"]),
        (("canonical", "foreign", "mã quốc gia"), ["HEADER_TWICE"]),
    ],
)
def test_headers_are_strict(head: tuple[str, ...], codes: list[str]) -> None:
    assert [code for code, _ in flaws("ma.csv", csv_of(("a", "b", "c"), head=head))] == codes


@pytest.mark.parametrize(
    ("file_name", "content", "code"),
    [
        ("ma.csv", b"", "HEADER_MISSING"),
        ("ma.csv", csv_of(), "FILE_EMPTY"),
        ("ma.csv", "canonical,foreign\r\nHộ tịch,1".encode("utf-16"), "FILE_ENCODING"),
        ("ma.csv", "canonical,foreign\r\nĐ,1".encode("cp1258"), "FILE_ENCODING"),
        ("ma.csv", b'canonical,foreign\r\n"a,1\r\n', "CSV_BROKEN"),
        ("ma.csv", b"x" * (MOST_BYTES + 1), "FILE_TOO_LARGE"),
        ("ma.xls", b"", "FILE_KIND"),
        ("ma", b"", "FILE_KIND"),
        ("ma.xlsx", b"PK\x03\x04 half a file", "FILE_BROKEN"),
        ("ma.xlsx", csv_of(*AS_TEXT), "FILE_BROKEN"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(file_name: str, content: bytes, code: str) -> None:
    assert flaws(file_name, content)[0] == (code, "/rows/1/canonical" if code == "HEADER_MISSING" else "")


def test_of_several_sheets_one_must_be_chosen() -> None:
    content = xlsx_of(*AS_CELLS, sheets=("Ghi chú", "Mã"))
    assert flaws("ma.xlsx", content) == [("SHEET_AMBIGUOUS", "")]
    assert "Ghi chú, Mã" in words("ma.xlsx", content)
    assert flaws("ma.xlsx", content, "Khác") == [("SHEET_UNKNOWN", "")]
    assert [row.entry for row in read_rows("ma.xlsx", content, "Mã")] == [BIRTH, DATED]


# ---- hostile or careless -------------------------------------------------------------------------------------------


def test_a_lost_cell_in_the_last_row_of_a_sheet_is_found_and_refused() -> None:
    def fill(_: Any, sheet: Any) -> None:
        for column, name in enumerate(HEAD):
            sheet.write_string(0, column, name)
        sheet.write_string(1_048_575, 0, "lost")

    assert flaws("ma.xlsx", workbook(fill)) == [("ROWS_TOO_MANY", "")]


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as parts:
        for number in range(9):
            parts.writestr(f"xl/worksheets/sheet{number}.xml", b"\0" * (16 << 20))
    assert len(content.getvalue()) < MOST_BYTES
    assert flaws("ma.xlsx", content.getvalue()) == [("FILE_TOO_LARGE", "")]


def test_entities_in_a_workbook_are_no_way_to_a_file(tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    declared = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    content = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx_of(*AS_CELLS))) as whole, zipfile.ZipFile(content, "w") as parts:
        for name in whole.namelist():
            text = whole.read(name)
            if name == "xl/sharedStrings.xml":
                head, _, rest = text.decode().partition("?>")
                text = f"{head}?>{declared}{rest.replace('birth', '&e;')}".encode()
            parts.writestr(name, text)
    try:
        read = [row.entry.en for row in read_rows("ma.xlsx", content.getvalue())]
    except ContentRefused:
        read = []
    assert "a secret" not in read
