"""From what the database said to what follows: a reply, or the right `DeliveryError`.

Pure: the same answer to the same question gets the same verdict. Nobody found is an answer, in three shapes (Q5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from adapters.citizen_db import codes, wire
from adapters.citizen_db.catalogue import CATALOGUE
from adapters.citizen_db.ports import Said
from adapters.citizen_db.question import HOUSEHOLD, LOOKUP, VERIFY, Question
from adapters.citizen_db.wire import DAN, DC
from adapters.contract import PermanentError, Reply, UncertainError

_COLLECTION = f"{{{DC}}}CongdanCollection"
_EXISTS = f"{{{DAN}}}TonTai"
_VERDICTS = ("XacThucThongTinCongDanResponse", "KetQuaXacThuc", "KetQuaXacThucResponse")
"""Roots that a verification answers with: the exchange's, the bare one, and those of mocks (§2)."""
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` names it in one word; no personal data."""

    code: str
    reply: Reply


def judge(question: Question, said: Said) -> Verdict:
    """What an answer comes to. Raises `RefusedError` for a business fault, `UncertainError` for what is no answer."""
    if said.content is not None and (code := wire.fault_in(said.content)) is not None:
        raise codes.business_error(code, said.raw)
    return _JUDGES[question.operation](question, said)


def _looked_up(question: Question, said: Said) -> Verdict:
    if said.content is None:
        return _NOBODY
    collection = wire.inside(said.content, _COLLECTION)
    if collection is None:
        # The wrapper alone is the third shape of nobody; with something else inside, it is no answer to this.
        if said.content.tag == f"{{{DAN}}}{LOOKUP}Response" and not len(said.content):
            return _NOBODY
        raise CATALOGUE["OTHER_ANSWER"].error(UncertainError, answer=said.raw)
    people = wire.people_in(collection)
    if not people and len(collection):
        raise CATALOGUE["OTHER_ANSWER"].error(UncertainError, answer=said.raw)
    named = [person for person in people if _has_name(person, said)]
    if not named:
        return _NOBODY
    meant = [person for person in named if _is_meant(person, question)]
    if not meant:
        # Not kept: nobody asked about that person.
        raise CATALOGUE["ANOTHER_PERSON"].error(UncertainError)
    return _found(_only(meant, collection), said)


def _has_name(person: Element, said: Said) -> bool:
    """Whether somebody is there; an empty name is the database's way to say nobody (Q5)."""
    if wire.name_of(person):
        return True
    told = {child.tag for child in person if any(text.strip() for text in child.itertext())}
    if person.find(f"{{{DC}}}HoVaTen") is None and told - {f"{{{DC}}}SoDinhDanh", f"{{{DC}}}SoCMND"}:
        # Data about somebody, only not the name: the province's entitlement leaves it out (§4).
        raise CATALOGUE["NAME_NOT_SHARED"].error(PermanentError, answer=said.raw)
    return False


def _is_meant(person: Element, question: Question) -> bool:
    number = (person.findtext(f"{{{DC}}}SoDinhDanh") or "").strip()
    return not number or not question.number or number == question.number


def _only(people: list[Element], collection: Element) -> Element:
    """The collection without anybody else in it."""
    for person in wire.people_in(collection):
        if person not in people:
            collection.remove(person)
    return collection


def _found(collection: Element, said: Said) -> Verdict:
    data, kind = wire.to_bytes(collection), "citizen.found.v1"
    if said.relayed:
        record = {"error_code": "0", "message": data.decode()}
        return Verdict("FOUND", Reply(kind, f"citizen_db/{kind}.lgsp", record))
    form = ".qcvn109" if wire.is_split(collection) else ""
    return Verdict("FOUND", Reply(kind, f"citizen_db/{kind}{form}", data))


def _verified(_: Question, said: Said) -> Verdict:
    content = said.content
    if content is None or content.tag not in {f"{{{DAN}}}{name}" for name in _VERDICTS}:
        raise CATALOGUE["OTHER_ANSWER"].error(UncertainError, answer=said.raw)
    verified = _boolean(next(content.iter(_EXISTS), None), said)
    answer = etree.Element(f"{{{DAN}}}KetQuaXacThuc", nsmap={"dan": DAN})
    etree.SubElement(answer, _EXISTS).text = "true" if verified else "false"
    return _verdict(verified, "citizen_db/citizen.verified.v1", answer)


def _household(_: Question, said: Said) -> Verdict:
    result = None if said.content is None else wire.inside(said.content, f"{{{DAN}}}KetQuaXacThucHoGiaDinh")
    if result is None:
        raise CATALOGUE["OTHER_ANSWER"].error(UncertainError, answer=said.raw)
    verified = _boolean(result.find(_EXISTS), said)
    for member in result.iterfind(f"{{{DAN}}}ThanhVien"):
        _boolean(member.find(_EXISTS), said)
    return _verdict(verified, "citizen_db/citizen.verified.v1.household", result)


def _boolean(element: Element | None, said: Said) -> bool:
    text = "" if element is None else (element.text or "").strip()
    if text not in _BOOLEANS:
        raise CATALOGUE["NO_VERDICT"].error(UncertainError, answer=said.raw)
    return _BOOLEANS[text]


def _verdict(verified: bool, mapping: str, record: Element) -> Verdict:
    reply = Reply("citizen.verified.v1", mapping, wire.to_bytes(record))
    return Verdict("VERIFIED" if verified else "NOT_VERIFIED", reply)


_NOBODY = Verdict("NOT_FOUND", Reply("citizen.not_found.v1", "citizen_db/citizen.not_found.v1", wire.not_found()))
_JUDGES: dict[str, Callable[[Question, Said], Verdict]] = {
    LOOKUP: _looked_up,
    VERIFY: _verified,
    HOUSEHOLD: _household,
}
