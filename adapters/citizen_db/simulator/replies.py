"""What goes out over SOAP: bare, or wrapped for the exchange, under prefixes that vary by call (sheet §5, Q8)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import orjson
from lxml import etree
from lxml.etree import _Element as Element

from adapters.citizen_db.simulator.forms import nameless, written
from adapters.citizen_db.simulator.questions import DAN
from adapters.citizen_db.simulator.register import HOUSEHOLD, VERIFY, Exists, No, People
from adapters.citizen_db.simulator.settings import SimulatorSettings
from adapters.transport.envelope import SOAP

DC = "http://www.mic.gov.vn/dancu/1.0"
XROAD = "http://x-road.eu/xsd/xroad.xsd"


def fault(code: str, sentence: str, reference: str | None = None) -> bytes:
    """A SOAP fault; with a reference it is the exchange's (NDXP sheet §6)."""
    envelope, body = _envelope()
    made = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(made, "faultcode").text = code
    etree.SubElement(made, "faultstring").text = sentence
    if reference is not None:
        etree.SubElement(made, "faultactor")
        detail = etree.SubElement(made, "detail")
        etree.SubElement(detail, "faultDetail").text = reference
    return _bytes(envelope)


def reference(call: int) -> str:
    """The UUID a fault of call `call` carries."""
    return str(UUID(int=call))


@dataclass(frozen=True, slots=True)
class Told:
    """What the register answered to one call, and which fields (none named = all) the asker may see."""

    answer: People | Exists | No
    operation: str
    call: int
    mask: tuple[str, ...]
    settings: SimulatorSettings


def bare(told: Told) -> bytes:
    """The direct port's answer."""
    envelope, body = _envelope()
    body.extend(_content(told))
    return _bytes(envelope)


def wrapped(told: Told, headers: Sequence[Element], request: bytes) -> bytes:
    """The exchange's answer: the request's header blocks again, a digest of it, and the wrapper."""
    envelope, body = _envelope()
    head = envelope[0]
    head.extend(deepcopy(block) for block in headers)
    digest = etree.SubElement(head, f"{{{XROAD}}}requestHash", algorithmId="http://www.w3.org/2001/04/xmlenc#sha512")
    digest.text = base64.b64encode(hashlib.sha512(request).digest()).decode()
    wrapper = etree.SubElement(body, f"{{{DAN}}}{told.operation}Response", nsmap={"dan": DAN})
    for element in _content(told):
        # The verification's verdict stands in the wrapper itself.
        itself = told.operation == VERIFY and not isinstance(told.answer, No)
        wrapper.extend(list(element) if itself else [element])
    return _bytes(envelope)


def with_fault(reply: bytes, refusal: No) -> bytes:
    """A reply whose content has become a business fault; one of a platform in its JSON."""
    made = _tree(DAN, "dan", "fault", {"faultCode": refusal.code, "faultString": refusal.sentence})
    return _with_content(reply, made)


def with_other_root(reply: bytes) -> bytes:
    """A reply that holds something else than an answer."""
    return _with_content(reply, etree.Element("{urn:other}ThongBao"), inside=False)


def _with_content(reply: bytes, element: Element, *, inside: bool = True) -> bytes:
    if reply.startswith(b"{"):
        envelope, body = _envelope()
        body.append(element)
        return orjson.dumps({"error_code": "0", "message": _bytes(envelope).decode()})
    envelope = etree.fromstring(reply)
    body = envelope[-1]
    content = body[0] if len(body) else None
    if content is not None and inside and content.tag.endswith("Response"):
        content[:] = [element]
    else:
        body[:] = [element]
    return _bytes(envelope)


def people(answer: People, mask: tuple[str, ...], settings: SimulatorSettings) -> list[dict[str, Any]] | None:
    """Everybody who matches, as written; None where not even a collection is sent (Q5)."""
    if answer.found:
        return [written(person, mask, settings) for person in answer.found]
    shapes: dict[str, list[dict[str, Any]] | None] = {"nobody": [], "nameless": [nameless()], "no_collection": None}
    return shapes[settings.not_found]


def _content(told: Told) -> list[Element]:
    answer, settings = told.answer, told.settings
    if isinstance(answer, No):
        return [_tree(DAN, "dan", "fault", {"faultCode": answer.code, "faultString": answer.sentence})]
    prefix = settings.prefixes[told.call % len(settings.prefixes)]
    if isinstance(answer, People):
        rows = people(answer, told.mask, settings)
        return [] if rows is None else [_tree(DC, prefix, "CongdanCollection", {"CongDan": rows})]
    verdict = {"TonTai": answer.yes, **({"ThanhVien": answer.members} if answer.members else {})}
    root = "KetQuaXacThucHoGiaDinh" if told.operation == HOUSEHOLD else settings.verify_root
    return [_tree(DAN, prefix, root, verdict)]


def _envelope() -> tuple[Element, Element]:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Header", nsmap={"dan": DAN})
    return envelope, etree.SubElement(envelope, f"{{{SOAP}}}Body", nsmap={"dan": DAN})


def _tree(namespace: str, prefix: str, name: str, fields: Mapping[str, Any]) -> Element:
    declared = cast("dict[str, str]", {prefix or None: namespace})  # None is the default namespace
    root = etree.Element(f"{{{namespace}}}{name}", nsmap=declared)
    _fill(root, namespace, fields)
    return root


def _fill(parent: Element, namespace: str, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            element = etree.SubElement(parent, f"{{{namespace}}}{name}")
            if isinstance(one, Mapping):
                _fill(element, namespace, one)
            elif isinstance(one, bool):
                element.text = str(one).lower()
            elif one:
                element.text = one


def _bytes(envelope: Element) -> bytes:
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
