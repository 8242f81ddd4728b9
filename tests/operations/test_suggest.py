"""Proposals for an unmapped code: the nearest by code and by name, each with its reason, none where nothing is near."""

from __future__ import annotations

import re
from datetime import date

import pytest

from gateway.operations.suggest import plain, propose
from mappings.codelists import CodeList, Entry

DAY = date(2025, 6, 12)
PROCEDURES = CodeList(
    "procedures",
    "Mã thủ tục",
    "procedure",
    (
        Entry("1.001612.000.00.00.H46", "1.001612", vi="Đăng ký thành lập hộ kinh doanh"),
        Entry("1.001193.000.00.00.H46", "1.001193", vi="Đăng ký khai sinh"),
    ),
    re.compile(r"[1-9]\.[0-9]{6}"),
)
FIELDS = CodeList(
    "fields",
    "Mã lĩnh vực",
    "field",
    (
        Entry("HKD", "G05-KD02", vi="Hộ kinh doanh", en="household businesses"),
        Entry("HT", "G15-HT01", vi="Hộ tịch", en="civil status"),
        Entry("HTX", "G05-HTX1", vi="Hợp tác xã", valid_to=date(2024, 12, 31)),
    ),
)


def proposed(code_list: CodeList, code: str, name: str = "") -> list[str]:
    return [one.foreign for one in propose(code_list, code, name, DAY)]


def test_a_local_code_that_begins_with_a_national_one_points_to_it() -> None:
    [one] = propose(PROCEDURES, "1.001193.000.00.00.H47", "", DAY)
    assert (one.foreign, one.name) == ("1.001193", "Đăng ký khai sinh")
    assert "bắt đầu" in one.vi and "begins" in one.en


def test_a_name_is_compared_without_marks_and_case() -> None:
    assert proposed(FIELDS, "9", "HO TICH") == ["G15-HT01"]
    assert proposed(FIELDS, "9", "household business") == ["G05-KD02"]
    assert plain("  ĐĂNG  ký ") == "dang ky"


def test_a_code_typed_almost_right_is_found() -> None:
    assert proposed(FIELDS, "HKĐ1") == []
    assert proposed(FIELDS, "hkd1") == ["G05-KD02"]


def test_the_nearest_comes_first_and_there_are_few() -> None:
    many = CodeList("x", "x", "x", tuple(Entry(f"CODE{number}", str(number)) for number in range(9)))
    assert proposed(many, "CODE7")[0] == "7"
    assert len(proposed(many, "CODE7")) == 3


def test_an_entry_that_holds_no_more_comes_behind_and_says_so() -> None:
    two = CodeList("x", "x", "x", (Entry("AB", "1", valid_to=date(2024, 1, 1)), Entry("AB1", "2")))
    first, second = propose(two, "AB", "", DAY)
    assert [first.foreign, second.foreign] == ["2", "1"]
    assert "không còn hiệu lực" in second.vi and "not in force" in second.en


@pytest.mark.parametrize(("code", "name"), [("Z9", ""), ("Z9", "Đất đai"), ("", "")])
def test_where_nothing_is_near_nothing_is_proposed(code: str, name: str) -> None:
    assert proposed(FIELDS, code, name) == []


def test_two_thousand_entries_are_compared_within_a_moment() -> None:
    entries = tuple(Entry(f"L{number:06}", f"1.{number:06}", vi=f"Thủ tục số {number}") for number in range(2000))
    large = CodeList("x", "x", "x", entries)
    assert proposed(large, "L001999", "Thủ tục số 1999")[0] == "1.001999"
