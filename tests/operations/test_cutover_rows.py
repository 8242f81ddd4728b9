"""A file of dossiers is read as it stands or refused with every flaw; nothing is guessed."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
import xlsxwriter

from gateway.ledger.steering.port import KnownDossier
from gateway.operations.cutover_rows import fingerprint, read_dossiers
from gateway.operations.refused import ContentRefused

CODE = "000.00.16.H46-250612-0001"
NOW = datetime(2025, 7, 1, tzinfo=UTC)
AT = datetime(2025, 6, 12, 1, 15, tzinfo=UTC)


def read(text: str) -> list[KnownDossier]:
    return read_dossiers("ho-so.csv", text.encode(), now=NOW)


def flaws(text: str) -> list[tuple[str, str]]:
    with pytest.raises(ContentRefused) as caught:
        read(text)
    return [(one.pointer, one.code) for one in caught.value.problems]


@pytest.mark.parametrize(
    "at",
    ["2025-06-12T08:15:00+07:00", "2025-06-12T01:15:00Z", "2025-06-12 08:15", "12/06/2025 08:15:00", "20250612081500"],
)
@pytest.mark.parametrize("status", ["received", "2", "Received"])
def test_moments_and_statuses_are_read_as_people_and_the_portal_write_them(at: str, status: str) -> None:
    assert read(f"Mã hồ sơ;Trạng thái;Thời điểm\n {CODE.lower()} ;{status};{at}\n") == [
        KnownDossier(CODE, "received", AT)
    ]


def test_of_a_dossier_that_stands_there_twice_the_later_confirmation_counts() -> None:
    rows = f"code,status,at\n{CODE},4,2025-06-13 08:00\n{CODE},2,2025-06-12 08:00\n"
    assert [one.status for one in read(rows)] == ["processing"]


def test_every_flaw_is_told_with_its_cell() -> None:
    rows = f"at,code,status\nhôm qua,HS-1,11\n2026-01-01,{CODE},2\n2025-06-12,{CODE},2\n"
    assert flaws(rows) == [
        ("/2/B", "DOSSIER_FORMAT"), ("/2/C", "STATUS_UNKNOWN"), ("/2/A", "MOMENT_FORMAT"), ("/3/A", "MOMENT_FUTURE"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), [("code,at\nx,y\n", "COLUMN_MISSING"), ("code,status,at\n", "FILE_EMPTY")])
def test_a_file_that_says_nothing_is_refused(text: str, code: str) -> None:
    assert [one for _, one in flaws(text)] == [code]


def test_cells_of_a_workbook_may_be_real_moments_and_numbers() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    rows: list[list[Any]] = [["Mã hồ sơ", "MaTrangThai", "Thời điểm"], [CODE, 2, datetime(2025, 6, 12, 8, 15)]]  # noqa: DTZ001 - as a sheet has it
    form = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(number, column, value, form if isinstance(value, datetime) else None)
    book.close()
    assert read_dossiers("ho-so.xlsx", out.getvalue(), now=NOW) == [KnownDossier(CODE, "received", AT)]


def test_the_fingerprint_is_of_what_is_said_and_not_of_how_the_file_is_sorted() -> None:
    one, two = KnownDossier(CODE, "received", AT), KnownDossier("000.00.16.H46-250612-0002", "received", AT)
    assert fingerprint("national_portal", [one, two]) == fingerprint("national_portal", [two, one])
    assert fingerprint("national_portal", [one]) != fingerprint("payment", [one])
