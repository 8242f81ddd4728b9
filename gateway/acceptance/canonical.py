"""The canonical form of a document: nulls dropped, text in NFC, whole numbers as integers, codes trimmed, upper case.

Intake judges and hashes this form; delivery makes it again from the bytes as received, so both see the same document.
"""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

import orjson

_BLANKS = " \t"
_CODES = ("code", "dossier_code", "procedure_code", "agency_code", "result_code")
"""Members of a document that hold a code, in one type or another."""


def canonical(node: Any) -> Any:
    """The node without null members, its text in NFC, `5.0` as 5. Nulls inside lists stay, so that pointers stay right.

    Recursive: callers bound the depth of what they pass.
    """
    kind = type(node)
    if kind is dict:
        # Most members are text, whole numbers or flags: asked here, they cost no call of their own.
        return {
            key: (value if value.isascii() else normalize("NFC", value))
            if (kind := type(value)) is str
            else (value if kind is bool or kind is int else canonical(value))
            for key, value in node.items()
            if value is not None
        }
    if kind is str:
        return node if node.isascii() else normalize("NFC", node)
    if kind is list:
        return [canonical(value) for value in node]
    if kind is float and node.is_integer() and abs(node) < 2**53:
        return int(node)
    return node


def tidy_codes(data: dict[str, Any]) -> None:
    """Trim and upper-case the codes of a document in place: a code is the same code however it was typed.

    Only blanks and tabs are trimmed: a line break inside a code field is a mistake worth refusing.
    """
    for name in _CODES:
        if name in data:
            _tidy(data, name)
    for section in ("agency", "procedure"):
        part = data.get(section)
        if type(part) is dict:
            _tidy(part, "code")
            field = part.get("field")
            if type(field) is dict:
                _tidy(field, "code")
    for section, field in (("documents", "replacing_result_code"), ("results", "code")):
        rows = data.get(section)
        if type(rows) is list:
            for row in rows:
                if type(row) is dict and field in row:
                    _tidy(row, field)
    for supplement in _rows(data, "supplements"):
        for row in _rows(supplement, "documents"):
            _tidy(row, "replacing_result_code")


def tidy_code(text: str) -> str:
    """One code as it is kept: without blanks around it, upper case (ASCII only: other letters are not touched)."""
    text = text.strip(_BLANKS)
    return text.upper() if text.isascii() else text


def document_of(body: bytes, body_form: str) -> dict[str, Any]:
    """The canonical data of an accepted event, from its bytes as received (`Event.body`, `Event.body_form`)."""
    data = canonical(data_of(body, body_form))
    tidy_codes(data)
    return dict(data)


def data_of(body: bytes, body_form: str) -> Any:
    """The data of an accepted event as it was received, not canonical: half the price, for who reads a few members."""
    tree = orjson.loads(body)
    return tree["data"] if body_form == "event" else tree


def canonical_code(text: str) -> str:
    """One code as it stands in the canonical data."""
    return tidy_code(canonical(text))


def _tidy(part: dict[str, Any], field: str) -> None:
    code = part.get(field)
    if type(code) is str:
        part[field] = tidy_code(code)


def _rows(part: dict[str, Any], field: str) -> list[dict[str, Any]]:
    rows = part.get(field)
    return [row for row in rows if type(row) is dict] if type(rows) is list else []
