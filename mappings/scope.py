"""What compiling a line needs beside the line itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mappings.codelists import CodeList
from mappings.convert import CONVERTERS, Converter, ShapeError
from mappings.errors import TableError
from mappings.table import Line, XmlForm
from mappings.xml_write import refuse_forbidden


@dataclass(frozen=True, slots=True)
class Scope:
    """The table's file, for complaints; the code lists, and the day whose codes count; how its XML looks."""

    file: str
    lists: Mapping[str, CodeList]
    on: date
    xml: XmlForm | None = None

    def converter(self, line: Line) -> Converter:
        """A line's converter, both directions. Raises `TableError` for a list that is not there or of no use here."""
        found = CONVERTERS[line.converter] if line.code_list is None else self._codes(line, line.code_list)
        if line.numeric:
            found = _as_number(found)
        return found if self.xml is None else _for_xml(found)

    def _codes(self, line: Line, name: str) -> Converter:
        found = self.lists.get(name)
        if found is None:
            known = ", ".join(sorted(self.lists))
            raise TableError(self.file, line.number, f"{line.to}: no code list {name!r}; known: {known}")
        if found.one_way and not line.one_way:
            raise TableError(
                self.file, line.number, f"{line.to}: the list {found.name} is one-way, so must the line be"
            )
        return found.converter(self.on)


def _as_number(converter: Converter) -> Converter:
    def forward(value: Any) -> int:
        try:
            return int(converter.forward(value))
        except ValueError as exc:
            if isinstance(exc, ShapeError):
                raise
            raise ShapeError("cần mã là số", "a code that is a number is expected") from None

    return Converter(forward, converter.backward)


def _for_xml(converter: Converter) -> Converter:
    """The same, but for characters that no XML document can hold: they are refused here, where the place is known."""

    def forward(value: Any) -> Any:
        made = converter.forward(value)
        refuse_forbidden(made)
        return made

    return Converter(forward, converter.backward)
