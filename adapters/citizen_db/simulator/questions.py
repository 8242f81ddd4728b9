"""What comes in over SOAP, checked by the XSD: in strict order as it is, else read by name first (sheet §3, Q14)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from adapters.transport.envelope import local_name

DAN = "http://dancuquocgia.bca"

_SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent.parent / "wsdl" / "citizen-db.xsd"))
# fmt: off
_ORDER = {name: place for place, name in enumerate((
    "MaYeuCau", "MaDVC", "MaTichHop", "MaDonVi", "MaCanBo", "TaiKhoan", "SoDienThoai", "SoDinhDanh", "SoCMND",
    "HoVaTen", "NgayThangNamSinh", "ChuHo", "ThanhVien",
))}
# fmt: on
_ALIASES = {"MaDichVu": "MaTichHop", "XacThucThongTinCongDanRequest": "XacThucThongTinCongDan"}


def read_request(content: Element, *, strict: bool) -> tuple[str, dict[str, Any]] | None:
    """Operation and fields of a request, or None where the XSD refuses it."""
    if not strict:
        _by_name(content)
    # A schema judges documents: the element is taken out of its envelope.
    alone = etree.fromstring(etree.tostring(content, with_tail=False))
    return (local_name(alone), _fields(alone)) if _SCHEMA.validate(alone) else None


def _by_name(element: Element) -> None:
    """Other spellings and another order, put right in place."""
    for node in (element, *element):
        if (name := local_name(node)) in _ALIASES:
            node.tag = f"{{{DAN}}}{_ALIASES[name]}"
    element[:] = sorted(element, key=lambda child: _ORDER.get(local_name(child), len(_ORDER)))


def _fields(element: Element) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for child in element:
        name, value = local_name(child), _fields(child) if len(child) else child.text or ""
        if name == "ThanhVien":
            made.setdefault(name, []).append(value)
        else:
            made[name] = value
    return made
