"""Lines compiled into closures that make the other side's record from a canonical document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mappings import complaints
from mappings.codelists import UnmappedCode
from mappings.convert import ShapeError
from mappings.functions import FUNCTIONS
from mappings.paths import Document, Trip, first_of, place, reader
from mappings.scope import Scope
from mappings.table import Line

Produce = Callable[[Document, Trip], Any]
"""(the row at hand, the trip) -> the other side's value. Raises `MappingError`."""
Record = dict[str, Any]


def compile_record(lines: tuple[Line, ...], scope: Scope) -> Callable[[Document, Trip], Record]:
    """All lines of one object, in their order."""
    produced = [(line.to, _line(line, scope)) for line in lines]

    def record(item: Document, trip: Trip) -> Record:
        return {to: produce(item, trip) for to, produce in produced}

    return record


def _line(line: Line, scope: Scope) -> Produce:
    if line.constant is not None:
        constant = line.constant
        return lambda _item, _trip: constant
    if line.function is not None:
        return _function(line, scope)
    if line.each is not None:
        return _list(line, compile_record(line.each, scope))
    return _conditional(line, _value(line, scope))


def _value(line: Line, scope: Scope) -> Produce:
    sources, default, required, file = line.sources, line.default, line.required, scope.file
    read, convert = first_of(sources), scope.converter(line).forward

    def produce(item: Document, trip: Trip) -> Any:
        value = read(item, trip)
        if value is None:
            if required:
                raise complaints.missing(line, place(sources, item, trip), file)
            return default
        try:
            return convert(value)
        except (ShapeError, UnmappedCode) as exc:
            raise complaints.misfit(line, place(sources, item, trip), file, exc) from None

    return produce if line.limit is None else _limited(line, line.limit, produce)


def _limited(line: Line, limit: int, produce: Produce) -> Produce:
    """Text within the other side's limit, counted in code points; the cut has no ellipsis and is reported."""

    def cut(item: Document, trip: Trip) -> Any:
        text = produce(item, trip)
        if len(text) <= limit:
            return text
        trip.warnings.append(complaints.truncated(line, place(line.sources, item, trip), len(text)))
        return text[:limit]

    return cut


def _conditional(line: Line, produce: Produce) -> Produce:
    if line.when is None:
        return produce
    path, wanted = line.when
    read, default = reader(path), line.default
    return lambda item, trip: produce(item, trip) if read(item, trip) == wanted else default


def _function(line: Line, scope: Scope) -> Produce:
    function = FUNCTIONS[line.function or ""]

    def produce(item: Document, trip: Trip) -> Any:
        try:
            return function.forward(item)
        except ShapeError as exc:
            raise complaints.misfit(line, place(function.reads, item, trip), scope.file, exc) from None

    return produce


def _list(line: Line, record: Callable[[Document, Trip], Record]) -> Produce:
    source = line.sources[0]
    read, base, steps = reader(source), source.startswith("/"), source.removeprefix("/").split(".")

    def produce(item: Document, trip: Trip) -> list[Record]:
        rows = read(item, trip)
        if not rows:
            return []
        here, made = trip.at, []
        for index, row in enumerate(rows):
            trip.at = (*(() if base else here), *steps, index)
            made.append(record(row, trip))
        trip.at = here
        return made if line.sort_by is None else _in_time_order(made, rows, line.sort_by)

    return produce


def _in_time_order(made: list[Record], rows: list[Document], path: str) -> list[Record]:
    """The records by the moment in each row, fractions included; what is equal stays as given."""
    moments = [datetime.fromisoformat(row[path]) for row in rows]
    return [record for _, record in sorted(zip(moments, made, strict=True), key=lambda pair: pair[0])]
