"""A list's file is changed as a careful person would change it: row by row, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mappings import TableError
from mappings.codelist_file import new_file, read_list_text, rewritten
from mappings.codelists import CodeList, Entry

ROWS = """\
# Colours of the land registry.
name: colours
vi: Màu
en: colour
entries:
  # the first letter
  - {canonical: "red", foreign: "1", vi: "Đỏ"}   # asked by phone
  - {canonical: "green",  foreign: "2"}

  - canonical: "blue"
    foreign: "3"
    note: "in a block"

# the end
note: "kept"
"""


def a_list(text: str = ROWS) -> CodeList:
    return read_list_text("colours", text, "codelists/colours.yaml")


def test_a_changed_row_stays_where_it_is_and_the_rest_is_not_touched() -> None:
    red, green, blue = a_list().entries
    text, read = rewritten(ROWS, a_list(), [replace(red, foreign="7", valid_to=date(2025, 6, 30)), green, blue])
    assert text == ROWS.replace(
        '{canonical: "red", foreign: "1", vi: "Đỏ"}',
        '{canonical: "red", foreign: "7", vi: "Đỏ", valid_to: 2025-06-30}',
    )
    assert read.entries[0].foreign == "7"


def test_a_new_row_comes_behind_the_last_one() -> None:
    added = Entry("white", "4", date(2025, 7, 1), vi='Trắng "sữa" \\ kem')
    text, read = rewritten(ROWS, a_list(), [*a_list().entries, added])
    row = '  - {canonical: "white", foreign: "4", vi: "Trắng \\"sữa\\" \\\\ kem", valid_from: 2025-07-01}\n'
    assert text == ROWS.replace('    note: "in a block"\n', '    note: "in a block"\n' + row)
    assert replace(read.entries[-1], line=0) == added


def test_a_row_written_as_a_block_becomes_a_row_in_braces_when_it_changes() -> None:
    red, green, blue = a_list().entries
    text, _ = rewritten(ROWS, a_list(), [red, green, replace(blue, foreign="8")])
    assert '  - {canonical: "blue", foreign: "8", note: "in a block"}\n\n# the end' in text


def test_a_row_that_goes_takes_its_line_with_it() -> None:
    red, _, blue = a_list().entries
    text, _ = rewritten(ROWS, a_list(), [red, blue])
    assert text == ROWS.replace('  - {canonical: "green",  foreign: "2"}\n', "")


def test_the_last_row_may_go_and_another_come() -> None:
    red, green, _ = a_list().entries
    text, read = rewritten(ROWS, a_list(), [red, green, Entry("white", "4")])
    assert [entry.canonical for entry in read.entries] == ["red", "green", "white"]
    assert "# the first letter" in text and "# the end" in text


def test_a_new_list_has_a_name_in_both_languages_and_takes_its_first_row() -> None:
    text = new_file("shapes", 'Hình "dạng"', "shape")
    made, read = rewritten(text, read_list_text("shapes", text, "x"), [Entry("round", "1")])
    assert (read.vi, read.en, read.entries[0].foreign) == ('Hình "dạng"', "shape", "1")
    assert made.endswith('entries:\n  - {canonical: "round", foreign: "1"}\n')


def test_a_file_without_a_line_break_at_its_end_is_no_trap() -> None:
    text = ROWS[: ROWS.index("\n\n# the end")]
    made, read = rewritten(text, a_list(text), [*a_list(text).entries, Entry("white", "4")])
    assert made.endswith('  - {canonical: "white", foreign: "4"}\n')
    assert len(read.entries) == 4


def test_rows_between_brackets_get_a_line_each() -> None:
    rows = '{canonical: "red", foreign: "1"},\n  {canonical: "blue", foreign: "2", valid_to: 2025-06-30}'
    text = f'name: colours\nvi: Màu\nen: colour\nentries: [{rows}]\nnote: "x"\n'
    made, read = rewritten(text, a_list(text), [*a_list(text).entries, Entry("white", "4")])
    assert made.count("\n  - {") == 3
    assert read.entries[1].valid_to == date(2025, 6, 30)


def test_two_rows_on_one_line_are_left_to_a_person() -> None:
    rows = '{canonical: "red", foreign: "1"}, {canonical: "blue", foreign: "2"}'
    text = f"name: colours\nvi: Màu\nen: colour\nentries: [{rows}]\n"
    with pytest.raises(TableError, match="two rows stand on one line"):
        rewritten(text, a_list(text), [*a_list(text).entries, Entry("white", "4")])


def test_what_would_be_ambiguous_is_not_written() -> None:
    with pytest.raises(TableError, match="canonical 'red' stands twice"):
        rewritten(ROWS, a_list(), [*a_list().entries, Entry("red", "9")])


def test_names_of_a_row_are_text() -> None:
    with pytest.raises(TableError, match=r"colours.yaml:7: vi must be text in quotes"):
        a_list(ROWS.replace('vi: "Đỏ"', "vi: 5"))
