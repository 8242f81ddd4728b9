"""What an import would do to a code list, row by row, before anything is done. Pure.

A row whose word is new is added. One with the word and first day of an old row takes its place. One that begins while
an old row holds ends that the day before, which is how a letter says it: "from 1 July the code is …". `whole`: the
file is the list, so what it does not name is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from gateway.errors import Problem
from gateway.operations.list_rows import ListRow, as_rows
from gateway.operations.refused import ContentRefused, flaw
from mappings.codelists import CodeList, Entry, ambiguities


class Action(StrEnum):
    """What happens to one row of the list."""

    ADD = "add"
    CHANGE = "change"
    END = "end"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Step:
    """One change: the row of the file it comes from (0: none), what will stand there, what stood there."""

    action: Action
    row: int
    entry: Entry
    was: Entry | None = None

    def as_dict(self) -> dict[str, Any]:
        """For machines; days that bound nothing are left out."""
        made: dict[str, Any] = {"action": self.action.value, "row": self.row, **as_rows([self.entry])[0]}
        return made | ({"was": as_rows([self.was])[0]} if self.was else {})


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All changes, in the order of the file; `unchanged` rows already stood there; `entries` is the list afterwards."""

    steps: tuple[Step, ...]
    unchanged: int
    entries: tuple[Entry, ...]

    def count(self, action: Action) -> int:
        """How many rows of the list fare like this."""
        return sum(step.action is action for step in self.steps)


def plan(code_list: CodeList, rows: Sequence[ListRow], *, whole: bool = False) -> ImportPlan:
    """What importing these rows would do. Raises `ContentRefused` where rows contradict each other or the list."""
    _refuse_repeats(rows)
    _refuse_cut_codes(code_list, rows)
    draft = _Draft({entry.line: entry for entry in code_list.entries})
    for row in sorted(rows, key=lambda row: row.entry.valid_from):  # so that a later row ends an earlier one
        draft.take(row)
    if whole:
        draft.remove_untouched()
    made = (*draft.old.values(), *(draft.fresh[number] for number in sorted(draft.fresh)))
    _refuse_ambiguity(code_list, made, {(row.entry.canonical, row.entry.valid_from): row.number for row in rows})
    steps = sorted(draft.steps(), key=lambda step: (step.action is Action.REMOVE, step.row, step.action is Action.ADD))
    return ImportPlan(tuple(steps), draft.unchanged, made)


@dataclass(slots=True)
class _Draft:
    """The list as it would become: old entries by line, new ones by the row of the file."""

    old: dict[int, Entry]
    fresh: dict[int, Entry] = field(default_factory=dict)
    unchanged: int = 0
    _done: list[Step] = field(default_factory=list)
    _touched: set[int] = field(default_factory=set)

    def take(self, row: ListRow) -> None:
        wanted = row.entry
        rivals = [one for one in self.old.values() if one.canonical == wanted.canonical]
        same = next((one for one in rivals if _says(one, wanted)), None)
        twin = next((one for one in rivals if one.valid_from == wanted.valid_from), None)
        if same is not None:
            self._touched.add(same.line)
            self.unchanged += 1
        elif twin is not None:
            self._put(Action.CHANGE, row.number, twin, _over(twin, wanted))
        else:
            self._add(row.number, wanted, rivals)

    def remove_untouched(self) -> None:
        for line in sorted(set(self.old) - self._touched):
            self._done.append(Step(Action.REMOVE, 0, self.old.pop(line)))

    def steps(self) -> list[Step]:
        return [*self._done, *(Step(Action.ADD, number, entry) for number, entry in self.fresh.items())]

    def _add(self, number: int, wanted: Entry, rivals: Iterable[Entry]) -> None:
        eve = wanted.valid_from - timedelta(days=1) if wanted.valid_from > date.min else date.min
        held = next((one for one in rivals if one.valid_from < wanted.valid_from <= one.valid_to), None)
        if held is not None:
            self._put(Action.END, number, held, replace(held, valid_to=eve))
            wanted = replace(wanted, vi=wanted.vi or held.vi, en=wanted.en or held.en)
        for other, earlier in self.fresh.items():
            if earlier.canonical == wanted.canonical and earlier.valid_to == date.max:
                self.fresh[other] = replace(earlier, valid_to=eve)
        self.fresh[number] = wanted

    def _put(self, action: Action, number: int, before: Entry, after: Entry) -> None:
        self.old[before.line] = after
        self._touched.add(before.line)
        self._done.append(Step(action, number, after, before))


def _says(old: Entry, wanted: Entry) -> bool:
    """Whether a row says nothing that does not stand there: what it leaves empty is not asked for."""
    return old.valid_from <= wanted.valid_from and _over(old, wanted) == old


def _over(old: Entry, wanted: Entry) -> Entry:
    """The old row with what the new one says."""
    return replace(
        old,
        foreign=wanted.foreign,
        valid_to=wanted.valid_to,
        vi=wanted.vi or old.vi,
        en=wanted.en or old.en,
        note=wanted.note or old.note,
    )


def _refuse_repeats(rows: Iterable[ListRow]) -> None:
    first: dict[tuple[str, date], int] = {}
    problems: list[Problem] = []
    for row in rows:
        earlier = first.setdefault((row.entry.canonical, row.entry.valid_from), row.number)
        if earlier != row.number:
            vi = f"Dòng {row.number}: mã này đã có ở dòng {earlier} với cùng ngày bắt đầu."
            en = f"Row {row.number}: the code stands in row {earlier} with the same first day."
            problems.append(flaw(f"/rows/{row.number}/canonical", "ROW_REPEATED", vi, en))
    if problems:
        raise ContentRefused(problems)


def _refuse_cut_codes(code_list: CodeList, rows: Iterable[ListRow]) -> None:
    """A spreadsheet that saw a number where a code stood took the zeros off its end: 1.001190 became 1.00119."""
    problems = []
    for row in rows:
        code = row.entry.foreign
        whole = next((code + "0" * lost for lost in (1, 2, 3) if code_list.own(code + "0" * lost)), None)
        if whole is not None and not code_list.own(code):
            vi = f"Dòng {row.number}: {code} có vẻ đã mất chữ số 0 ở cuối; có phải là {whole}?"
            en = f"Row {row.number}: {code} seems to have lost zeros at its end; is it {whole}?"
            problems.append(flaw(f"/rows/{row.number}/foreign", "CODE_CUT", vi, en))
    if problems:
        raise ContentRefused(problems)


def _refuse_ambiguity(code_list: CodeList, entries: Sequence[Entry], origin: dict[tuple[str, date], int]) -> None:
    # New rows stand behind the old ones, as they will in the file.
    numbered = [one if one.line else replace(one, line=1_000_000 + at) for at, one in enumerate(entries)]
    problems = []
    for contested in ambiguities(replace(code_list, entries=tuple(numbered))):
        rows = [origin.get((one.canonical, one.valid_from), 0) for one in (contested.later, contested.earlier)]
        number, other = (rows[0], contested.earlier) if rows[0] else (rows[1], contested.later)
        other_vi = f"dòng {rows[1]}" if rows[0] and rows[1] else f"dòng {other.line} của danh mục"
        other_en = f"row {rows[1]}" if rows[0] and rows[1] else f"line {other.line} of the list"
        word = getattr(contested.later, contested.side)
        vi = f"Dòng {number}: {contested.side} {word} cũng có ở {other_vi} cho cùng những ngày; hãy sửa hiệu lực."
        en = f"Row {number}: {contested.side} {word} stands in {other_en} too, for the same days; correct the days."
        problems.append(flaw(f"/rows/{number}/{contested.side}", "CODE_AMBIGUOUS", vi, en))
    if problems:
        raise ContentRefused(problems)
