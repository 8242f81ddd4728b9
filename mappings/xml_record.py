"""An XML tree read into the other side's record, line by line of a table; what no line names is passed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mappings import complaints
from mappings.table import Line, XmlForm
from mappings.xml_tree import Element, name_of

Record = dict[str, Any]
_ReadField = Callable[[list[Element]], Any]

SOAP = frozenset({"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"})
_NOTHING = Element("", {})


def compile_reader(lines: tuple[Line, ...], form: XmlForm) -> Callable[[Element], Record]:
    """Reads a document of any port, bare or in a SOAP envelope. The reader raises `MappingError`.

    An element that is there without text is `""`, one that is missing (or `xsi:nil`) is missing in the record.
    """
    namespaces = dict(form.namespaces)
    read = _object(lines, namespaces, namespaces[form.ports[0][1][-1][0]])
    ways = [[name_of(namespaces[prefix], local) for prefix, local in way] for _, way in form.ports]
    ways = [[name for name in way if name.rpartition("}")[0] not in SOAP] for way in ways]

    def read_document(root: Element) -> Record:
        return read(_find(out_of_envelope(root), ways))

    return read_document


def out_of_envelope(root: Element) -> Element:
    """What a SOAP envelope carries; a document without one as it is."""
    namespace, _, local = root.name.rpartition("}")
    if namespace not in SOAP or local != "Envelope":
        return root
    body = next((child for child in root.children if child.name == name_of(namespace, "Body")), _NOTHING)
    return body.children[0] if body.children else _NOTHING


def _find(root: Element, ways: list[list[str]]) -> Element:
    """The element that the lines describe; an empty one where only what goes around it is there."""
    for way in ways:
        if root.name == way[-1]:
            return root
    for first, *rest in ways:
        if root.name == first:
            found: Element = root
            for name in rest:
                found = next((child for child in found.children if child.name == name), _NOTHING)
            return found
    raise complaints.other_root([f"{{{name}" if "}" in name else name for way in ways for name in way[:1]])


def _object(lines: tuple[Line, ...], namespaces: dict[str, str], namespace: str) -> Callable[[Element], Record]:
    attributes = [(line.to[1:], line.to) for line in lines if line.to.startswith("@")]
    names: dict[str, str] = {}
    fields: dict[str, _ReadField] = {}
    for line in lines:
        if not line.to.startswith("@"):
            own = namespaces[line.prefix] if line.prefix else namespace
            names |= {name_of(own, name): line.to for name in (line.to, *line.also)}
            fields[line.to] = _field(line, namespaces, own)

    def read(element: Element) -> Record:
        if fields and any(map(str.strip, element.parts)):
            raise complaints.mixed(element.local)
        made: Record = {key: element.attributes[name] for name, key in attributes if name in element.attributes}
        found: dict[str, list[Element]] = {}
        for child in element.children:
            key = names.get(child.name)
            if key is not None and not child.is_nil:
                found.setdefault(key, []).append(child)
        for key, children in found.items():
            made[key] = fields[key](children)
        return made

    return read


def _field(line: Line, namespaces: dict[str, str], namespace: str) -> _ReadField:
    if line.fields is not None and not line.holds_xml:
        read_object = _object(line.fields, namespaces, namespace)
        return lambda found: read_object(_only(found))
    if line.each is None:
        return lambda found: value_of(_only(found))
    read_row = _object(line.each, namespaces, namespace)
    if line.item is None:
        return lambda found: [read_row(one) for one in found]
    item = name_of(namespace, line.item)
    return lambda found: [read_row(one) for one in _only(found).children if one.name == item]


def _only(found: list[Element]) -> Element:
    if len(found) > 1:
        raise complaints.repeated(found[0].local)
    return found[0]


def value_of(element: Element) -> Any:
    """The text of an element, or an object where it holds elements: names are split or whole as they come."""
    if not element.children:
        return element.text
    if any(map(str.strip, element.parts)):
        raise complaints.mixed(element.local)
    made: Record = {}
    for child in element.children:
        if child.local in made:
            raise complaints.repeated(child.local)
        made[child.local] = value_of(child)
    return made
