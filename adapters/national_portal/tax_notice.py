"""A land tax notice: an XML file in base64, `/DATA/BODY/ROW_LIST` with one `MA_HSO` each (§5).

Only what dossiers, decisions and amounts say is read; the file itself is handed on as it came.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

_LINE = ("MA_SO_THUE", "SO_QUYET_DINH", "NGAY_QUYET_DINH", "TEN_TIEUMUC", "SO_TIEN")


def rows_of(file: str) -> list[dict[str, Any]] | None:
    """The rows of a notice; None for what is no base64, no XML, or XML with a document type.

    Nothing is fetched, no entity resolved.
    """
    try:
        content = base64.b64decode("".join(file.split()), validate=True)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(content, parser)
    except (binascii.Error, ValueError, etree.XMLSyntaxError):
        return None
    if root.getroottree().docinfo.internalDTD is not None:
        return None
    return [_row(row) for row in root.iter("{*}ROW_LIST")]


def _row(row: Element) -> dict[str, Any]:
    lines = [_fields(line, _LINE) for line in row.findall("{*}LIST")]
    return {**_fields(row, ("MA_HSO",)), "LIST": [line for line in lines if line]}


def _fields(node: Element, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: (node.findtext(f"{{*}}{name}") or "").strip() for name in names}
    return {name: value for name, value in found.items() if value}
