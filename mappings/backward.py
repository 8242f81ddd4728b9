"""Lines compiled into closures that read the other side's record back into a canonical document.

Restoring runs in three rounds, because some fields tell something only in the light of others: lines with one source,
then lines with several (what stood in for an absent value is recognised and not taken for one), then functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mappings import complaints
from mappings.codelists import UnmappedCode
from mappings.convert import ShapeError
from mappings.functions import FUNCTIONS, rows
from mappings.paths import Document, Read, Trip, pointer, reader, writer
from mappings.scope import Scope
from mappings.table import Line

Restore = Callable[[Document, Document, Trip], None]
"""(the other side's record, the canonical row made so far, the trip): puts the value back. Raises `MappingError`."""


def compile_restore(lines: tuple[Line, ...], scope: Scope) -> Restore:
    """All lines of one object, in the order in which they can be understood."""
    values = [line for line in lines if line.sources and not line.one_way]
    functions = [line for line in reversed(lines) if line.function and FUNCTIONS[line.function].backward]
    ordered = [*sorted(values, key=lambda line: len(line.sources) > 1), *functions]
    restores = [_line(line, scope) for line in ordered]

    def restore(record: Document, item: Document, trip: Trip) -> None:
        for each in restores:
            each(record, item, trip)

    return restore


def _line(line: Line, scope: Scope) -> Restore:
    if line.function is not None:
        return _function(line, scope)
    if line.each is not None:
        return _list(line, compile_restore(line.each, scope), scope)
    return _value(line, scope)


def _value(line: Line, scope: Scope) -> Restore:
    source, others = line.sources[0], [reader(path) for path in line.sources[1:]]
    from_root, read, write = source.startswith("/"), reader(source), writer(source)
    convert, file = scope.converter(line).backward, scope.file

    def restore(record: Document, item: Document, trip: Trip) -> None:
        value = record.get(line.to)
        if value is None or value == "":
            return
        try:
            made = convert(value)
        except (ShapeError, UnmappedCode) as exc:
            raise complaints.misfit(line, pointer(source, trip), file, exc) from None
        if others and _stood_in(line, made, others, item, trip):
            return
        if from_root and read(item, trip) not in {None, made}:
            raise complaints.contradiction(line, pointer(source, trip), file)
        write(item, trip, made)

    return restore


def _stood_in(line: Line, made: Any, others: list[Read], item: Document, trip: Trip) -> bool:
    """Whether a value is what the table puts where the first source is absent: another source, cut alike, or a word."""
    told = (read(item, trip) for read in others)
    return made == line.default or any(
        made == (value[: line.limit] if line.limit else value) for value in told if value
    )


def _list(line: Line, restore_row: Restore, scope: Scope) -> Restore:
    source, write = line.sources[0], writer(line.sources[0])
    base, steps = source.startswith("/"), source.removeprefix("/").split(".")

    def restore(record: Document, item: Document, trip: Trip) -> None:
        try:
            found = rows(record.get(line.to))
        except ShapeError as exc:
            raise complaints.misfit(line, pointer(source, trip), scope.file, exc) from None
        here, made = trip.at, []
        for index, row in enumerate(found):
            trip.at = (*(() if base else here), *steps, index)
            one: Document = {}
            restore_row(row, one, trip)
            if one:  # a row that tells nothing is no row
                made.append(one)
        trip.at = here
        if made:
            write(item, trip, made)

    return restore


def _function(line: Line, scope: Scope) -> Restore:
    function = FUNCTIONS[line.function or ""]

    def restore(record: Document, item: Document, trip: Trip) -> None:
        if line.to not in record or function.backward is None:
            return
        try:
            function.backward(record[line.to], item)
        except ShapeError as exc:
            raise complaints.misfit(line, pointer(function.reads[0], trip), scope.file, exc) from None

    return restore
