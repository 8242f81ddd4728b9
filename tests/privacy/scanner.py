"""Looks for many values in many files at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import ahocorasick_rs

from tests.privacy.forms import forms_of

_SHOWN = 24
"""Bytes beside a hit that are told, so that somebody sees what it is."""


class Scanner:
    """Knows every form of some values."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms: dict[bytes, str] = {form: value for value in values for form in forms_of(value)}
        self._names = list(self._forms)
        self._automaton = ahocorasick_rs.BytesAhoCorasick(self._names)

    def found_in(self, content: bytes) -> Mapping[str, bytes]:
        """Values that stand in the content, each with what stands around its first place."""
        found: dict[str, bytes] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(content, overlapping=True):
            value = self._forms[self._names[number]]
            found.setdefault(value, bytes(content[max(0, start - _SHOWN) : end + _SHOWN]))
        return found

    def found_below(self, folder: Path) -> Mapping[str, list[str]]:
        """Values in the files of a folder, each with the files and surroundings."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(folder.rglob("*")):
            try:  # read, not mapped: servers are at work here, and a mapping of what is cut short ends the process
                content = path.read_bytes() if path.is_file() else b""
            except FileNotFoundError:
                continue
            for value, around in self.found_in(content).items():
                found[value].append(f"{path.relative_to(folder)}: {around!r}")
        return found
