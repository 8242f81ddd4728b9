"""From a mapped record to the question that goes out: who asks, about whom, under which request id. Nothing is sent.

Whoever may not ask, or cannot be answered, is refused at this point, so that no look-up is on record for nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid5

from adapters.citizen_db.catalogue import CATALOGUE
from adapters.citizen_db.settings import CitizenDbSettings
from adapters.contract import Outbound, PermanentError, RefusedError

LOOKUP, VERIFY, HOUSEHOLD = "TraCuuThongTinCongDan", "XacThucThongTinCongDan", "XacThucThongTinHoGiaDinh"
OPERATIONS = frozenset({LOOKUP, VERIFY, HOUSEHOLD})

# Arabic digits only: `\d` would take those of other scripts.
_CITIZEN_NUMBER, _CARD_NUMBER = re.compile("[0-9]{12}"), re.compile("[0-9]{9}")
_DAY = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")
_OUR_IDS = UUID("5ba52a34-6c9e-4b55-8f8c-0d9b4a2f4c11")
_HERE = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Question:
    """One question, ready to travel. `fields` go into the body by their names there; `number` is whom it asks for."""

    operation: str
    fields: Mapping[str, Any]
    request_id: str
    officer: str
    number: str
    dossier: str
    deadline: float

    @property
    def user(self) -> str:
        """The officer as the exchange names people: country, then number."""
        return f"VN{self.officer}"

    @property
    def message_id(self) -> str:
        """The exchange's id of this attempt; it follows from the request id, so that one record finds both."""
        return str(uuid5(_OUR_IDS, self.request_id))


def frame(request: Outbound, settings: CitizenDbSettings) -> Question:
    """The question of one delivery; a document that carries its `MaYeuCau` already keeps it.

    Raises `RefusedError` for an officer who may not ask and a person without a number, `PermanentError` for what a
    route or a mapping got wrong.
    """
    if request.operation not in OPERATIONS:
        raise CATALOGUE["UNKNOWN_OPERATION"].error(PermanentError)
    if not settings.soap and request.operation != LOOKUP:
        raise CATALOGUE["PORT_WITHOUT_OPERATION"].error(PermanentError)
    if not isinstance(request.document, Mapping):
        raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError)
    known = {_plain_key(key): value for key, value in request.document.items()}
    officer = _text(known.get("MaCanBo"))
    _check_officer(officer, _text(known.get("TaiKhoan")), _text(known.get("MaDVC")), settings)
    for person in _people(known, request.operation):
        _check_person(person)
    request_id = _text(known.get("MaYeuCau")) or new_request_id(settings.request_prefix)
    fields = _fields(known | {"MaYeuCau": request_id}, request.operation, settings)
    number = _text(known.get("SoDinhDanh"))
    return Question(request.operation, fields, request_id, officer, number, request.subject, request.deadline)


def new_request_id(prefix: str, now: datetime | None = None) -> str:
    """A `MaYeuCau` nobody else made: prefix, Vietnamese time to the millisecond, random digits (Q11)."""
    at = (now or datetime.now(UTC)).astimezone(_HERE)
    return f"{prefix}{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03}{secrets.randbelow(10**12):012}"


def name_as(form: str, name: str) -> str:
    """A name in one of the forms that live clients write (Q2)."""
    words = " ".join(name.split())
    if form == "as_written":
        return words
    upper = words.upper()
    if form == "upper":
        return upper
    bare = "".join(c for c in unicodedata.normalize("NFD", upper) if not unicodedata.combining(c)).replace("Đ", "D")
    return bare.replace(" ", "") if form == "joined" else bare


def officer_digest(officer: str, settings: CitizenDbSettings) -> str:
    """How records name an officer: the same officer always the same, and never the number."""
    key = settings.audit_key.get_secret_value().encode()
    return hmac.new(key, officer.encode(), hashlib.sha256).hexdigest()[:16]


def spelled(name: str, settings: CitizenDbSettings) -> str:
    """A field's name as the port writes it."""
    return name[0].lower() + name[1:] if settings.port == "lgsp_camel" else name


def _plain_key(key: str) -> str:
    return key[:1].upper() + key[1:]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _check_officer(officer: str, account: str, procedure: str, settings: CitizenDbSettings) -> None:
    if not officer or (settings.officer_number == "required" and not _CITIZEN_NUMBER.fullmatch(officer)):
        raise CATALOGUE["OFFICER_WITHOUT_NUMBER"].error(RefusedError, field="MaCanBo")
    if settings.officers:
        allowed = {*settings.officers.get(procedure, ()), *settings.officers.get("*", ())}
        if officer not in allowed and account not in allowed:
            raise CATALOGUE["OFFICER_NOT_ALLOWED"].error(RefusedError, field="MaCanBo")


def _people(known: Mapping[str, Any], operation: str) -> Iterator[Mapping[str, Any]]:
    """Everybody a question asks about."""
    if operation != HOUSEHOLD:
        yield known
        return
    members = known.get("ThanhVien")
    head = known.get("ChuHo")
    if (
        not isinstance(head, Mapping)
        or not isinstance(members, list)
        or not all(isinstance(m, Mapping) for m in members)
    ):
        raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError)
    yield head
    yield from members


def _check_person(person: Mapping[str, Any]) -> None:
    number, card = _text(person.get("SoDinhDanh")), _text(person.get("SoCMND"))
    # Any 12 digits: test environments use numbers of no province (Q15).
    right = (not number or _CITIZEN_NUMBER.fullmatch(number)) and (not card or _CARD_NUMBER.fullmatch(card))
    if not right or not (number or card):
        raise CATALOGUE["PERSON_WITHOUT_NUMBER"].error(RefusedError, field="SoDinhDanh")


def _fields(known: Mapping[str, Any], operation: str, settings: CitizenDbSettings) -> dict[str, Any]:
    """The record as this province's line wants it."""
    made = dict(known)
    if operation == HOUSEHOLD:
        made["ChuHo"] = _person(known["ChuHo"], settings)
        made["ThanhVien"] = [_person(member, settings) for member in known["ThanhVien"]]
    else:
        made = _person(made, settings)
    if settings.port == "lgsp_camel":
        made["UserNameService"] = settings.service_account
    if settings.soap and not settings.send_agency:
        made.pop("MaDonVi", None)
    if settings.soap and settings.phone and operation != HOUSEHOLD:
        made["SoDienThoai"] = settings.phone
    return {spelled(key, settings): value for key, value in made.items()}


def _person(person: Mapping[str, Any], settings: CitizenDbSettings) -> dict[str, Any]:
    made = dict(person)
    if isinstance(name := person.get("HoVaTen"), str):
        made["HoVaTen"] = name_as(settings.name_form, name)
    birth = person.get("NgayThangNamSinh")
    if isinstance(birth, Mapping) and settings.day_form == "iso":
        made["NgayThangNamSinh"] = {key: _DAY.sub(r"\1-\2-\3", str(value)) for key, value in birth.items()}
    return made
