"""What an import would do to a list: added, changed, ended by a later day, left alone, or refused."""

from __future__ import annotations

import re
from datetime import date

import pytest

from gateway.operations.list_import import Action, ImportPlan, plan
from gateway.operations.list_rows import ListRow
from gateway.operations.refused import ContentRefused
from mappings.codelists import CodeList, Entry

JULY = date(2025, 7, 1)
LIST = CodeList(
    "procedures",
    "Mã thủ tục",
    "procedure",
    (
        Entry("BIRTH", "1.001193", line=7, vi="Khai sinh", note="the first"),
        Entry("TRADE", "1.001612", line=8, vi="Hộ kinh doanh"),
        Entry("OLD", "1.000105", valid_to=date(2023, 9, 17), line=9),
    ),
    re.compile(r"[1-9]\.[0-9]{6}"),
)


def planned(*entries: Entry, whole: bool = False, code_list: CodeList = LIST) -> ImportPlan:
    return plan(code_list, [ListRow(number, entry) for number, entry in enumerate(entries, 2)], whole=whole)


def steps(made: ImportPlan) -> list[tuple[str, int, str, str]]:
    return [(step.action.value, step.row, step.entry.canonical, step.entry.foreign) for step in made.steps]


def flaws(*entries: Entry, code_list: CodeList = LIST) -> list[tuple[str, str]]:
    with pytest.raises(ContentRefused) as caught:
        planned(*entries, code_list=code_list)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def test_a_new_word_is_added_and_the_rest_stays() -> None:
    made = planned(Entry("MARRIAGE", "1.000894"))
    assert steps(made) == [("add", 2, "MARRIAGE", "1.000894")]
    assert made.entries == (*LIST.entries, Entry("MARRIAGE", "1.000894"))


def test_what_stands_there_already_is_left_alone_also_if_the_file_leaves_names_empty() -> None:
    made = planned(Entry("BIRTH", "1.001193"), Entry("TRADE", "1.001612", vi="Hộ kinh doanh"))
    assert (made.steps, made.unchanged, made.entries) == ((), 2, LIST.entries)


def test_another_code_for_the_same_days_is_a_change_that_keeps_names_and_notes() -> None:
    made = planned(Entry("BIRTH", "1.001190"))
    assert steps(made) == [("change", 2, "BIRTH", "1.001190")]
    assert made.entries[0] == Entry("BIRTH", "1.001190", line=7, vi="Khai sinh", note="the first")
    assert made.steps[0].was == LIST.entries[0]


def test_a_code_from_a_day_on_ends_the_old_one_the_day_before() -> None:
    made = planned(Entry("BIRTH", "1.001190", JULY))
    assert steps(made) == [("end", 2, "BIRTH", "1.001193"), ("add", 2, "BIRTH", "1.001190")]
    assert made.entries[0].valid_to == date(2025, 6, 30)
    assert made.entries[-1] == Entry("BIRTH", "1.001190", JULY, vi="Khai sinh")


def test_a_last_day_may_be_set() -> None:
    made = planned(Entry("TRADE", "1.001612", valid_to=date(2025, 12, 31)))
    assert made.entries[1].valid_to == date(2025, 12, 31)
    assert made.count(Action.CHANGE) == 1


def test_a_word_that_ended_may_come_back_with_a_code_of_its_own_days() -> None:
    made = planned(Entry("OLD", "1.000999", JULY))
    assert steps(made) == [("add", 2, "OLD", "1.000999")]


def test_without_being_told_nothing_is_taken_out_and_the_whole_list_takes_out_what_it_does_not_name() -> None:
    rows = (Entry("BIRTH", "1.001193"), Entry("TRADE", "1.001613"))
    assert planned(*rows).count(Action.REMOVE) == 0
    made = planned(*rows, whole=True)
    assert steps(made) == [("change", 3, "TRADE", "1.001613"), ("remove", 0, "OLD", "1.000105")]
    assert [entry.canonical for entry in made.entries] == ["BIRTH", "TRADE"]


def test_two_rows_about_one_word_may_follow_each_other_in_time() -> None:
    made = planned(Entry("BIRTH", "1.001190", JULY), Entry("BIRTH", "1.001191", date(2026, 1, 1)))
    assert made.count(Action.END) == 1
    spans = {entry.foreign: (entry.valid_from, entry.valid_to) for entry in made.entries if entry.canonical == "BIRTH"}
    assert spans["1.001193"][1] == date(2025, 6, 30)
    assert spans["1.001190"] == (JULY, date(2025, 12, 31))


# ---- refused -------------------------------------------------------------------------------------------------------


def test_two_rows_that_say_two_things_of_the_same_days_are_refused() -> None:
    assert flaws(Entry("X", "1.000001"), Entry("X", "1.000002")) == [("ROW_REPEATED", "/rows/3/canonical")]


def test_a_row_without_a_first_day_does_not_overrule_a_later_one_silently() -> None:
    dated = CodeList("x", "x", "x", (Entry("A", "1", JULY, line=5),))
    assert flaws(Entry("A", "2"), code_list=dated) == [("CODE_AMBIGUOUS", "/rows/2/canonical")]


def test_one_code_for_two_words_cannot_be_read_back() -> None:
    plain = CodeList("x", "x", "x", (Entry("A", "1", line=5),))
    assert flaws(Entry("B", "1"), code_list=plain) == [("CODE_AMBIGUOUS", "/rows/2/foreign")]
    with pytest.raises(ContentRefused, match=r"Dòng 2: foreign 1 cũng có ở dòng 5 của danh mục"):
        planned(Entry("B", "1"), code_list=plain)
    assert planned(Entry("B", "1"), code_list=CodeList("x", "x", "x", plain.entries, one_way=True)).steps


def test_a_code_that_lost_its_zeros_is_recognised_by_the_form_of_the_list() -> None:
    assert flaws(Entry("X", "1.00119")) == [("CODE_CUT", "/rows/2/foreign")]
    with pytest.raises(ContentRefused, match=r"1\.001190"):
        planned(Entry("X", "1.00119"))
    assert planned(Entry("X", "another form")).count(Action.ADD) == 1


def test_a_plan_tells_a_machine_what_a_person_sees() -> None:
    [end, add] = [step.as_dict() for step in planned(Entry("BIRTH", "1.001190", JULY)).steps]
    assert end["was"] == {"canonical": "BIRTH", "foreign": "1.001193", "vi": "Khai sinh", "note": "the first"}
    assert (end["action"], end["valid_to"]) == ("end", "2025-06-30")
    assert (add["action"], add["valid_from"]) == ("add", "2025-07-01")
