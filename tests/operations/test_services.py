"""The register of services comes from a sheet: every flaw is named, the plan is shown, and only that plan is done."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.errors import StateError
from gateway.ledger.services.port import Service
from gateway.operations.refused import ContentRefused
from gateway.operations.service_rows import read_services
from gateway.operations.services import ServiceOperations
from tests.operations.conftest import Desk
from tests.operations.sheets import csv_of, xlsx_of

HEAD = ("Mã thủ tục", "Cấp", "Tên thủ tục", "Mức độ", "Đủ điều kiện", "Ngày phê duyệt quy trình", "Nguyên nhân")
ROW = ("1.001193", "xã", "Đăng ký khai sinh", "toàn trình", "có", "01/09/2021", "")
OTHER = ("1.001193", "Huyện", "Đăng ký khai sinh", "một phần", "không", "", "chờ sửa luật")


def csv(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> bytes:
    return csv_of(*rows, head=head, separator=";")


def test_rows_are_read_with_the_words_that_people_use() -> None:
    rows = read_services("so.csv", csv(ROW, OTHER))
    assert [row.service for row in rows] == [
        Service("1.001193", "commune", "Đăng ký khai sinh", grade="full", eligible=True, approved_on="2021-09-01"),
        Service("1.001193", "district", "Đăng ký khai sinh", grade="partial", cause="chờ sửa luật"),
    ]
    head = ("procedure", "level", "offered_on", "fee_bearing")
    [row] = read_services("so.xlsx", xlsx_of(("2.000001", "province", date(2022, 1, 5), "x"), head=head))
    assert row.service == Service("2.000001", "province", fee_bearing=True, offered_on="2022-01-05")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv(("1.0011", *ROW[1:])), "PROCEDURE_FORMAT"),
        (csv((ROW[0], "phường", *ROW[2:])), "CELL_WORD"),
        (csv((*ROW[:3], "mức 5", *ROW[4:])), "CELL_WORD"),
        (csv((*ROW[:5], "31/02/2021", "")), "CELL_DAY"),
        (csv(ROW, ROW), "ROW_REPEATED"),
        (csv(), "FILE_EMPTY"),
        (csv(ROW, head=("Mã thủ tục", "Cấp", "Tên thủ tục", "Lạ", *HEAD[4:])), "HEADER_UNKNOWN"),
        (csv(("1.001193",), head=("Mã thủ tục",)), "HEADER_MISSING"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(content: bytes, code: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        read_services("so.csv", content)
    assert code in {one.code for one in refused.value.problems}


def test_a_code_that_a_spreadsheet_made_a_number_is_refused() -> None:
    with pytest.raises(ContentRefused) as refused:
        read_services("so.xlsx", xlsx_of((1.00119, "xã"), head=("Mã thủ tục", "Cấp")))
    [problem] = refused.value.problems
    assert (problem.code, problem.pointer) == ("CODE_IS_NUMBER", "/rows/2/procedure")


async def test_only_the_plan_that_was_seen_is_done_and_it_is_audited(desk: Desk) -> None:
    operations = ServiceOperations(desk.ledger)
    rows = read_services("so.csv", csv(ROW, OTHER))
    planned = await operations.plan(rows)
    assert (planned["add"], planned["change"], planned["remove"]) == (2, 0, 0)
    assert await operations.services() == []
    done = await operations.apply(rows, planned["fingerprint"], "admin", "phụ lục I")
    assert done["add"] == 2
    with pytest.raises(StateError):
        await operations.apply(rows, planned["fingerprint"], "admin", "lần nữa")
    assert (await operations.plan(rows))["unchanged"] == 2
    [entry] = await desk.audit()
    assert (entry["action"], entry["actor"], entry["reason"]) == ("services.import", "admin", "phụ lục I")
    assert entry["details"]["steps"] == ["add 1.001193 commune", "add 1.001193 district"]


async def test_what_a_row_does_not_speak_of_stays_and_a_whole_file_is_the_register(desk: Desk) -> None:
    operations = ServiceOperations(desk.ledger)
    rows = read_services("so.csv", csv(ROW, OTHER))
    await operations.apply(rows, (await operations.plan(rows))["fingerprint"], "admin", "phụ lục I")
    head = ("Mã thủ tục", "Cấp", "Ngày cung cấp chính thức")
    later = read_services("so.csv", csv(("1.001193", "xã", "2021-11-20"), head=head))
    planned = await operations.plan(later, whole=True)
    assert [(one["action"], one.get("fields")) for one in planned["steps"]] == [
        ("change", ["offered_on"]), ("remove", None),
    ]  # fmt: skip
    await operations.apply(later, planned["fingerprint"], "admin", "cung cấp", whole=True)
    [one] = await operations.services()
    assert (one.offered_on, one.approved_on, one.name) == ("2021-11-20", "2021-09-01", "Đăng ký khai sinh")
