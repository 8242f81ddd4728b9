"""What an XSD says about names and order, read from the file: for writing in order, and for checking tables.

Understands what our schemas use: global elements and types, sequence, choice, all, ref, extension, anyType.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lxml import etree

from mappings.xml_tree import name_of

_XS = "{http://www.w3.org/2001/XMLSchema}"
_GROUPS = {f"{_XS}sequence", f"{_XS}choice", f"{_XS}all"}


@dataclass(slots=True)
class Shape:
    """What an element may hold: elements by name (in order where `ordered`), attributes, or anything at all."""

    children: dict[str, Shape] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    demanded: set[str] = field(default_factory=set)
    """Elements (by name) and attributes (`@name`) that must be there."""
    ordered: bool = True
    anything: bool = False

    def child(self, name: str) -> Shape | None:
        """An element inside; None where the schema has none of that name."""
        return self.children.get(name)


def hardened() -> etree.XMLParser:
    """A parser that resolves nothing and fetches nothing."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def shape_of(schema: Path | None, way: list[str]) -> Shape | None:
    """The element at the end of a path of names; None without a schema or where it does not know the path."""
    if schema is None or schema.suffix != ".xsd":
        return None
    roots = roots_of(schema)
    found = [index for index, name in enumerate(way) if name in roots]
    if not found:
        return None
    shape: Shape | None = roots[way[found[0]]]
    for name in way[found[0] + 1 :]:
        shape = shape.child(name) if shape else None
    return shape


@cache
def roots_of(schema: Path) -> dict[str, Shape]:
    """Every global element of an XSD and of what it imports."""
    reader = _Reader(schema)
    return {name: reader.element(node) for name, node in reader.elements.items()}


class _Reader:
    """The declarations of a schema, looked up by name."""

    def __init__(self, schema: Path) -> None:
        self.elements: dict[str, etree._Element] = {}
        self.types: dict[str, etree._Element] = {}
        self._open: list[etree._Element] = []
        self._load(schema, set())

    def _load(self, path: Path, seen: set[Path]) -> None:
        if path in seen:
            return
        seen.add(path)
        root = etree.parse(str(path), hardened()).getroot()
        for node in root:
            if node.tag in {f"{_XS}import", f"{_XS}include"} and node.get("schemaLocation"):
                self._load(path.parent / str(node.get("schemaLocation")), seen)
            elif node.tag == f"{_XS}element":
                self.elements[_own_name(node)] = node
            elif node.tag in {f"{_XS}complexType", f"{_XS}simpleType"}:
                self.types[_own_name(node)] = node

    def element(self, node: etree._Element) -> Shape:
        """The shape of a declared element."""
        shape = Shape()
        kind = node.get("type")
        inline = node.find(f"{_XS}complexType")
        if kind is not None and kind.rpartition(":")[2] == "anyType":
            shape.anything = True
        elif kind is not None and _resolved(node, kind) in self.types:
            self._fill(shape, self.types[_resolved(node, kind)])
        elif inline is not None:
            self._fill(shape, inline)
        return shape

    def _fill(self, shape: Shape, node: etree._Element) -> None:
        if node in self._open:  # a type inside itself: as deep as anyone likes
            shape.anything = True
            return
        self._open.append(node)
        for part in node:
            if part.tag in _GROUPS:
                shape.ordered = shape.ordered and part.tag != f"{_XS}all"
                for child, demanded in self._members(part):
                    target = self.elements[_resolved(child, str(child.get("ref")))] if child.get("ref") else child
                    name = _own_name(target)
                    shape.children[name] = self.element(target)
                    if demanded:
                        shape.demanded.add(name)
            elif part.tag == f"{_XS}attribute":
                self._attribute(shape, part)
            elif part.tag in {f"{_XS}complexContent", f"{_XS}simpleContent", f"{_XS}extension"}:
                base = _resolved(part, part.get("base", ""))
                if base in self.types:
                    self._fill(shape, self.types[base])
                self._fill(shape, part)
        self._open.pop()

    def _attribute(self, shape: Shape, node: etree._Element) -> None:
        name = str(node.get("name") or node.get("ref")).rpartition(":")[2]
        shape.attributes.add(name)
        if node.get("use") == "required":
            shape.demanded.add(f"@{name}")

    def _members(self, group: etree._Element, *, demanded: bool = True) -> Iterator[tuple[etree._Element, bool]]:
        """Every element of a group, and whether it must be there."""
        demanded = demanded and group.get("minOccurs") != "0" and group.tag != f"{_XS}choice"
        for node in group:
            if node.tag == f"{_XS}element":
                yield node, demanded and node.get("minOccurs") != "0"
            elif node.tag in _GROUPS:
                yield from self._members(node, demanded=demanded)


def _own_name(node: etree._Element) -> str:
    """A declaration's name in its schema's namespace; elements inside types are qualified in all our schemas."""
    return name_of(node.getroottree().getroot().get("targetNamespace", ""), str(node.get("name")))


def _resolved(node: etree._Element, written: str) -> str:
    prefix, _, local = written.rpartition(":")
    return name_of(str(node.nsmap.get(prefix or None) or ""), local)
