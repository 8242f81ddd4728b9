"""Any valid canonical document: strategies derived from the published schemas, member by member.

The schema says what may stand where; only what it cannot say (a real day, a check digit, two members that must agree)
is written here. Whether the documents are valid is for the door's own rules to judge, in the tests that use them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from gateway.acceptance import schemas
from gateway.bench import by_hand
from tests.mappings.canonical import Document, resolve

RESULT_CODE = "KQ.G15.000031"

_LENGTHS = [length for limit in (50, 1000, 1999, 2000, 4000) for length in (limit - 1, limit, limit + 1)]
_LETTERS = ("a", "ệ", "e\u0323\u0302", "ờ", "o\u031b\u0300", "😀", " ")
"""Single letters as people count them; the third and the fifth are written in pieces (NFD)."""
_ANY = st.characters(codec="utf-8", exclude_characters="\0")
_FOR_XML = st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from(
    "\t\n\r"
)
"""What any text may hold, and what XML can hold of it."""


@dataclass(frozen=True)
class _Schema:
    """The published schema of a type, and the letters its texts are made of."""

    whole: Document
    letters: st.SearchStrategy[str] = _ANY


def any_document(kind: str, *, for_xml: bool = False, always: tuple[tuple[str, str], ...] = ()) -> Any:
    """Any valid document of a type; `always` are members with one value, as a table's `when` says."""
    made = recorded(for_xml) if kind == "dossier.recorded.v1" else _documents(kind, for_xml=for_xml)
    return made.map(lambda document: _AGREED.get(kind, _as_it_is)({**document, **dict(always)}))


@st.composite
def recorded(draw: st.DrawFn, for_xml: bool = False) -> Document:
    """A valid `dossier.recorded.v1`."""
    made: Document = draw(_documents("dossier.recorded.v1", for_xml=for_xml))
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


def _as_it_is(document: Document) -> Document:
    return document


def _asked(document: Document) -> Document:
    """A person has one number; a household has members and nobody else has; who is looked up was born."""
    household = document["service"] == "household"
    members = document.pop("members", None) or [{"citizen_id": "044188999002", "full_name": "Lê Thị Vợ Mẫu"}]
    for person in (document["person"], *members):
        if "citizen_id" in person:
            person.pop("id_card", None)
        elif "id_card" not in person:
            person["citizen_id"] = "044999000123"
    if household:
        return {**document, "members": members}
    document["person"].setdefault("birth_date", "1985")
    return document


def _due(document: Document) -> Document:
    """The fees make up the amount; where they come to nothing, or too much, there are none."""
    total = sum(fee["amount"] for fee in document.get("fees", ()))
    if 1 <= total <= 10**12:
        return {**document, "amount": total}
    document.pop("fees", None)
    return document


def _settled(document: Document) -> Document:
    """What is paid has no error."""
    if document["outcome"] == "paid":
        document.pop("error", None)
    return document


def _payable(document: Document) -> Document:
    """Something is due if, and only if, it is said what."""
    return {**document, "state": "due"} if "payment" in document else {**document, "state": "nothing_due"}


def _owned(document: Document) -> Document:
    """An owner has one number."""
    for holder in (document, document.get("document", {})):
        if "owner" in holder:
            number = [*holder["owner"].items()] or [("citizen_id", "044999000123")]
            holder["owner"] = dict(number[:1])
    return document


def _filed(document: Document) -> Document:
    """The agency is the one in the dossier code, where that names one as the circular says."""
    agency = {name: value for name, value in document.pop("agency", {}).items() if name != "code"}
    if named := re.fullmatch(
        r"([0-9.]{10}[A-Y][0-9]{2}|[A-Y][0-9]{2}(?:\.[0-9A-Z]+)*)-[0-9]{6}-[0-9]{4,6}", document["code"]
    ):
        agency["code"] = named[1]
    if "tax_code" in document.get("applicant", {}):
        document["applicant"]["tax_code"] = "3109999917"
    return {**document, "agency": agency} if agency else document


def _refreshed(document: Document) -> Document:
    """One procedure, and the procedures of one agency, are asked for by code."""
    if document["kind"] == "procedure":
        document.setdefault("procedure_code", "1.001612")
    if document["kind"] == "agency_procedures":
        document.setdefault("agency_code", "H46")
    return document


_AGREED: dict[str, Callable[[Document], Document]] = {
    "citizen.lookup_requested.v1": _asked,
    "payment.requested.v1": _due,
    "payment.settled.v1": _settled,
    "payment.payable.v1": _payable,
    "document.reuse_requested.v1": _owned,
    "document.provided.v1": _owned,
    "dossier.filed_nationally.v1": _filed,
    "catalogue.refresh_requested.v1": _refreshed,
}
"""Members that must agree, by type."""


def _documents(kind: str, *, for_xml: bool = False) -> st.SearchStrategy[Document]:
    schema = schemas.document(kind)
    return _values(_Schema(schema, _FOR_XML if for_xml else _ANY), schema, "")


def _values(schema: _Schema, node: Document, path: str) -> st.SearchStrategy[Any]:
    name = node.get("$ref", "").rsplit("/", 1)[-1] or path
    node = resolve(schema.whole, node)
    if name in _SPECIAL:
        return _SPECIAL[name]
    if "enum" in node:
        return st.sampled_from(node["enum"])
    if node["type"] == "object":
        return _objects(schema, node, path)
    if node["type"] == "array":
        most = 3 if path.count("[]") < 2 else 1
        return st.lists(_values(schema, node["items"], f"{path}[]"), min_size=node.get("minItems", 0), max_size=most)
    return _PLAIN[node["type"]](node, schema.letters)


def _strings(node: Document, letters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pattern: str | None = node.get("pattern")
    if pattern is None:
        return _texts(node["maxLength"], letters)
    if pattern == "\\S":
        return _texts(node["maxLength"], letters).filter(lambda text: bool(text.strip()))
    return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)


_PLAIN: dict[str, Callable[[Document, st.SearchStrategy[str]], st.SearchStrategy[Any]]] = {
    "string": _strings,
    "integer": lambda node, _: st.integers(node["minimum"], node["maximum"]),
    "number": lambda node, _: st.integers(node["minimum"], node["maximum"]).map(lambda halves: halves / 2),
    "boolean": lambda *_: st.booleans(),
}


def _objects(schema: _Schema, node: Document, path: str) -> st.SearchStrategy[Document]:
    members = {
        name: _values(schema, member, f"{path}.{name}".removeprefix(".")) for name, member in node["properties"].items()
    }
    required = {name: members.pop(name) for name in node.get("required", ())}
    objects = st.fixed_dictionaries(required, optional=members)
    return objects.filter(bool) if node.get("minProperties") else objects


def _texts(longest: int, letters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Any text, also as long as the limits of the other side and one letter more or less."""
    # Composing can make a text longer in rare scripts, hence the distance from the longest.
    short = st.text(letters, min_size=1, max_size=min(20, longest // 4))
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


@st.composite
def _owners_tax_codes(draw: st.DrawFn) -> str:
    """Ten digits, a branch behind a dash or not."""
    digits = re.sub("[^0-9]", "", draw(_tax_codes(person=False)))
    return f"{digits[:10]}-{digits[10:]}".removesuffix("-")


_DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)
_BIRTHS = st.one_of(
    st.dates(date(1900, 1, 1), date(2025, 12, 31)).map(date.isoformat), st.integers(1850, 2025).map(str)
)
_NAMES = st.lists(
    st.sampled_from(["Nguyễn", "Thị", "Y", "Đỗ", "Thử-Nghiệm", "O'Neil", "A&B", "Lê"]), min_size=1, max_size=5
)
_PROCEDURES = st.one_of(st.from_regex(r"[1-9]\.[0-9]{6}", fullmatch=True), st.sampled_from([*by_hand.PROCEDURES]))
_PAID_FOR = st.builds(
    "{}{}".format, st.sampled_from(["Thanh toán ", "a", "Nộp lệ phí | "]), st.text(_FOR_XML, max_size=30)
)

_SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "moment": _moments(),
    "day": _DAYS,
    "birth_date": _BIRTHS,
    "full_name": _NAMES.map(" ".join),
    "dossier_code": _dossier_codes(),
    "filed_code": st.one_of(_dossier_codes(), st.from_regex(r"[0-9A-Z][0-9A-Z._/-]{0,59}", fullmatch=True)),
    "agency.code": _agency_codes(),
    "agency_code": _agency_codes(),
    "procedure.code": _PROCEDURES,
    "payment.procedure.code": _PROCEDURES,
    "procedure_code": _PROCEDURES,
    "description": _PAID_FOR,
    "payment.description": _PAID_FOR,
    "procedure.field.code": st.one_of(
        st.from_regex(r"[A-Y][0-9]{2}-[0-9A-Z]{2,10}", fullmatch=True), st.sampled_from([*by_hand.FIELDS])
    ),
    "applicant.tax_code": st.just("written by `recorded`, which knows the kind of applicant"),
    "owner.tax_code": _owners_tax_codes(),
    "url": st.from_regex(r"https?://[a-z0-9.-]{1,20}/[!-~ệ]{0,30}", fullmatch=True),
}
"""What a schema cannot say, by the path or the name of the definition."""
