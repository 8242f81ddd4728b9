"""Code lists: what a code becomes on a day, and what is wrong with a list."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mappings import TableError
from mappings.codelists import UnmappedCode, load_code_lists
from tests.mappings.workbench import COLOURS, write

DAY = date(2025, 6, 12)
DATED = """\
name: colours
vi: Màu
en: colour
entries:
  - {canonical: "red", foreign: "1", valid_to: 2025-06-30}
  - {canonical: "red", foreign: "7", valid_from: 2025-07-01}
  - {canonical: "green", foreign: "1", valid_from: 2025-07-01, vi: Lục, en: green, note: "the code was given anew"}
"""
PASSING = """\
name: colours
vi: Màu
en: colour
pass: '[1-9]\\.[0-9]{2}'
entries:
  - {canonical: "local red", foreign: "1.01"}
  - {canonical: "other red", foreign: "1.01"}
  - {canonical: "local blue", foreign: "B"}
"""


def a_list(folder: Path, text: str) -> None:
    write(folder, "codelists/colours.yaml", text)


def test_a_code_goes_out_and_comes_back(tmp_path: Path) -> None:
    a_list(tmp_path, COLOURS)
    both = load_code_lists(tmp_path / "codelists")["colours"].converter(DAY)
    assert both.forward("green") == "2"
    assert both.backward("2") == both.backward(2) == "green"


@pytest.mark.parametrize(
    ("day", "sent", "back"),
    [
        (date(2025, 6, 30), "1", {"1": "red"}),
        (date(2025, 7, 1), "7", {"1": "green", "7": "red"}),
    ],
)
def test_a_pair_holds_from_its_first_day_to_its_last(
    tmp_path: Path, day: date, sent: str, back: dict[str, str]
) -> None:
    a_list(tmp_path, DATED)
    both = load_code_lists(tmp_path / "codelists")["colours"].converter(day)
    assert both.forward("red") == sent
    assert {code: both.backward(code) for code in back} == back


def test_a_pair_that_no_longer_holds_is_unmapped(tmp_path: Path) -> None:
    a_list(tmp_path, DATED)
    both = load_code_lists(tmp_path / "codelists")["colours"].converter(date(2025, 6, 30))
    for convert, code in ((both.forward, "green"), (both.backward, "7")):
        with pytest.raises(UnmappedCode) as caught:
            convert(code)
        assert (caught.value.code_list.name, caught.value.code) == ("colours", code)


def test_the_other_sides_own_codes_pass_both_ways_and_local_ones_by_the_list(tmp_path: Path) -> None:
    a_list(tmp_path, PASSING)
    both = load_code_lists(tmp_path / "codelists")["colours"].converter(DAY)
    assert [both.forward(code) for code in ("9.99", "local red", "local blue")] == ["9.99", "1.01", "B"]
    assert [both.backward(code) for code in ("9.99", "1.01", "B")] == ["9.99", "1.01", "local blue"]
    with pytest.raises(UnmappedCode):
        both.forward("9.999")
    with pytest.raises(UnmappedCode):
        both.forward("9.99\n")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (COLOURS.replace("name: colours", "name: colors"), 1, "the name must be that of the file: 'colours'"),
        (COLOURS.replace("vi: Màu\n", ""), 1, "vi is missing or not text"),
        (COLOURS.replace("en: colour", "en: 7"), 1, "en is missing or not text"),
        (COLOURS.replace("entries:", "entry:"), 1, "unknown key 'entry'"),
        ("name: colours\nvi: Màu\nen: colour\n", 1, "entries must be a list"),
        (COLOURS.replace('"red", foreign: "1"', '"red", foreign: 1'), 5, "foreign must be text in quotes"),
        (COLOURS.replace('"red", foreign: "1"', '"", foreign: "1"'), 5, "canonical must be text in quotes"),
        (COLOURS.replace('"green", foreign', '"green", foriegn'), 6, "unknown key 'foriegn'"),
        (COLOURS + '  - {canonical: "red", foreign: "3"}\n', 7, "canonical 'red' stands twice for the same days"),
        (COLOURS + '  - {canonical: "blue", foreign: "2"}\n', 7, "foreign '2' stands twice for the same days"),
        (DATED.replace("2025-07-01}", "2025-06-30}"), 6, "canonical 'red' stands twice for the same days"),
        (DATED.replace("2025-06-30}", "2025-07-01}"), 6, "canonical 'red' stands twice for the same days"),
        (DATED.replace("2025-07-01, vi", "2025-06-30, vi"), 7, "foreign '1' stands twice for the same days"),
        (DATED.replace("valid_to: 2025-06-30", "valid_to: tomorrow"), 5, "valid_to must be a day like 2025-06-30"),
        (DATED.replace("2025-06-30", "2025-06-31"), 5, "valid_to: day is out of range for month"),
        (DATED.replace("2025-06-30", "2025-06-30 10:00:00"), 5, "valid_to must be a day like 2025-06-30"),
        (DATED.replace("valid_to: 2025-06-30", "valid_from: 2025-01-02, valid_to: 2025-01-01"), 5, "lies after"),
        (COLOURS + "  - blue\n", 1, "an entry must be {canonical: …, foreign: …}"),
        (PASSING.replace("pass: '[1-9]", "pass: '([1-9]"), 1, "pass must be a regular expression"),
        (PASSING.replace("pass: '[1-9]\\.[0-9]{2}'", "pass: 9"), 1, "pass must be a regular expression"),
        (COLOURS.replace("entries:", "one_way: maybe\nentries:"), 1, "one_way takes true or false"),
    ],
)
def test_a_list_that_is_written_wrongly_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    a_list(tmp_path, text)
    with pytest.raises(TableError) as caught:
        load_code_lists(tmp_path / "codelists")
    assert str(caught.value).startswith(f"codelists/colours.yaml:{line}: ")
    assert problem in caught.value.problem


def test_in_a_one_way_list_words_may_share_a_code(tmp_path: Path) -> None:
    shared = COLOURS.replace("entries:", "one_way: true\nentries:").replace('"2"', '"1"')
    a_list(tmp_path, shared)
    both = load_code_lists(tmp_path / "codelists")["colours"].converter(DAY)
    assert both.forward("red") == both.forward("green") == "1"
