"""What compiling a line needs beside the line itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mappings.codelists import CodeList
from mappings.convert import CONVERTERS, Converter
from mappings.errors import TableError
from mappings.table import Line


@dataclass(frozen=True, slots=True)
class Scope:
    """The table's file, for complaints; the code lists, and the day whose codes count."""

    file: str
    lists: Mapping[str, CodeList]
    on: date

    def converter(self, line: Line) -> Converter:
        """A line's converter, both directions. Raises `TableError` for a list that is not there or of no use here."""
        if line.code_list is None:
            return CONVERTERS[line.converter]
        found = self.lists.get(line.code_list)
        if found is None:
            known = ", ".join(sorted(self.lists))
            raise TableError(self.file, line.number, f"{line.to}: no code list {line.code_list!r}; known: {known}")
        if found.one_way and not line.one_way:
            raise TableError(
                self.file, line.number, f"{line.to}: the list {found.name} is one-way, so must the line be"
            )
        return found.converter(self.on)
