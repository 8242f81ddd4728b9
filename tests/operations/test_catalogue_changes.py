"""What a refreshed catalogue changes in a code list, and that importing it does exactly that."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

import pytest

from gateway.operations.catalogue_changes import CatalogueChanges, Published, catalogue_changes
from gateway.operations.list_import import Action, ImportPlan, plan
from gateway.operations.refused import ContentRefused
from mappings import Catalogue
from mappings.codelists import CodeList, Entry

TODAY = date(2025, 7, 1)
EVE = date(2025, 6, 30)
LIST = CodeList(
    "procedures",
    "Mã thủ tục",
    "procedure",
    (
        Entry("BIRTH", "1.001193", line=7, vi="Khai sinh", en="birth", note="the first"),
        Entry("TRADE", "1.001612", line=8, vi="Hộ kinh doanh"),
        Entry("OLD", "1.000105", valid_to=date(2023, 9, 17), line=9, vi="Lao động nước ngoài"),
        Entry("SOON", "1.000999", valid_from=date(2026, 1, 1), line=10),
    ),
    re.compile(r"[1-9]\.[0-9]{6}"),
)
STRICT = CodeList(LIST.name, LIST.vi, LIST.en, LIST.entries)
"""The same list where nothing goes as it is."""

SAME = [{"code": "1.001193", "name": "Khai sinh"}, {"code": "1.001612", "name": "Hộ kinh doanh"}]


def changes(*rows: dict[str, Any], code_list: CodeList = LIST) -> CatalogueChanges:
    return catalogue_changes(code_list, rows, TODAY)


def imported(made: CatalogueChanges, *, every: bool = False) -> ImportPlan:
    return plan(made.code_list, made.rows(every=every))


def test_a_catalogue_that_says_the_same_changes_nothing_whatever_its_spaces() -> None:
    spaced = [{**row, "name": unicodedata.normalize("NFD", f" {row['name']}  ")} for row in SAME]
    for rows in (SAME, spaced, [{"code": row["code"]} for row in SAME]):
        made = changes(*rows)
        assert (made.added, made.removed, made.renamed, made.rows()) == ((), (), (), [])


def test_a_code_that_is_gone_gets_a_last_day_and_stays_in_the_list() -> None:
    made = changes(SAME[0])
    assert [entry.canonical for entry in made.removed] == ["TRADE"]
    done = imported(made)
    assert [(step.action, step.entry.canonical, step.entry.valid_to) for step in done.steps] == [
        (Action.CHANGE, "TRADE", EVE)
    ]
    assert len(done.entries) == len(LIST.entries)
    assert [entry.holds(day) for entry in done.entries[1:2] for day in (EVE, TODAY)] == [True, False]


def test_a_row_that_began_today_ends_today_at_the_earliest() -> None:
    young = CodeList("x", "X", "x", (Entry("A", "1", valid_from=TODAY, line=1), Entry("B", "2", line=2)))
    made = changes({"code": "2"}, code_list=young)
    assert [entry.valid_to for entry in imported(made).entries] == [TODAY, date.max]


def test_another_name_is_taken_over_and_everything_else_of_the_row_kept() -> None:
    made = changes({"code": "1.001193", "name": "Đăng ký khai sinh"}, SAME[1])
    assert [(one.entry.canonical, one.name) for one in made.renamed] == [("BIRTH", "Đăng ký khai sinh")]
    assert imported(made).entries[0] == Entry(
        "BIRTH", "1.001193", line=7, vi="Đăng ký khai sinh", en="birth", note="the first"
    )


def test_every_word_that_leads_to_a_renamed_code_is_renamed() -> None:
    two = CodeList("x", "X", "x", (Entry("A", "1", line=1), Entry("B", "1", line=2)), one_way=True)
    assert [entry.vi for entry in imported(changes({"code": "1", "name": "Tên"}, code_list=two)).entries] == ["Tên"] * 2


def test_a_new_code_that_goes_as_it_is_is_told_but_needs_no_row() -> None:
    made = changes(*SAME, {"code": "1.004194", "name": "Đăng ký tạm trú"})
    assert made.added == (Published("1.004194", "Đăng ký tạm trú"),)
    assert made.rows() == []
    [step] = imported(made, every=True).steps
    assert (step.action, step.entry) == (
        Action.ADD,
        Entry("1.004194", "1.004194", valid_from=TODAY, vi="Đăng ký tạm trú"),
    )


def test_a_new_code_that_would_not_go_otherwise_gets_a_row() -> None:
    done = imported(changes(*SAME, {"code": "1.004194", "name": "Đăng ký tạm trú"}, code_list=STRICT))
    assert done.entries[-1] == Entry("1.004194", "1.004194", valid_from=TODAY, vi="Đăng ký tạm trú")


def test_a_code_that_comes_back_has_its_old_word_again() -> None:
    made = changes(*SAME, {"code": "1.000105", "name": "Lao động nước ngoài"}, code_list=STRICT)
    done = imported(made)
    assert [entry for entry in done.entries if entry.canonical == "OLD"] == [
        LIST.entries[2],
        Entry("OLD", "1.000105", valid_from=TODAY, vi="Lao động nước ngoài"),
    ]


def test_rows_that_do_not_hold_today_are_neither_removed_nor_renamed() -> None:
    made = changes(*SAME)
    assert not {"OLD", "SOON"} & {entry.canonical for entry in made.removed}


def test_no_rows_at_all_are_an_answer_gone_wrong_and_end_nothing() -> None:
    with pytest.raises(ContentRefused) as caught:
        changes()
    [problem] = caught.value.problems
    assert problem.code == "CATALOGUE_EMPTY"


def test_all_changes_go_into_one_import_in_the_order_renamed_removed_added() -> None:
    made = changes({"code": "1.001193", "name": "Tên mới"}, {"code": "9.000001"}, code_list=STRICT)
    assert [(row.number, row.entry.canonical) for row in made.rows()] == [(1, "BIRTH"), (2, "TRADE"), (3, "9.000001")]
    assert sorted(step.action for step in imported(made).steps) == [Action.ADD, Action.CHANGE, Action.CHANGE]


@pytest.mark.parametrize("name", ["procedures", "fields"])
def test_the_packaged_lists_take_the_changes_of_a_catalogue(name: str) -> None:
    code_list = Catalogue.load().lists[name]
    kept, gone, *_ = (entry for entry in code_list.entries if entry.holds(TODAY))
    made = catalogue_changes(code_list, [{"code": kept.foreign, "name": "Tên mới"}, {"code": "1.999999"}], TODAY)
    done = imported(made, every=True)
    assert gone.canonical in {step.entry.canonical for step in done.steps if step.entry.valid_to == EVE}
    assert imported(CatalogueChanges(code_list, TODAY, (), (), ())).steps == ()
