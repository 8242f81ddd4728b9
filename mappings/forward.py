"""Lines compiled into closures that make the other side's record from a canonical document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mappings import complaints
from mappings.codelists import UnmappedCode
from mappings.convert import ShapeError, text
from mappings.functions import FUNCTIONS, STAND_INS
from mappings.paths import Document, Trip, first_of, place, reader, steps
from mappings.scope import Scope
from mappings.table import Line
from mappings.xml_write import compile_writer

Produce = Callable[[Any, Trip], Any]
"""(the row at hand, the trip) -> the other side's value, None to leave the field out. Raises `MappingError`."""
Record = dict[str, Any]


def compile_record(lines: tuple[Line, ...], scope: Scope) -> Callable[[Any, Trip], Record]:
    """All lines of one object, in their order."""
    produced = [(line.to, _line(line, scope)) for line in lines if not line.read_only]

    def whole(item: Any, trip: Trip) -> Record:
        return {to: produce(item, trip) for to, produce in produced}

    def sparse(item: Any, trip: Trip) -> Record:
        made = ((to, produce(item, trip)) for to, produce in produced)
        return {to: value for to, value in made if value is not None}

    return sparse if any(line.default is None or line.given for line in lines) else whole


def _line(line: Line, scope: Scope) -> Produce:
    if line.constant is not None:
        constant = line.constant
        return lambda _item, _trip: constant
    if line.given is not None:
        return _given(line, line.given, scope)
    if line.function is not None:
        return _function(line, scope)
    if line.fields is not None:
        return _object(line, line.fields, scope)
    if line.each is not None:
        return _list(line, compile_record(line.each, scope))
    return _conditional(line, _value(line, scope))


def _value(line: Line, scope: Scope) -> Produce:
    sources, default, required, file = line.sources, line.default, line.required, scope.file
    read, convert = first_of(sources), scope.converter(line).forward
    as_it_is = convert is text  # plain text in most fields: asked here, it costs no call of its own

    def produce(item: Any, trip: Trip) -> Any:
        value = read(item, trip)
        if as_it_is and type(value) is str and value.isascii():
            return value or default
        if value is None:
            if required:
                raise complaints.missing(line, place(sources, item, trip), file)
            return default
        try:
            made = convert(value)
        except (ShapeError, UnmappedCode) as exc:
            raise complaints.misfit(line, place(sources, item, trip), file, exc, value) from None
        return default if made == "" else made

    return produce if line.limit is None else _limited(line, line.limit, produce)


def _limited(line: Line, limit: int, produce: Produce) -> Produce:
    """Text within the other side's limit, counted in code points; the cut has no ellipsis and is reported."""

    def cut(item: Any, trip: Trip) -> Any:
        whole = produce(item, trip)
        if whole is None or len(whole) <= limit:
            return whole
        trip.warnings.append(complaints.truncated(line, place(line.sources, item, trip), len(whole)))
        return whole[:limit]

    return cut


def _conditional(line: Line, produce: Produce) -> Produce:
    if line.when is None:
        return produce
    path, wanted = line.when
    read, default = reader(path), line.default
    return lambda item, trip: produce(item, trip) if read(item, trip) == wanted else default


def _given(line: Line, name: str, scope: Scope) -> Produce:
    """A value handed in by whoever sends; not handed in, the field stays out, so that nobody takes it for filled."""
    convert = scope.converter(line).forward

    def produce(_item: Any, trip: Trip) -> Any:
        value = trip.given.get(name)
        try:
            return None if value is None else convert(value)
        except ShapeError as exc:
            raise complaints.misfit(line, "", scope.file, exc, value) from None

    return produce


def _function(line: Line, scope: Scope) -> Produce:
    function, default = FUNCTIONS[line.function or ""], line.default

    def produce(item: Any, trip: Trip) -> Any:
        try:
            made = function.forward(item)
        except ShapeError as exc:
            raise complaints.misfit(line, place(function.reads, item, trip), scope.file, exc) from None
        return default if made == "" else made

    return produce


def _object(line: Line, lines: tuple[Line, ...], scope: Scope) -> Produce:
    """An object of the other side: made of what is at hand, or of the object under the line's source."""
    record = _described(line, lines, scope)
    return record if not line.sources else _from_object(line, line.sources[0], record, scope)


def _described(line: Line, lines: tuple[Line, ...], scope: Scope) -> Produce:
    """The object, or its XML where the field is a text that holds some; None where it would say nothing."""
    record = compile_record(lines, scope)
    if line.holds_xml and scope.xml is not None:
        write = compile_writer(lines, scope.xml)
        return lambda item, trip: write(record(item, trip))
    if line.default is not None:
        return record
    return lambda item, trip: record(item, trip) or None


def _from_object(line: Line, source: str, record: Produce, scope: Scope) -> Produce:
    read, base, way = reader(source), source.startswith("/"), steps(source)
    absent: Callable[[Trip], Any]
    if line.empty_list:
        absent = lambda _trip: []  # noqa: E731 - a list of its own for every document
    elif line.default is None:
        absent = lambda _trip: None  # noqa: E731
    else:
        absent = lambda trip: record({}, trip)  # noqa: E731

    def produce(item: Any, trip: Trip) -> Any:
        node = read(item, trip)
        if node is None:
            if line.required:
                raise complaints.missing(line, place(line.sources, item, trip), scope.file)
            return absent(trip)
        here = trip.at
        trip.at = (*(() if base else here), *way)
        made = record(node, trip)
        trip.at = here
        return made

    return produce


def _list(line: Line, record: Callable[[Any, Trip], Record]) -> Produce:
    source = line.sources[0]
    read, base, way = reader(source), source.startswith("/"), steps(source)
    stand_in = STAND_INS[line.stand_in] if line.stand_in else None

    def produce(item: Any, trip: Trip) -> list[Record] | None:
        rows = read(item, trip) or (stand_in(item) if stand_in else ())
        if not rows:
            return None if line.default is None else []
        here, made = trip.at, []
        for index, row in enumerate(rows):
            trip.at = (*(() if base else here), *way, index)
            made.append(record(row, trip))
        trip.at = here
        return made if line.sort_by is None else _in_time_order(made, rows, line.sort_by)

    return produce


def _in_time_order(made: list[Record], rows: list[Document], path: str) -> list[Record]:
    """The records by the moment in each row, fractions included; what is equal stays as given."""
    moments = [datetime.fromisoformat(row[path]) for row in rows]
    return [record for _, record in sorted(zip(moments, made, strict=True), key=lambda pair: pair[0])]
