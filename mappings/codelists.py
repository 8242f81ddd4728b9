"""Code lists: canonical words on one side, a system's codes on the other, each list a YAML file of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from mappings.convert import Converter, To, read_text, text
from mappings.errors import TableError
from mappings.yaml_lines import LINE, load, refuse_unknown

_LIST_KEYS = {"name", "vi", "en", "pass", "one_way", "entries", "note"}
_ENTRY_KEYS = {"canonical", "foreign", "vi", "en", "valid_from", "valid_to", "note"}


class UnmappedCode(LookupError):  # noqa: N818 - reads as what it is where it is caught
    """A code that stands on no list (in force today)."""

    def __init__(self, code_list: CodeList, code: str) -> None:
        super().__init__(code_list.name)
        self.code_list = code_list
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """One pair, with the days (both inclusive) on which it holds; `line` is where it stands in its file."""

    canonical: str
    foreign: str
    valid_from: date = date.min
    valid_to: date = date.max
    line: int = 0
    vi: str = ""
    en: str = ""
    note: str = ""

    def holds(self, on: date) -> bool:
        """Whether the pair holds on a day."""
        return self.valid_from <= on <= self.valid_to


@dataclass(frozen=True, slots=True)
class CodeList:
    """A named list. `passes`: codes of this form are the other side's own already and go as they are, both ways.

    `one_way`: several words share a code, so nothing can be read back.
    """

    name: str
    vi: str
    en: str
    entries: tuple[Entry, ...]
    passes: re.Pattern[str] | None = None
    one_way: bool = False
    file: str = ""

    def converter(self, on: date) -> Converter:
        """The list as in force on a day, as a converter; both directions raise `UnmappedCode`."""
        held = [entry for entry in self.entries if entry.holds(on)]
        return Converter(
            self._look_up({entry.canonical: entry.foreign for entry in held}, text),
            self._look_up({entry.foreign: entry.canonical for entry in held if not self.own(entry.foreign)}, read_text),
        )

    def own(self, code: str) -> bool:
        """Whether a code is the other side's own and goes as it is."""
        return self.passes is not None and self.passes.fullmatch(code) is not None

    def _look_up(self, pairs: dict[str, str], read: To) -> To:
        def convert(value: Any) -> str:
            found = pairs.get(value) if type(value) is str else None  # as written, which nearly all are
            if found is not None:
                return found
            code: str = read(value)
            if (found := pairs.get(code)) is not None:
                return found
            if self.own(code):
                return code
            raise UnmappedCode(self, code)

        return convert


def load_code_lists(folder: Path, label: str = "codelists") -> dict[str, CodeList]:
    """Every list of a folder by name; `label` names the folder in complaints. Raises `TableError`."""
    lists = [read_code_list(path, f"{label}/{path.name}") for path in sorted(folder.glob("*.yaml"))]
    return {one.name: one for one in lists}


def read_code_list(path: Path, file: str) -> CodeList:
    """Read and check one list; `file` names it in complaints. Raises `TableError`."""
    tree = load(path, file)
    refuse_unknown(file, tree, _LIST_KEYS)
    for key in ("name", "vi", "en"):
        if not isinstance(tree.get(key), str):
            raise TableError(file, tree[LINE], f"{key} is missing or not text")
    if tree["name"] != path.stem:
        raise TableError(file, tree[LINE], f"the name must be that of the file: {path.stem!r}")
    if not isinstance(tree.get("one_way", False), bool):
        raise TableError(file, tree[LINE], "one_way takes true or false")
    rows = tree.get("entries")
    if not isinstance(rows, list):
        raise TableError(file, tree[LINE], "entries must be a list of {canonical: …, foreign: …}")
    found = CodeList(
        name=tree["name"],
        vi=tree["vi"],
        en=tree["en"],
        entries=tuple(_entry(file, tree[LINE], row) for row in rows),
        passes=_pattern(file, tree),
        one_way=tree.get("one_way", False),
        file=file,
    )
    for contested in ambiguities(found):
        raise TableError(file, contested.later.line, contested.problem)
    return found


def _pattern(file: str, tree: dict[str, Any]) -> re.Pattern[str] | None:
    try:
        return re.compile(tree["pass"]) if "pass" in tree else None
    except (re.error, TypeError):
        raise TableError(file, tree[LINE], "pass must be a regular expression in quotes") from None


def _entry(file: str, line: int, row: Any) -> Entry:
    if not isinstance(row, dict):
        raise TableError(file, line, "an entry must be {canonical: …, foreign: …}")
    refuse_unknown(file, row, _ENTRY_KEYS)
    for key in ("canonical", "foreign"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise TableError(file, row[LINE], f"{key} must be text in quotes (codes are never numbers)")
    for key in ("vi", "en", "note"):
        if not isinstance(row.get(key, ""), str):
            raise TableError(file, row[LINE], f"{key} must be text in quotes")
    first, last = _day(file, row, "valid_from", date.min), _day(file, row, "valid_to", date.max)
    if first > last:
        raise TableError(file, row[LINE], f"{row['canonical']!r}: valid_from lies after valid_to")
    names = (row.get(key, "") for key in ("vi", "en", "note"))
    return Entry(row["canonical"], row["foreign"], first, last, row[LINE], *names)


def _day(file: str, row: dict[str, Any], key: str, otherwise: date) -> date:
    day = row.get(key, otherwise)
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TableError(file, row[LINE], f"{key} must be a day like 2025-06-30")
    return day


@dataclass(frozen=True, slots=True)
class Contested:
    """Two entries that claim one word, or one code, for the same days; `later` is the one further down."""

    side: str
    earlier: Entry
    later: Entry

    @property
    def problem(self) -> str:
        return f"{self.side} {getattr(self.later, self.side)!r} stands twice for the same days"


def ambiguities(code_list: CodeList) -> list[Contested]:
    """On any day a word has one code and, unless the list is one-way, a code comes from one word."""
    found = _overlaps(code_list.entries, "canonical")
    if not code_list.one_way:
        found += _overlaps([entry for entry in code_list.entries if not code_list.own(entry.foreign)], "foreign")
    return found


def _overlaps(entries: Any, side: str) -> list[Contested]:
    ordered = sorted(entries, key=lambda entry: (getattr(entry, side), entry.valid_from))
    return [
        Contested(side, *sorted((before, after), key=lambda entry: entry.line))
        for before, after in pairwise(ordered)
        if getattr(before, side) == getattr(after, side) and after.valid_from <= before.valid_to
    ]
