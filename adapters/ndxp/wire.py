"""The store's answers, read without trusting them: lists, one document, and what stands beside them.

ASSUMED as a whole, as the tables of `mappings/catalog/ndxp`: no source shows the reuse services. What is taken from
somewhere are the portal's habits, a numeric or textual `error_code` and scalars of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from adapters.ndxp.choose import Paper

_PAPER = (
    "GiayToId", "MaGiayToKetQua", "TenGiayTo", "SoGiayTo", "NgayCap", "NgayHetHan", "TrangThai", "MaCoQuanCap",
    "TenCoQuanCap", "ChuKySoHopLe",
)  # fmt: skip
_DOCUMENT = (*_PAPER, "SoDinhDanh", "MaSoThue", "DuongDanTepTinKetQua", "LoaiNoiDung", "KichThuoc", "MaBam")


class Unreadable(Enum):
    """Why an answer says nothing: it is empty, a web page, or anything else."""

    EMPTY = "EMPTY_ANSWER"
    HTML = "HTML_ANSWER"
    GARBAGE = "GARBAGE_ANSWER"


@dataclass(frozen=True, slots=True)
class Said:
    """What a store said: its code, None where it gave none, and its result."""

    code: int | None
    result: Any


def read(body: bytes, content_type: str) -> Said | Unreadable:
    """An answer, whatever its status. Never raises."""
    text = body.strip()
    if not text:
        return Unreadable.EMPTY
    if "html" in content_type.lower() or text[:200].lower().startswith((b"<html", b"<!doctype html")):
        return Unreadable.HTML
    try:
        tree = orjson.loads(text)
    except ValueError:
        return Unreadable.GARBAGE
    return Said(_code(tree.get("error_code")), tree.get("result")) if isinstance(tree, dict) else Unreadable.GARBAGE


def papers(result: object) -> list[Paper] | None:
    """The documents of a list; None where it is no list of documents, and nothing at all is an empty one."""
    if result is None or result == "":
        return []
    if not isinstance(result, list) or not all(
        isinstance(item, dict) and _text(item.get("GiayToId")) for item in result
    ):
        return None
    return [paper(item) for item in result]


def paper(record: Mapping[str, Any]) -> Paper:
    """What the rule of choosing needs of a record."""
    names = ("GiayToId", "MaGiayToKetQua", "NgayCap", "NgayHetHan", "TrangThai", "ChuKySoHopLe")
    return Paper(*(_text(record.get(name)) for name in names))


def owner_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """Citizen number and tax code of a record, digits only; a branch's dash comes and goes."""
    return _text(record.get("SoDinhDanh")), _text(record.get("MaSoThue")).replace("-", "")


def document(record: Mapping[str, Any], *, by_tax_code: bool) -> dict[str, Any]:
    """A document as the mapping reads it: the fields of the table, as text, with the one owner that was asked for."""
    fields: dict[str, Any] = {name: _text(record.get(name)) for name in _DOCUMENT}
    fields["SoDinhDanh" if by_tax_code else "MaSoThue"] = ""
    size = fields["KichThuoc"]
    fields["KichThuoc"] = int(size) if size.isascii() and size.isdigit() else ""
    return {"error_code": 0, "result": fields}


def _code(value: object) -> int | None:
    text = str(value).strip() if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    try:
        return int(text) if text.isascii() else None
    except ValueError:
        return None


def _text(value: object) -> str:
    """A scalar as text: stores write numbers, flags and nothing at all as they please."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value).strip() if isinstance(value, (int, str)) else ""
