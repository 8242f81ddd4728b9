"""Any valid canonical document: strategies derived from the published schemas, member by member.

The schema says what may stand where; only what it cannot say (a real day, a check digit, two members that must agree)
is written here. Whether the documents are valid is for the door's own rules to judge, in the tests that use them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from gateway.acceptance import schemas
from tests.mappings import by_hand
from tests.mappings.canonical import Document, resolve

RESULT_CODE = "KQ.G15.000031"

_LENGTHS = [length for limit in (50, 1000, 1999, 2000, 4000) for length in (limit - 1, limit, limit + 1)]
_LETTERS = ("a", "ệ", "e\u0323\u0302", "ờ", "o\u031b\u0300", "😀", " ")
"""Single letters as people count them; the third and the fifth are written in pieces (NFD)."""
_CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")


@st.composite
def recorded(draw: st.DrawFn) -> Document:
    """A valid `dossier.recorded.v1`."""
    made: Document = draw(_documents("dossier.recorded.v1"))
    if made["status"] not in ("filed", "refused"):
        made.setdefault("received_at", draw(_moments()))
    if "tax_code" in made["applicant"]:
        made["applicant"]["tax_code"] = draw(_tax_codes(person=made["applicant"]["kind"] == "citizen"))
    for holder in (made, *made.get("supplements", ())):
        for document in holder.get("documents", ()):
            _agree(document)
    return made


def progressed() -> st.SearchStrategy[Document]:
    """A valid `dossier.progressed.v1`."""
    return _documents("dossier.progressed.v1")


def _agree(document: Document) -> None:
    """A replacing result is named if, and only if, the paper is replaced by one."""
    if document.get("reuse") == "replaced_by_result":
        document.setdefault("replacing_result_code", RESULT_CODE)
    elif "replacing_result_code" in document:
        document["reuse"] = "replaced_by_result"


def _documents(kind: str) -> st.SearchStrategy[Document]:
    schema = schemas.document(kind)
    return _values(schema, schema, "")


def _values(schema: Document, node: Document, path: str) -> st.SearchStrategy[Any]:
    name = node.get("$ref", "").rsplit("/", 1)[-1] or path
    node = resolve(schema, node)
    if name in _SPECIAL:
        return _SPECIAL[name]
    if "enum" in node:
        return st.sampled_from(node["enum"])
    if node["type"] == "object":
        return _objects(schema, node, path)
    if node["type"] == "array":
        return st.lists(_values(schema, node["items"], f"{path}[]"), min_size=node.get("minItems", 0), max_size=3)
    return _PLAIN[node["type"]](node)


def _strings(node: Document) -> st.SearchStrategy[str]:
    pattern: str | None = node.get("pattern")
    if pattern is None:
        return _texts(node["maxLength"])
    if pattern == "\\S":
        return _texts(node["maxLength"]).filter(lambda text: bool(text.strip()))
    return st.from_regex(re.compile(pattern), fullmatch=True)


_PLAIN: dict[str, Callable[[Document], st.SearchStrategy[Any]]] = {
    "string": _strings,
    "integer": lambda node: st.integers(node["minimum"], node["maximum"]),
    "boolean": lambda _: st.booleans(),
}


def _objects(schema: Document, node: Document, path: str) -> st.SearchStrategy[Document]:
    members = {
        name: _values(schema, member, f"{path}.{name}".removeprefix(".")) for name, member in node["properties"].items()
    }
    required = {name: members.pop(name) for name in node.get("required", ())}
    objects = st.fixed_dictionaries(required, optional=members)
    return objects.filter(bool) if node.get("minProperties") else objects


def _texts(longest: int) -> st.SearchStrategy[str]:
    """Any text, also as long as the limits of the other side and one letter more or less."""
    # Composing can make a text longer in rare scripts, hence the distance from the longest.
    short = st.text(_CHARACTERS, min_size=1, max_size=min(20, longest // 4))
    lengths = [length for length in (*_LENGTHS, longest) if length <= longest]
    long = st.builds(lambda letter, length: letter * length, st.sampled_from(_LETTERS), st.sampled_from(lengths))
    return st.one_of(short, short, short, long)


@st.composite
def _moments(draw: st.DrawFn) -> str:
    """RFC 3339 in any offset, with up to nine digits after the second."""
    minutes = draw(st.one_of(st.just(7 * 60), st.integers(-14 * 4, 14 * 4).map(lambda quarters: quarters * 15)))
    seconds = draw(st.integers(-630_000_000, 5_680_000_000))  # from 1950 to 2150
    text = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes))).isoformat()
    fraction = draw(st.one_of(st.just(""), st.from_regex(r"\.[0-9]{1,9}", fullmatch=True)))
    offset = "Z" if minutes == 0 else text[19:]
    return text[:19] + fraction + offset


@st.composite
def _agency_codes(draw: st.DrawFn) -> str:
    """Old and new form, no level named below an empty one."""
    level1 = draw(st.from_regex(r"[A-Y][0-9]{2}", fullmatch=True))
    if draw(st.booleans()):
        depth = draw(st.integers(0, 3))
        groups = [draw(st.integers(1, top)) if level < depth else 0 for level, top in enumerate((99, 99, 999))]
        return f"{groups[2]:03}.{groups[1]:02}.{groups[0]:02}.{level1}"
    return ".".join([level1, *draw(st.lists(st.from_regex(r"[1-9A-Z][0-9A-Z]{0,3}", fullmatch=True), max_size=3))])


@st.composite
def _dossier_codes(draw: st.DrawFn) -> str:
    day = draw(st.dates(date(2018, 1, 1), date(2025, 12, 31)))
    number = draw(st.integers(1, 999_999))
    return f"{draw(_agency_codes())}-{day:%y%m%d}-{number:04}"


@st.composite
def _tax_codes(draw: st.DrawFn, *, person: bool) -> str:
    """Ten digits, a branch behind them or not, written in any of the usual ways; a person's citizen number too."""
    if person and draw(st.booleans()):
        return draw(st.sampled_from(("044999000123", "044 999 000 123", "044.999.000.123")))
    number = draw(st.from_regex(r"[0-9]{9}", fullmatch=True).filter(lambda digits: digits[2:] != "0000000"))
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    check = 10 - sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True)) % 11
    if check == 10:  # no such number was ever issued
        number, check = "310999991", 7
    branch = draw(st.one_of(st.just(""), st.integers(1, 999).map("{:03}".format)))
    return number + str(check) + (draw(st.sampled_from(("", "-", " ", "."))) + branch if branch else "")


_SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "moment": _moments(),
    "dossier_code": _dossier_codes(),
    "agency.code": _agency_codes(),
    "procedure.code": st.one_of(
        st.from_regex(r"[1-9]\.[0-9]{6}", fullmatch=True), st.sampled_from([*by_hand.PROCEDURES])
    ),
    "procedure.field.code": st.one_of(
        st.from_regex(r"[A-Y][0-9]{2}-[0-9A-Z]{2,10}", fullmatch=True), st.sampled_from([*by_hand.FIELDS])
    ),
    "applicant.tax_code": st.just("written by `recorded`, which knows the kind of applicant"),
    "url": st.from_regex(r"https?://[a-z0-9.-]{1,20}/[!-~ệ]{0,30}", fullmatch=True),
}
"""What a schema cannot say, by the path or the name of the definition."""
