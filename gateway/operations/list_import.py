"""What an import would do to a code list, row by row, before anything is done. Pure.

A row whose word is new is added. One with the word and first day of an old row takes its place. One that begins while
an old row holds ends that the day before, which is how a letter says it: "from 1 July the code is …". `whole`: the
file is the list, so what it does not name is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from gateway.errors import Problem
from gateway.operations.list_rows import ListRow
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
        made: dict[str, Any] = {"action": self.action.value, "row": self.row, **_shown(self.entry)}
        return made | ({"was": _shown(self.was)} if self.was else {})


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
    entries = {entry.line: entry for entry in code_list.entries}
    fresh: list[Entry] = []
    steps: list[Step] = []
    touched: set[int] = set()
    origin: dict[tuple[str, date], int] = {}
    for row in rows:
        wanted = row.entry
        origin[wanted.canonical, wanted.valid_from] = row.number
        rivals = [one for one in entries.values() if one.canonical == wanted.canonical]
        same = next((one for one in rivals if _says(one, wanted)), None)
        if same is not None:
            touched.add(same.line)
            continue
        old = next((one for one in rivals if one.valid_from == wanted.valid_from), None)
        if old is not None:
            entries[old.line] = _over(old, wanted)
            touched.add(old.line)
            steps.append(Step(Action.CHANGE, row.number, entries[old.line], old))
            continue
        held = next((one for one in rivals if one.valid_from < wanted.valid_from <= one.valid_to), None)
        if held is not None:
            entries[held.line] = replace(held, valid_to=wanted.valid_from - timedelta(days=1))
            touched.add(held.line)
            steps.append(Step(Action.END, row.number, entries[held.line], held))
            wanted = replace(wanted, vi=wanted.vi or held.vi, en=wanted.en or held.en)
        fresh.append(wanted)
        steps.append(Step(Action.ADD, row.number, wanted))
    if whole:
        steps += [Step(Action.REMOVE, 0, entries.pop(line), None) for line in sorted(set(entries) - touched)]
    made = (*entries.values(), *fresh)
    _refuse_ambiguity(code_list, made, origin)
    return ImportPlan(tuple(steps), len(rows) - sum(step.action in (Action.ADD, Action.CHANGE) for step in steps), made)


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


def _shown(entry: Entry) -> dict[str, str]:
    days = {
        "valid_from": entry.valid_from.isoformat() if entry.valid_from != date.min else "",
        "valid_to": entry.valid_to.isoformat() if entry.valid_to != date.max else "",
    }
    names = {"vi": entry.vi, "en": entry.en, "note": entry.note}
    kept = {key: value for key, value in (names | days).items() if value}
    return {"canonical": entry.canonical, "foreign": entry.foreign, **kept}
