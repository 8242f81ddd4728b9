"""Code lists: canonical words on one side, a system's codes on the other, each list a YAML file of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mappings.errors import TableError
from mappings.yaml_lines import LINE, load

_LIST_KEYS = {"name", "vi", "en", "pass", "one_way", "entries", "note"}
_ENTRY_KEYS = {"canonical", "foreign", "vi", "en", "valid_from", "valid_to", "note"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One pair, with the days (both inclusive) on which it holds."""

    canonical: str
    foreign: str
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the pair is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A named list. `passes`: codes of this form are the other side's own already and go as they are."""

    name: str
    vi: str
    en: str
    entries: tuple[Entry, ...]
    passes: re.Pattern[str] | None = None
    one_way: bool = False

    @property
    def dated(self) -> bool:
        """Whether any pair holds only for a time."""
        return any(entry.valid_from or entry.valid_to for entry in self.entries)

    def forward(self, on: date) -> dict[str, str]:
        """Canonical -> foreign, as in force on a day."""
        return {entry.canonical: entry.foreign for entry in self.entries if entry.holds_on(on)}

    def backward(self, on: date) -> dict[str, str]:
        """Foreign -> canonical, as in force on a day; the first pair wins where several share a foreign code."""
        back: dict[str, str] = {}
        for entry in self.entries:
            if entry.holds_on(on):
                back.setdefault(entry.foreign, entry.canonical)
        return back


def load_code_lists(folder: Path) -> dict[str, CodeList]:
    """Every list of a folder by name. Raises `TableError`."""
    lists = [_read(path) for path in sorted(folder.glob("*.yaml"))]
    return {one.name: one for one in lists}


def _read(path: Path) -> CodeList:
    file = f"{path.parent.name}/{path.name}"
    tree = load(path.read_text("utf-8"), file)
    _refuse_unknown(file, tree, _LIST_KEYS)
    name = tree.get("name")
    if name != path.stem:
        raise TableError(file, tree[LINE], f"the name must be that of the file: {path.stem!r}")
    entries = tuple(_entry(file, row) for row in tree.get("entries", []))
    seen: set[tuple[str, date | None]] = set()
    for row, entry in zip(tree.get("entries", []), entries, strict=True):
        key = (entry.canonical, entry.valid_from)
        if key in seen:
            raise TableError(file, row[LINE], f"{entry.canonical!r} stands twice")
        seen.add(key)
    passes = re.compile(tree["pass"]) if "pass" in tree else None
    return CodeList(name, tree["vi"], tree["en"], entries, passes, bool(tree.get("one_way", False)))


def _entry(file: str, row: Any) -> Entry:
    if not isinstance(row, dict):
        raise TableError(file, 1, "an entry must be {canonical: …, foreign: …}")
    _refuse_unknown(file, row, _ENTRY_KEYS)
    for key in ("canonical", "foreign"):
        if not isinstance(row.get(key), str):
            raise TableError(file, row[LINE], f"{key} must be text in quotes (codes are never numbers)")
    return Entry(row["canonical"], row["foreign"], row.get("valid_from"), row.get("valid_to"))


def _refuse_unknown(file: str, tree: dict[str, Any], known: set[str]) -> None:
    unknown = set(tree) - known - {LINE}
    if unknown:
        raise TableError(file, tree[LINE], f"unknown key {sorted(unknown)[0]!r}; known: {', '.join(sorted(known))}")
