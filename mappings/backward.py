"""Lines compiled into closures that read the other side's record back into a canonical document.

Restoring runs in rounds, because some fields tell something only in the light of others: lines with one source, then
lines with several (what stood in for an absent value is recognised and not taken for one), then functions, then lists
that may hold nothing but what stood in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mappings import complaints
from mappings.codelists import UnmappedCode
from mappings.convert import ShapeError
from mappings.functions import FUNCTIONS, STAND_INS, rows
from mappings.paths import ITSELF, Document, Read, Trip, pointer, reader, steps, writer
from mappings.scope import Scope
from mappings.table import Line
from mappings.xml_record import compile_reader
from mappings.xml_tree import read_xml

Restore = Callable[[Document, Document, Trip], None]
"""(the other side's record, the canonical row made so far, the trip): puts the value back. Raises `MappingError`."""
Look = Callable[[Document], Any]
"""Finds a line's value in the other side's record, under any spelling."""


def compile_restore(lines: tuple[Line, ...], scope: Scope) -> Restore:
    """All lines of one object, in the order in which they can be understood."""
    told = [(inside, line) for inside, line in _spread(lines) if not line.one_way]
    values = [one for one in told if one[1].sources or one[1].given or one[1].holds_xml]
    functions = [one for one in reversed(told) if one[1].function and FUNCTIONS[one[1].function].backward]
    ordered = [*sorted(values, key=lambda one: len(one[1].sources) > 1), *functions]
    ordered.sort(key=lambda one: one[1].stand_in is not None)
    restores = [_within(inside, _line(line, scope), line, scope) for inside, line in ordered]

    def restore(record: Document, item: Document, trip: Trip) -> None:
        for each in restores:
            each(record, item, trip)

    return restore


def _spread(lines: tuple[Line, ...], inside: tuple[Line, ...] = ()) -> Iterator[tuple[tuple[Line, ...], Line]]:
    """Every line with the objects of the other side around it that are none in ours: those tell nothing themselves."""
    for line in lines:
        if line.fields is not None and not line.sources and not line.holds_xml:
            yield from _spread(line.fields, (*inside, line))
        else:
            yield inside, line


def _within(inside: tuple[Line, ...], restore: Restore, line: Line, scope: Scope) -> Restore:
    if not inside:
        return restore
    looks = [_look(one) for one in inside]

    def within(record: Document, item: Document, trip: Trip) -> None:
        node: Any = record
        for one, look in zip(inside, looks, strict=True):
            node = look(node)
            if node is None or node in ("", []):
                return
            if not isinstance(node, dict):
                raise complaints.misfit(one, _at(line, trip), scope.file, _no_object(), node)
        restore(node, item, trip)

    return within


def _line(line: Line, scope: Scope) -> Restore:
    if line.given is not None:
        return _given(line, line.given)
    if line.function is not None:
        return _function(line, scope)
    if line.fields is not None:
        inner = compile_restore(line.fields, scope)
        return _document_inside(line, line.fields, inner, scope) if line.holds_xml else _object(line, inner, scope)
    if line.each is not None:
        return _list(line, compile_restore(line.each, scope), scope)
    return _value(line, scope)


def _look(line: Line) -> Look:
    name, also = line.to, line.also
    if not also:
        return lambda record: record.get(name)
    return lambda record: next((record[one] for one in (name, *also) if record.get(one) not in (None, "")), None)


def _value(line: Line, scope: Scope) -> Restore:
    source, others = line.sources[0], [reader(path) for path in line.sources[1:]]
    from_root, read, write, look = source.startswith("/"), reader(source), writer(source), _look(line)
    convert, file, filler = scope.converter(line).backward, scope.file, line.default if line.filler else None

    def restore(record: Document, item: Document, trip: Trip) -> None:
        value = look(record)
        if value is None or value in ("", filler):
            return
        try:
            made = convert(value)
        except (ShapeError, UnmappedCode) as exc:
            raise complaints.misfit(line, pointer(source, trip), file, exc, value) from None
        if made == "" or (others and _stood_in(line, made, others, item, trip)):
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


def _given(line: Line, name: str) -> Restore:
    look = _look(line)

    def restore(record: Document, _item: Document, trip: Trip) -> None:
        value = look(record)
        if value is not None and value != "":
            trip.taken[name] = value

    return restore


def _object(line: Line, restore_inside: Restore, scope: Scope) -> Restore:
    source = line.sources[0]
    read, write, look = reader(source), writer(source), _look(line)
    base, way = source.startswith("/"), steps(source)

    def restore(record: Document, item: Document, trip: Trip) -> None:
        node = look(record)
        if node is None or node in ("", []):
            return
        if not isinstance(node, dict):
            raise complaints.misfit(line, pointer(source, trip), scope.file, _no_object(), node)
        here, one = trip.at, read(item, trip) or {}
        trip.at = (*(() if base else here), *way)
        restore_inside(node, one, trip)
        trip.at = here
        if one:
            write(item, trip, one)

    return restore


def _document_inside(line: Line, lines: tuple[Line, ...], restore_inside: Restore, scope: Scope) -> Restore:
    """XML in a text of the record: read like any other, each time from the start."""
    look = _look(line)
    assert scope.xml is not None, "a table with `holds: xml` says how its XML looks"  # noqa: S101 - read_table saw to it
    read = compile_reader(lines, scope.xml)

    def restore(record: Document, item: Document, trip: Trip) -> None:
        value = look(record)
        if value is None or value == "":
            return
        if not isinstance(value, str):
            exc = ShapeError("cần chuỗi ký tự", "text is expected")
            raise complaints.misfit(line, "", scope.file, exc, value)
        restore_inside(read(read_xml(value)), item, trip)

    return restore


def _list(line: Line, restore_row: Restore, scope: Scope) -> Restore:
    source, look, write = line.sources[0], _look(line), writer(line.sources[0])
    base, way = source.startswith("/"), steps(source)
    stand_in = STAND_INS[line.stand_in] if line.stand_in else None

    def restore(record: Document, item: Document, trip: Trip) -> None:
        value = look(record)
        try:
            found = rows(value)
        except ShapeError as exc:
            raise complaints.misfit(line, pointer(source, trip), scope.file, exc, value) from None
        here, made = trip.at, []
        for index, row in enumerate(found):
            trip.at = (*(() if base else here), *way, index)
            one: Document = {}
            restore_row(row, one, trip)
            if one:  # a row that tells nothing is no row
                made.append(one.get(ITSELF, one))
        trip.at = here
        if made and not (stand_in and _same(made, stand_in, item)):
            write(item, trip, made)

    return restore


def _same(made: list[Document], stand_in: Callable[[Document], list[Document]], item: Document) -> bool:
    try:
        return made == stand_in(item)
    except KeyError:  # what the rows would be made of did not come back
        return False


def _function(line: Line, scope: Scope) -> Restore:
    function, look = FUNCTIONS[line.function or ""], _look(line)

    def restore(record: Document, item: Document, trip: Trip) -> None:
        value = look(record)
        if value is None or function.backward is None:
            return
        try:
            function.backward(value, item)
        except ShapeError as exc:
            raise complaints.misfit(line, pointer(function.reads[0], trip), scope.file, exc, value) from None

    return restore


def _at(line: Line, trip: Trip) -> str:
    return pointer(line.sources[0], trip) if line.sources else ""


def _no_object() -> ShapeError:
    return ShapeError("cần một đối tượng", "an object is expected")
