"""By which numbers of people and businesses a message is found: where they stand in each type, and their normal form.

One table for all types. What is found here leaves the message as keyed hashes only (`gateway.security.seek`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.message import TYPE_PREFIX
from gateway.security.seek import SearchKeys

_APPLICANT = ("citizen_id", "id_card", "tax_code", "phone", "email")
_KIN = ("father", "mother", "spouse", "representative", "household_head")

PLACES: Mapping[str, tuple[str, ...]] = {
    "dossier.recorded.v1": tuple(f"/applicant/{name}" for name in _APPLICANT),
    "dossier.filed_nationally.v1": (
        *(f"/applicant/{name}" for name in (*_APPLICANT, "id_number")),
        "/applicant/contact/phone",
        "/tax_voucher/payer/id_number",
        "/tax_notice/rows/*/lines/*/tax_code",
    ),
    "payment.requested.v1": ("/payer/id_number",),
    "payment.payable.v1": ("/payment/payer/id_number",),
    "citizen.lookup_requested.v1": (
        "/person/citizen_id", "/person/id_card", "/members/*/citizen_id", "/members/*/id_card",
    ),
    "citizen.found.v1": (
        "/citizens/*/citizen_id",
        "/citizens/*/id_card",
        *(f"/citizens/*/{kin}/{number}" for kin in _KIN for number in ("citizen_id", "id_card")),
    ),
    "citizen.verified.v1": ("/members/*/citizen_id", "/members/*/id_card"),
    "document.reuse_requested.v1": ("/owner/citizen_id", "/owner/tax_code"),
    "document.provided.v1": ("/document/owner/citizen_id", "/document/owner/tax_code"),
}  # fmt: skip
"""Type -> JSON Pointers, `*` for every item of a list."""

_Tree = dict[str, "_Tree"]


def _tree(pointers: Iterable[str]) -> _Tree:
    """The places of one type step by step, so that what several have in common is walked once."""
    tree: _Tree = {}
    for pointer in pointers:
        node = tree
        for step in pointer.split("/")[1:]:
            node = node.setdefault(step, {})
    return tree


_TREES = {TYPE_PREFIX + kind: _tree(pointers) for kind, pointers in PLACES.items()}
_SEPARATORS = str.maketrans("", "", " .-()\u00a0")
_ABROAD = re.compile(r"(?:\+84|0084|84(?=[0-9]{9}$))")
"""How Vietnamese telephone numbers begin where they are written for abroad."""


def sought(keys: SearchKeys, type_: str, data: Mapping[str, Any]) -> bytes:
    """The keyed hashes of everybody's numbers in a message's data; empty for a type that names nobody."""
    tree = _TREES.get(type_)
    if tree is None:
        return b""
    found = {normal(text) for text in _texts(data, tree)}
    found.discard("")
    return keys.of(found) if found else b""


def normal(text: str) -> str:
    """One form for all spellings of a number: `+84 90…` and `090…`, `0101234567-001` and `0101234567001`.

    E-mail in lower case, cards with letters in upper case.
    """
    tidy = unicodedata.normalize("NFC", text).strip()
    if "@" in tidy:
        return tidy.lower()
    bare = tidy if tidy.isalnum() else tidy.translate(_SEPARATORS)
    return _ABROAD.sub("0", bare, count=1).upper() if _ABROAD.match(bare) else bare.upper()


def _texts(node: Any, tree: _Tree) -> list[str]:
    """Every text that stands at a leaf of the tree; nothing where the document has no such place."""
    found: list[str] = []
    if "*" in tree:
        for item in node if isinstance(node, list) else ():
            found += _texts(item, tree["*"])
    elif isinstance(node, dict):
        for step, below in tree.items():
            value = node.get(step)
            if below:
                found += _texts(value, below)
            elif isinstance(value, str):
                found.append(value)
    return found
