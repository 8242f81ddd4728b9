"""A table against the other side's schema, XSD or JSON: fields it does not know, fields it demands and nobody makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mappings.findings import Finding, near
from mappings.json_schema import load_schema, resolve
from mappings.table import Line, Table, XmlForm
from mappings.xml_tree import name_of
from mappings.xsd_shape import Shape, shape_of


def foreign_findings(table: Table) -> Iterator[Finding]:
    """All that is found; nothing where the table names no schema."""
    if table.schema is None:
        return
    if table.is_xml and table.xml is not None:
        yield from _xml(table, table.lines, table.xml)
        return
    yield from _Check(table, None).object(table.lines, json_shape(table.schema), "", table.head)
    for line in table.lines:
        if line.holds_xml and line.fields and table.xml is not None:
            yield from _xml(table, line.fields, table.xml)


def _xml(table: Table, lines: tuple[Line, ...], form: XmlForm) -> Iterator[Finding]:
    namespaces = dict(form.namespaces)
    for name, way in form.ports:
        shape = shape_of(form.schema, [name_of(namespaces[prefix], local) for prefix, local in way])
        if shape is None:
            yield Finding(
                table.file,
                table.head,
                "ROOT_UNKNOWN",
                "error",
                f"Lược đồ không có phần tử của {name}: {'/'.join(local for _, local in way)}.",
                f"the schema has no element for {name}: {'/'.join(local for _, local in way)}",
            )
        else:
            yield from _Check(table, namespaces).object(lines, shape, way[-1][0], table.head)


def json_shape(schema: Path) -> Shape:
    """What a JSON Schema says about names, in the form in which an XSD says it."""
    document = load_schema(schema).document
    return _shape(document, document)


def _shape(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Shape:
    """Objects and lists of them; what may stand under a condition (`then`) counts as known."""
    node = resolve(schema, node)
    if "items" in node:
        return _shape(schema, node["items"])
    shape = Shape(ordered=False, demanded=set(node.get("required", ())))
    for part in (node, *(node[key] for key in ("then", "else") if key in node)):
        for name, member in resolve(schema, part).get("properties", {}).items():
            inner = _shape(schema, member) if isinstance(member, dict) else Shape()
            if name not in shape.children or inner.children:
                shape.children[name] = inner
    shape.anything = not shape.children
    return shape


class _Check:
    """One table against one shape; names are qualified where there are namespaces."""

    def __init__(self, table: Table, namespaces: dict[str, str] | None) -> None:
        self._table = table
        self._namespaces = namespaces

    def object(self, lines: tuple[Line, ...], shape: Shape, prefix: str, number: int) -> Iterator[Finding]:
        """The lines of one object, which stands where `number` says."""
        if shape.anything:
            return
        for line in lines:
            yield from self._line(line, shape, prefix)
        made = {self._name(line, prefix) for line in lines if not line.read_only}
        for name in sorted(shape.demanded - made):
            local = name.rpartition("}")[2]
            yield Finding(
                self._table.file,
                number,
                "FIELD_MISSING",
                "error",
                f"Hệ thống đích bắt buộc có {local} nhưng không dòng nào tạo ra.",
                f"the other side demands {local} and no line makes it",
            )

    def _name(self, line: Line, prefix: str) -> str:
        if self._namespaces is None or line.to.startswith("@"):
            return line.to
        return name_of(self._namespaces[line.prefix or prefix], line.to)

    def _line(self, line: Line, shape: Shape, prefix: str) -> Iterator[Finding]:
        if line.to.startswith("@"):
            if line.to[1:] not in shape.attributes:
                yield self._unknown(line, line.to, [f"@{name}" for name in shape.attributes])
            return
        inner = shape.child(self._name(line, prefix))
        known = [name.rpartition("}")[2] for name in shape.children]
        if inner is None:
            yield self._unknown(line, line.to, known)
            return
        if line.item is not None and self._namespaces is not None:
            row = inner.child(name_of(self._namespaces[line.prefix or prefix], line.item))
            if row is None:
                yield self._unknown(line, line.item, [name.rpartition("}")[2] for name in inner.children])
                return
            inner = row
        lines = line.each or (() if line.holds_xml else line.fields)
        if lines:
            yield from self.object(lines, inner, line.prefix or prefix, line.number)

    def _unknown(self, line: Line, name: str, known: list[str]) -> Finding:
        """In an XSD it would be refused; a JSON Schema of ours may simply be older than the letter."""
        hint = near(name, known)
        severity: Any = "warning" if self._namespaces is None else "error"
        return Finding(
            self._table.file,
            line.number,
            "FOREIGN_UNKNOWN",
            severity,
            f"Lược đồ của hệ thống đích không có {name}{hint[0]}",
            f"the other side's schema has no {name}{hint[1]}",
        )
