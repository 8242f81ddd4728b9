"""SOAP envelopes of strangers, read without trusting them: no document type, no entity, no network, UTF-8 only.

Size is bounded by the transport (`max_answer_bytes`), depth by libxml2 (256 elements). Prefixes mean nothing here:
elements are found by namespace, since services write whatever prefix they like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from lxml import etree
from lxml.etree import _Element as Element

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

_DECLARATION = re.compile(r"\A<\?xml\b[^<>]*\?>")
_PAGE = re.compile(r"\A\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,120}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Unreadable(Enum):
    """Why an answer is not an envelope: nothing at all, a web page, or anything else."""

    EMPTY = "empty"
    HTML = "html"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True)
class Envelope:
    """`headers` are the header blocks, `content` the body's first element, None where the body is empty."""

    headers: tuple[Element, ...]
    content: Element | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault. `code` is without its prefix and empty where it is no code; `reference` is the UUID to quote."""

    code: str
    reference: str


def read_envelope(body: bytes, content_type: str = "") -> Envelope | Fault | Unreadable:
    """What an answer says, whatever its HTTP status. Never raises."""
    root = read_xml(body, content_type)
    if isinstance(root, Unreadable):
        return root
    found = root.find(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or found is None:
        return Unreadable.GARBAGE
    content = next(iter(found), None)
    if content is not None and content.tag == f"{{{SOAP}}}Fault":
        return _fault(content)
    head = root.find(f"{{{SOAP}}}Header")
    return Envelope(() if head is None else tuple(head), content)


def read_xml(body: bytes, content_type: str = "") -> Element | Unreadable:
    """The outermost element of a document. Never raises."""
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return Unreadable.GARBAGE
    if not text:
        return Unreadable.EMPTY
    if _PAGE.match(text) or "html" in content_type.lower():
        return Unreadable.HTML
    # The declared encoding no longer matters: .NET writes utf-16 above what it then sends as UTF-8.
    text = _DECLARATION.sub("", text, count=1)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return Unreadable.GARBAGE
    try:
        return etree.fromstring(text.encode(), _parser())
    except (etree.XMLSyntaxError, ValueError):
        return Unreadable.GARBAGE


def local_name(element: Element) -> str:
    """The name without its namespace."""
    return etree.QName(element).localname


def clean_code(text: str | None) -> str:
    """A code as it may be shown, or nothing where it is no code: it might be a sentence about a person."""
    last = (text or "").strip().rpartition(":")[2]
    return last if _CODE.fullmatch(last) else ""


def clean_reference(text: str | None) -> str:
    """The UUID that support asks for, or nothing."""
    found = _UUID.search(text or "")
    return found[0] if found else ""


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _fault(fault: Element) -> Fault:
    parts = {local_name(child): child for child in fault}
    code, detail = parts.get("faultcode"), parts.get("detail")
    said = "" if detail is None else " ".join(str(text) for text in detail.itertext())
    return Fault(clean_code(None if code is None else code.text), clean_reference(said))
