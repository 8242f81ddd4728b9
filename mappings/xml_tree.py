"""XML of strangers made into a small tree, with every way to hurt us closed before the first tag is looked at.

No document type (so no entities, no files, no network), bounded size, depth and number of tags. Read by expat: lxml
keeps every name and white space it ever met for the life of the thread (measured: 64 bytes for each new name), so a
hostile sender could fill the memory; expat keeps nothing. lxml judges by XSD (`mappings.xsd`), and sees names it knows.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from xml.parsers import expat

from mappings import complaints

MAX_BYTES = 4 << 20
"""Four times what the door takes for one event by default."""
MAX_TAGS = 60_000
MAX_ATTRIBUTES = 60_000
MAX_DEPTH = 64

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(r"<\?xml[^<>]{0,100}?encoding[ \t\r\n]*=[ \t\r\n]*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_READ = {"utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "utf-16-le", "utf-16-be"}
"""Declared encodings that are believed or do no harm: .NET writes `utf-16` above what it then sends as UTF-8."""
_NO_SPACE = re.compile(r"[^ \t\r\n]")

_XSI_NIL = "http://www.w3.org/2001/XMLSchema-instance}nil"


class Element:
    """One element: its name as `namespace}name` (or the bare name), attributes by such names, children, text."""

    __slots__ = ("attributes", "children", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.parts: list[str] = []

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition("}")[2]

    @property
    def text(self) -> str:
        """All text directly inside, exactly as written."""
        return "".join(self.parts)

    @property
    def is_nil(self) -> bool:
        """Whether it says that it is not there (`xsi:nil`)."""
        return self.attributes.get(_XSI_NIL, "").strip() in ("true", "1")

    def walk(self) -> Iterator[Element]:
        """This element and all inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


def name_of(namespace: str, local: str) -> str:
    """How `Element.name` spells it."""
    return f"{namespace}}}{local}" if namespace else local


def read_xml(data: bytes | str) -> Element:
    """The outermost element. Raises `MappingError` for whatever cannot be read or must not be."""
    text = (data if isinstance(data, str) else _decoded(data)).lstrip("\ufeff")
    try:
        encoded = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        raise complaints.unreadable("XML_MALFORMED") from None
    if "\0" in text:  # UTF-16 in disguise, which expat would recognise and we would not
        raise complaints.unreadable("XML_MALFORMED")
    _refuse_too_much(text, len(encoded))
    if _has_doctype(text):
        raise complaints.unreadable("XML_DOCTYPE")
    return _parse(encoded)


def _decoded(data: bytes) -> str:
    if len(data) > 2 * MAX_BYTES:
        raise complaints.unreadable("XML_TOO_LARGE")
    bom, encoding = next((pair for pair in _BOMS if data.startswith(pair[0])), (b"", "utf-8"))
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError:
        raise complaints.unreadable("XML_ENCODING") from None
    declared = _DECLARED.match(text)
    if declared and declared[1].lower() not in _READ:
        raise complaints.unreadable("XML_ENCODING")
    return text


def _refuse_too_much(text: str, size: int) -> None:
    if size > MAX_BYTES or text.count("<") > MAX_TAGS or text.count("=") > MAX_ATTRIBUTES:
        raise complaints.unreadable("XML_TOO_LARGE")


def _has_doctype(text: str) -> bool:
    """Whether a document type stands before the outermost element; anywhere else it is no XML at all."""
    at = 0
    while True:
        found = _NO_SPACE.search(text, at)
        at = found.start() if found else len(text)
        if text.startswith("<?", at):
            end = text.find("?>", at + 2) + 2
        elif text.startswith("<!--", at):
            end = text.find("-->", at + 4) + 3
        else:
            return text[at : at + 9].upper() == "<!DOCTYPE"
        if end <= at:  # never closed: expat says so
            return False
        at = end


def _parse(encoded: bytes) -> Element:
    outside = Element("", {})
    open_elements = [outside]
    parser = expat.ParserCreate("utf-8", "}")

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > MAX_DEPTH:
            raise complaints.unreadable("XML_TOO_LARGE")
        element = Element(name, attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_name: str) -> None:
        open_elements.pop()

    def characters(text: str) -> None:
        open_elements[-1].parts.append(text)

    def doctype(*_: object) -> None:
        raise complaints.unreadable("XML_DOCTYPE")

    handlers = {
        "StartElementHandler": start,
        "EndElementHandler": end,
        "CharacterDataHandler": characters,
        "StartDoctypeDeclHandler": doctype,
        "buffer_text": True,
    }
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    try:
        parser.Parse(encoded, True)
    except expat.ExpatError as exc:
        raise complaints.unreadable("XML_MALFORMED", exc.lineno, exc.offset + 1) from None
    return outside.children[0]
