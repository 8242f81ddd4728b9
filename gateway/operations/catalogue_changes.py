"""What a refreshed catalogue of the portal changes in a code list, as rows for the import that people confirm. Pure.

A code the portal no longer publishes is not taken out: it gets a last day, for what is under way still carries it. The
names are the portal's; a word of the province keeps its own and the days it has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from gateway.operations.list_rows import ListRow
from gateway.operations.refused import ContentRefused, flaw
from mappings.codelists import CodeList, Entry


@dataclass(frozen=True, slots=True)
class Published:
    """One code as the portal publishes it."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Renamed:
    """One row of the list whose code goes by another name now."""

    entry: Entry
    name: str


@dataclass(frozen=True, slots=True)
class CatalogueChanges:
    """What differs on a day: codes the list does not lead to, rows whose code is gone, rows with another name."""

    code_list: CodeList
    on: date
    added: tuple[Published, ...]
    removed: tuple[Entry, ...]
    renamed: tuple[Renamed, ...]

    def rows(self, *, every: bool = False) -> list[ListRow]:
        """The rows to import, numbered as people will see them: renamed, removed, added.

        A code that goes as it is needs no row, so it gets one only with `every`, which keeps all names at hand.
        """
        eve = self.on - timedelta(days=1)
        entries = [
            *(replace(one.entry, vi=one.name, line=0) for one in self.renamed),
            *(replace(one, valid_to=max(eve, one.valid_from), line=0) for one in self.removed),
            *(self._new(one) for one in self.added if every or not self.code_list.own(one.code)),
        ]
        return [ListRow(number, entry) for number, entry in enumerate(entries, 1)]

    def _new(self, published: Published) -> Entry:
        """A row from today on; a code that comes back has the word it had before, else its own."""
        before = [one for one in self.code_list.entries if one.foreign == published.code and one.valid_to < self.on]
        word = max(before, key=lambda one: one.valid_to).canonical if before else published.code
        return Entry(word, published.code, valid_from=self.on, vi=published.name)


def catalogue_changes(before: CodeList, after: Sequence[Mapping[str, Any]], on: date) -> CatalogueChanges:
    """Compare a list, as it holds on a day, with the refreshed rows (`code`, `name`?) of a whole catalogue.

    Names are the same whatever their spaces. Raises `ContentRefused` for no rows at all: an empty catalogue is an
    answer gone wrong, and taking it at its word would end every row of the list.
    """
    published = {row["code"]: Published(row["code"], _plain(row.get("name", ""))) for row in after}
    if not published:
        vi = "Danh mục lấy về không có dòng nào; hãy lấy lại trước khi so sánh."
        raise ContentRefused([flaw("", "CATALOGUE_EMPTY", vi, "The refreshed catalogue has no rows; fetch it again.")])
    held = [entry for entry in before.entries if entry.holds(on)]
    led_to = {entry.foreign for entry in held}
    return CatalogueChanges(
        before,
        on,
        added=tuple(one for code, one in published.items() if code not in led_to),
        removed=tuple(entry for entry in held if entry.foreign not in published),
        renamed=tuple(_renamed(held, published)),
    )


def _renamed(held: Iterable[Entry], published: Mapping[str, Published]) -> Iterable[Renamed]:
    for entry in held:
        found = published.get(entry.foreign)
        if found is not None and found.name and found.name != _plain(entry.vi):
            yield Renamed(entry, found.name)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())
