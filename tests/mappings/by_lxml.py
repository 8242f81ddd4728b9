"""The XML of a record built element by element with lxml: a second opinion on what is written by joining strings."""

from __future__ import annotations

from typing import Any

from lxml import etree

from mappings.table import Line, Table


def build(table: Table, record: dict[str, Any], port: str = "") -> etree._Element:
    """The outermost element; fields in the order of the lines, which the XSD may want otherwise."""
    assert table.xml is not None
    namespaces = dict(table.xml.namespaces)
    way = dict(table.xml.ports)[port or table.xml.ports[0][0]]
    nsmap = {prefix or None: uri for prefix, uri in namespaces.items() if uri}
    outermost = element = etree.Element(_name(namespaces, *way[0]), nsmap=nsmap)
    for step in way[1:]:
        element = etree.SubElement(element, _name(namespaces, *step))
    _fill(element, table.lines, record, namespaces, way[-1][0])
    return outermost


def _name(namespaces: dict[str, str], prefix: str, local: str) -> etree.QName:
    return etree.QName(namespaces[prefix] or None, local)


def _fill(
    element: etree._Element, lines: tuple[Line, ...], record: dict[str, Any], namespaces: dict[str, str], prefix: str
) -> None:
    for line in lines:
        value, own = record.get(line.to), line.prefix or prefix
        if value is None:
            continue
        if line.to.startswith("@"):
            element.set(line.to[1:], str(value))
        elif line.each is not None:
            holder = etree.SubElement(element, _name(namespaces, own, line.to)) if line.item else element
            for row in value:
                child = etree.SubElement(holder, _name(namespaces, own, line.item or line.to))
                _fill(child, line.each, row, namespaces, own)
        elif line.fields is not None:
            _fill(etree.SubElement(element, _name(namespaces, own, line.to)), line.fields, value, namespaces, own)
        else:
            _value(etree.SubElement(element, _name(namespaces, own, line.to)), value, namespaces, own)


def _value(element: etree._Element, value: Any, namespaces: dict[str, str], prefix: str) -> None:
    if not isinstance(value, dict):
        element.text = str(value)
        return
    for name, part in value.items():
        _value(etree.SubElement(element, _name(namespaces, prefix, name)), part, namespaces, prefix)


def canonical_form(element: etree._Element) -> bytes:
    """Canonical XML (C14N) of a tree whose elements are put in order by name; rows of one name keep theirs."""
    _sort(element)
    return etree.tostring(element, method="c14n", exclusive=True)


def _sort(element: etree._Element) -> None:
    element[:] = sorted(element, key=lambda child: str(child.tag))
    for child in element:
        _sort(child)
