"""A record written as XML: a table compiled once into closures that join strings, escaped where needed.

Elements stand in the order of the XSD, whatever the order of the lines; a field that is missing in the record is
missing in the XML, an empty text is an empty element.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mappings.convert import ShapeError
from mappings.table import Line, XmlForm
from mappings.xml_tree import name_of
from mappings.xsd_shape import Shape, shape_of

Record = dict[str, Any]
_Emit = Callable[[Any, list[str]], None]
"""Appends one field's XML."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile("[&<>\r]")
_SPECIAL_IN_ATTRIBUTE = re.compile('[&<>"\t\n\r]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def refuse_forbidden(value: Any) -> None:
    """Raise `ShapeError` for text, in an object or not, with a character that XML cannot hold in any spelling."""
    if isinstance(value, dict):
        for each in value.values():
            refuse_forbidden(each)
    elif isinstance(value, str) and _FORBIDDEN.search(value):
        raise ShapeError("cần chữ không có ký tự điều khiển", "text without control characters is expected")


def escape(text: str) -> str:
    """Text for between tags; a carriage return would otherwise be read back as a line feed."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text) if _SPECIAL.search(text) else text


def escape_attribute(text: str) -> str:
    """Text for between double quotes; white space would otherwise be read back as blanks."""
    return _SPECIAL_IN_ATTRIBUTE.sub(lambda found: _ESCAPES[found[0]], text)


def compile_writer(lines: tuple[Line, ...], form: XmlForm) -> Callable[..., str]:
    """`write(record, port="")`: the document for a port, by default the first. Raises `KeyError` for no such port."""
    ports = {name: _port(lines, form, way) for name, way in form.ports}
    first = form.ports[0][0]

    def write(record: Record, port: str = "") -> str:
        before, emit, after = ports[port or first]
        pieces: list[str] = [before]
        emit(record, pieces)
        pieces.append(after)
        return "".join(pieces)

    return write


def _port(lines: tuple[Line, ...], form: XmlForm, way: tuple[tuple[str, str], ...]) -> tuple[str, _Emit, str]:
    namespaces = dict(form.namespaces)
    *around, (prefix, local) = way
    declared = "".join(f' xmlns{f":{name}" if name else ""}="{uri}"' for name, uri in form.namespaces if uri)
    tags = [_tag(*step) for step in around]
    shape = shape_of(form.schema, [name_of(namespaces[one], name) for one, name in way])
    emit = _object(_tag(prefix, local), lines, namespaces, prefix, shape, declared if not tags else "")
    opened = "".join(f"<{tag}{declared if index == 0 else ''}>" for index, tag in enumerate(tags))
    return opened, emit, "".join(f"</{tag}>" for tag in reversed(tags))


def _tag(prefix: str, local: str) -> str:
    return f"{prefix}:{local}" if prefix else local


def _object(
    tag: str, lines: tuple[Line, ...], namespaces: dict[str, str], prefix: str, shape: Shape | None, declared: str = ""
) -> _Emit:
    attributes = [(f' {line.to[1:]}="', line.to) for line in lines if line.to.startswith("@")]
    inside = [
        (line.to, _field(line, namespaces, line.prefix or prefix, shape))
        for line in _in_order(lines, namespaces, prefix, shape)
    ]
    start, end = f"<{tag}{declared}", f"</{tag}>"

    def emit(record: Record, pieces: list[str]) -> None:
        pieces.append(start)
        for opening, key in attributes:
            value = record.get(key)
            if value is not None:
                pieces.append(f'{opening}{escape_attribute(str(value))}"')
        pieces.append(">")
        for key, emit_field in inside:
            value = record.get(key)
            if value is not None:
                emit_field(value, pieces)
        if pieces[-1] == ">":
            pieces[-1] = "/>"
        else:
            pieces.append(end)

    return emit


def _in_order(lines: tuple[Line, ...], namespaces: dict[str, str], prefix: str, shape: Shape | None) -> list[Line]:
    elements = [line for line in lines if not line.to.startswith("@")]
    if shape is None or not shape.ordered:
        return elements
    order = {name: place for place, name in enumerate(shape.children)}
    return sorted(elements, key=lambda line: order.get(name_of(namespaces[line.prefix or prefix], line.to), len(order)))


def _field(line: Line, namespaces: dict[str, str], prefix: str, around: Shape | None) -> _Emit:
    tag = _tag(prefix, line.to)
    shape = around.child(name_of(namespaces[prefix], line.to)) if around else None
    if line.fields is not None:
        return _object(tag, line.fields, namespaces, prefix, shape)
    if line.each is None:
        return _value(tag, prefix)
    if line.item is None:
        return _all(_object(tag, line.each, namespaces, prefix, shape))
    inner = shape.child(name_of(namespaces[prefix], line.item)) if shape else None
    return _wrapped(tag, _all(_object(_tag(prefix, line.item), line.each, namespaces, prefix, inner)))


def _all(emit_row: _Emit) -> _Emit:
    def emit(rows: list[Record], pieces: list[str]) -> None:
        for row in rows:
            emit_row(row, pieces)

    return emit


def _wrapped(tag: str, emit_rows: _Emit) -> _Emit:
    def emit(rows: list[Record], pieces: list[str]) -> None:
        pieces.append(f"<{tag}>")
        emit_rows(rows, pieces)
        pieces.append(f"</{tag}>")

    return emit


def _value(tag: str, prefix: str) -> _Emit:
    start, end, empty = f"<{tag}>", f"</{tag}>", f"<{tag}/>"

    def emit(value: Any, pieces: list[str]) -> None:
        if isinstance(value, dict):
            pieces.append(start)
            for name, part in value.items():
                _value(_tag(prefix, name), prefix)(part, pieces)
            pieces.append(end)
        elif value == "":
            pieces.append(empty)
        else:
            pieces.append(f"{start}{escape(value if type(value) is str else str(value))}{end}")

    return emit
