"""Tables compiled once into closures, read in both directions from the same lines.

Forward never invents and never drops silently: a code without a mapping, a value of the wrong shape, a missing required
field raise `MappingError`; a text over the other side's limit is cut and reported as a warning; what the table puts
where a value is absent is written in the table.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import date
from typing import Any

from mappings.backward import compile_restore
from mappings.codelists import CodeList
from mappings.errors import MappingWarning
from mappings.forward import compile_record
from mappings.paths import Document, Trip
from mappings.scope import Scope
from mappings.table import Table


@dataclass(frozen=True, slots=True)
class Mapped:
    """A translated document, and what was lost on the way."""

    document: dict[str, Any]
    warnings: tuple[MappingWarning, ...] = ()


class Mapping:
    """One version of a mapping, ready to run. Pure: no input or output, and the same answer every time."""

    def __init__(self, table: Table, lists: MappingOf[str, CodeList], on: date) -> None:
        """Compile a table with the codes in force on a day. Raises `TableError`."""
        scope = Scope(table.file, lists, on)
        self.table = table
        self.name = table.name
        self.version = table.version
        self._forward = compile_record(table.lines, scope)
        self._backward = compile_restore(table.lines, scope)

    def forward(self, document: Document) -> Mapped:
        """A valid canonical document -> the other side's record; the document is not touched. Raises `MappingError`."""
        trip = Trip(document)
        record = self._forward(document, trip)
        return Mapped(record, tuple(trip.warnings))

    def backward(self, record: Document) -> Mapped:
        """The other side's record -> canonical; what is absent or empty there stays absent. Raises `MappingError`."""
        document: Document = {}
        self._backward(record, document, Trip(document))
        return Mapped(document)
