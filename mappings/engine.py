"""Tables compiled once into closures, read in both directions from the same lines.

Forward never invents and never drops silently: a code without a mapping, a value of the wrong shape, a missing required
field raise `MappingError`; a text over the other side's limit is cut and reported as a warning; what the table puts
where a value is absent is written in the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from datetime import date
from typing import Any, NamedTuple

import orjson

from mappings import complaints, json_schema, xsd
from mappings.backward import compile_restore
from mappings.codelists import CodeList
from mappings.errors import MappingWarning, Misfit
from mappings.foreign import located, named
from mappings.forward import compile_record
from mappings.paths import NOTHING_GIVEN, Document, Given, Trip, reader, writer
from mappings.scope import Scope
from mappings.table import Table
from mappings.xml_record import compile_reader
from mappings.xml_tree import read_xml
from mappings.xml_write import compile_writer


class Mapped(NamedTuple):
    """A translated document, and what was lost on the way."""

    document: dict[str, Any]
    warnings: tuple[MappingWarning, ...] = ()
    text: str | None = None
    """Forward to a system that speaks XML: the document as it goes over the wire."""
    given: MappingOf[str, Any] = NOTHING_GIVEN
    """Backward: what is on the wire and not in our document, by the names the table gives it."""


class Mapping:
    """One version of a mapping, ready to run. Pure: no input or output, and the same answer every time."""

    def __init__(self, table: Table, lists: MappingOf[str, CodeList], on: date) -> None:
        """Compile a table with the codes in force on a day. Raises `TableError`."""
        scope = Scope(table.file, lists, on, table.xml)
        self.table = table
        self.name = table.name
        self.version = table.version
        self._forward = compile_record(table.lines, scope)
        self._backward = compile_restore(table.lines, scope)
        self._form = table.xml if table.is_xml else None
        self._read = compile_reader(table.lines, self._form) if self._form else None
        self._write = compile_writer(table.lines, self._form) if self._form else None
        self._always = [(path, reader(path), writer(path), value) for path, value in table.when]

    def forward(self, document: Document, given: Given = NOTHING_GIVEN, port: str = "") -> Mapped:
        """A valid canonical document -> the other side's record; the document is not touched.

        `given` holds values that are on the wire and not in the document, by the names the table gives them; a field
        whose value is not given stays out. `port` chooses among the forms of an XML document. Raises `MappingError`.
        """
        trip = Trip(document, given)
        for path, read, _, value in self._always:
            if read(document, trip) != value:
                raise complaints.other_table(self.table.file, f"/{path.replace('.', '/')}", value)
        record = self._forward(document, trip)
        text = self._write(record, port) if self._write else None
        return Mapped(record, tuple(trip.warnings), text)

    def backward(self, record: Document) -> Mapped:
        """The other side's record -> canonical; what is absent or empty there stays absent. Raises `MappingError`."""
        document: Document = {}
        trip = Trip(document)
        for _, _, write, value in self._always:
            write(document, trip, value)
        self._backward(record, document, trip)
        return Mapped(document, given=trip.taken)

    def read(self, wire: bytes | str) -> Document:
        """What came over the wire, XML or JSON as the table says, -> the other side's record. Raises `MappingError`."""
        if self._read is not None:
            return self._read(read_xml(wire))
        try:
            record = orjson.loads(wire)
        except orjson.JSONDecodeError as exc:
            raise complaints.unreadable("JSON_MALFORMED", exc.lineno, exc.colno) from None
        if not isinstance(record, dict):
            raise complaints.unreadable("JSON_MALFORMED")
        return record

    def write(self, record: Document, port: str = "") -> str:
        """The record as it goes over the wire. Raises `KeyError` for a port the table does not name."""
        return self._write(record, port) if self._write else orjson.dumps(record).decode()

    def validate(self, wire: Document | bytes | str) -> tuple[Misfit, ...]:
        """What the other side's own schema does not allow in a record, or in what came over the wire.

        Nothing where the table names no schema. Raises `MappingError` for what cannot be read.
        """
        schema = self.table.schema
        if schema is None:
            return ()
        if self._write is not None:
            text = self._write(wire) if isinstance(wire, dict) else wire
            return located(xsd.misfits(schema, read_xml(text)), self.table.lines, xml_root=True)
        record = wire if isinstance(wire, dict) else self.read(wire)
        found = located(json_schema.load_schema(schema).misfits(record), self.table.lines)
        return (*found, *self._misfits_inside(record))

    def _misfits_inside(self, record: Document) -> Iterator[Misfit]:
        """As `validate`, for XML in fields of a record that is none itself."""
        xml = self.table.xml
        for line in self.table.lines:
            text = record.get(line.to) if line.holds_xml else None
            if line.fields and isinstance(text, str) and xml is not None and xml.schema is not None:
                yield from located(xsd.misfits(xml.schema, read_xml(text)), line.fields, xml_root=True)

    def validate_canonical(self, document: Document, schema: json_schema.JsonSchema) -> tuple[Misfit, ...]:
        """What the canonical schema does not allow in a document, each with its field on the other side."""
        return named(schema.misfits(document), self.table.lines)
