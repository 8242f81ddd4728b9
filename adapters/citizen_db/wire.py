"""The database's answers, as they come: SOAP, SOAP inside a platform's JSON, or a platform's own JSON view of it.

Pure functions from bytes to one element. Prefixes vary, elements are empty instead of absent, wrappers come and go
(sheet §6): reading goes by namespace and name, and believes nothing that it does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from lxml import etree
from lxml.etree import _Element as Element

from adapters.transport.envelope import (
    Envelope,
    Fault,
    Unreadable,
    clean_code,
    local_name,
    read_envelope,
)

DAN, DC = "http://dancuquocgia.bca", "http://www.mic.gov.vn/dancu/1.0"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A platform's own word for no: its `error_code`."""

    code: str


@dataclass(frozen=True, slots=True)
class Relayed:
    """What a platform passed on of the database's answer."""

    content: Element | None


def read_relayed(body: bytes, content_type: str = "") -> Relayed | Fault | Refusal | Unreadable:
    """An answer of a provincial platform: `{error_code, message}` around the envelope, or a JSON view of it (§5.2)."""
    tree = _object(body)
    if tree is None:
        # A platform may also hand the envelope through as it is.
        return _as_relayed(read_envelope(body, content_type))
    code = tree.get("error_code")
    if code is not None and str(code).strip() not in ("0", "00"):
        return Refusal(clean_code(str(code)) or "UNNAMED")
    message = tree.get("message")
    if isinstance(message, str) and message.lstrip().startswith("<"):
        return _as_relayed(read_envelope(message.encode("utf-8", "surrogatepass")))
    view = _dig(tree)
    try:
        return Unreadable.GARBAGE if view is None else Relayed(_collection(view))
    except ValueError:  # not a view of people, or characters that XML cannot hold
        return Unreadable.GARBAGE


def not_found() -> bytes:
    """Nobody matches, in the one form that every port's table reads."""
    return b'<dc:CongdanCollection xmlns:dc="http://www.mic.gov.vn/dancu/1.0" SoCongDan="0"/>'


def fault_in(content: Element) -> str | None:
    """The code of a business fault inside an answer (assumed, §5.3), or None."""
    fault = content if content.tag == f"{{{DAN}}}fault" else content.find(f"{{{DAN}}}fault")
    return None if fault is None else clean_code(fault.findtext(f"{{{DAN}}}faultCode"))


def inside(content: Element, name: str) -> Element | None:
    """The element `{namespace}name` itself or as a child of its wrapper."""
    return content if content.tag == name else content.find(name)


def people_in(collection: Element) -> list[Element]:
    return collection.findall(f"{{{DC}}}CongDan")


def name_of(person: Element) -> str:
    """The name, whole or split (Q1); empty where there is none."""
    name = person.find(f"{{{DC}}}HoVaTen")
    return "" if name is None else " ".join(" ".join(str(part) for part in name.itertext()).split())


def is_split(collection: Element) -> bool:
    """Whether names come in the parts of QCVN 109 instead of whole in `Ten` (Q1)."""
    return any((part.text or "").strip() for part in collection.iterfind(f"{{{DC}}}CongDan/{{{DC}}}HoVaTen/{{{DC}}}Ho"))


def to_bytes(element: Element) -> bytes:
    """An element alone, with the namespaces it needs."""
    return etree.tostring(element, encoding="utf-8", with_tail=False)


def header_texts(headers: tuple[Element, ...], namespace: str) -> dict[str, tuple[str, ...]]:
    """Header blocks by name, each as the texts inside it; a block that comes twice is none."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for block in headers:
        if block.tag.startswith(f"{{{namespace}}}"):
            texts = tuple(text.strip() for text in block.itertext() if text.strip())
            found.setdefault(local_name(block), []).append(tuple(map(str, texts)))
    return {name: blocks[0] for name, blocks in found.items() if len(blocks) == 1}


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        tree = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else None


def _as_relayed(read: Envelope | Fault | Unreadable) -> Relayed | Fault | Unreadable:
    return Relayed(read.content) if isinstance(read, Envelope) else read


def _dig(tree: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """`Body.CongdanCollection` of a JSON view, the envelope around it or not, prefixes or not; None where it is not."""
    named = _bare(tree)
    for outer in ("Envelope", "Data", "Result"):
        if isinstance(named.get(outer), Mapping):
            named = _bare(named[outer])
    if "Body" in named:
        # An empty body is nobody, as it is in the envelope (Q5).
        named = {"CongdanCollection": {}, **_bare(named["Body"] or {})} if _maybe_object(named["Body"]) else {}
    view = named.get("CongdanCollection")
    return (view or {}) if "CongdanCollection" in named and _maybe_object(view) else None


def _maybe_object(value: Any) -> bool:
    """An object, or what stands for an empty one where XML was made into JSON."""
    return isinstance(value, Mapping) or value in (None, "")


def _bare(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Keys without a prefix and with a capital: `ns1:soDinhDanh` and `SoDinhDanh` are one."""
    made: dict[str, Any] = {}
    for key, value in tree.items():
        name = key.rpartition(":")[2]
        made[name[:1].upper() + name[1:]] = value
    return made


def _collection(view: Mapping[str, Any]) -> Element:
    """The view as the element it was made from. Raises ValueError for what was never one."""
    fields = _bare(view)
    people = fields.pop("CongDan", None)
    if any(isinstance(value, Mapping | list) for value in fields.values()):
        raise ValueError("something else than people")
    collection = etree.Element(f"{{{DC}}}CongdanCollection", nsmap={"dc": DC})
    for person in people if isinstance(people, list) else [] if people in (None, "") else [people]:
        if not isinstance(person, Mapping):
            raise ValueError("not a person")  # noqa: TRY004 - a shape of the answer, not a mistake of ours
        _fill(etree.SubElement(collection, f"{{{DC}}}CongDan"), person)
    return collection


def _fill(parent: Element, tree: Mapping[str, Any]) -> None:
    for name, value in _members(tree):
        element = etree.SubElement(parent, f"{{{DC}}}{name}")
        if isinstance(value, Mapping):
            _fill(element, value)
        elif isinstance(value, str):
            element.text = value
        elif value is not None:
            element.text = json.dumps(value)


def _members(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in _bare(tree).items() if name.isascii() and name.isidentifier())
