"""Somebody speaks for another (sources, agencies, types, in every form), or looks at what is theirs."""

from __future__ import annotations

from typing import Any

from tests.e2e.rig import recorded
from tests.intake.documents import a_dossier, an_event
from tests.intake.test_xml_documents import document
from tests.security.negative.case import ABSENT, CONTENT, JSON, STRUCTURED, XML, Ask, Case, refused

BATCH, LINES = "application/cloudevents-batch+json", "application/x-ndjson"
OWN = "H46.16.05-250612-0001"
"""A dossier of the commune's own agency."""
_SOURCE, _AGENCY, _TYPE = "SOURCE_NOT_GRANTED", "AGENCY_NOT_GRANTED", "TYPE_NOT_GRANTED"


def own(**changes: Any) -> dict[str, Any]:
    """A good event of the commune."""
    data = a_dossier(code=OWN, agency={"code": "H46.16.05", "name": "Xã thử"}) | changes.pop("data", {})
    return an_event(data, **{"source": "urn:test:xa", "subject": data["code"]} | changes)


def _sent(name: str, code: str, body: Any, who: str = "xa-thu", content: str = STRUCTURED, status: int = 403) -> Case:
    return Case(name, Ask(who=who, body=body, content=content), status, code, refused("postMessages", who))


def _agency(name: str, code: str, who: str = "xa-thu") -> Case:
    return _sent(name, _AGENCY, own(data={"agency": {"code": code, "name": "Nơi khác"}}), who)


def _dossier(name: str, code: str, who: str = "xa-thu") -> Case:
    return _sent(name, _AGENCY, own(data={"code": code}), who)


def _catalogue(name: str, agency: str) -> Case:
    """The commune may ask for catalogues, those of its own agency."""
    asked = {"kind": "agency_procedures", "agency_code": agency}
    event = an_event(asked, source="urn:test:xa", type="vn.lienthong.catalogue.refresh_requested.v1")
    return _sent(name, _AGENCY, event | {"subject": "catalogue/agency"})


SPOKEN = (
    _sent("another system's source", _SOURCE, own(source="urn:test:mot-cua")),
    _sent("a source that only begins right", _SOURCE, own(source="urn:test:xa2")),
    _sent("a source in capitals", _SOURCE, own(source="URN:TEST:XA")),
    _sent("a source with a dot segment", _SOURCE, own(source="urn:test:khac/../xa")),
    _sent("the gateway's own source", _SOURCE, own(source="urn:lienthong:national_portal")),
    _sent("a source that looks alike in another alphabet", _SOURCE, own(source="urn:test:x\u0430")),
    _sent("another system's source, with a person for an id", _SOURCE, own(source="urn:test:x", id="044999000123")),
    _agency("the agency above", "H46.16"),
    _agency("the whole province", "H46"),
    _agency("the sibling agency", "H46.16.06"),
    _agency("an agency whose name only begins right", "H46.16.050"),
    _agency("another province", "H47.16.05"),
    _agency("another agency in the old spelling", "000.06.16.H46"),
    _agency("another agency for a client of the old spelling", "000.00.17.H46", "huyen-thu"),
    _dossier("a dossier of the agency above", "H46.16-250612-0001"),
    _dossier("a dossier of the sibling agency", "H46.16.06-250612-0001"),
    _dossier("a dossier of the sibling agency in the old spelling", "000.06.16.H46-250612-0001"),
    _dossier("a dossier that another system sent", "000.00.17.H46-250612-0001", "huyen-thu"),
    _catalogue("the procedures of the agency above", "H46.16"),
    _catalogue("the procedures of another agency in the old spelling", "000.00.09.H46"),
    _catalogue("the procedures of another agency in small letters", " h46.16.06 "),
    _sent("a type that was not granted", _TYPE, own(type="vn.lienthong.dossier.progressed.v1")),
    _sent(
        "a question about a person that was not granted", _TYPE, own(type="vn.lienthong.citizen.lookup_requested.v1")
    ),
    _sent(
        "the portal's catalogues, which are granted by name alone",
        _TYPE,
        an_event(type="vn.lienthong.catalogue.refresh_requested.v1"),
        "nguoi-la",
    ),
    _sent(
        "a foreign event in the middle of a batch",
        _SOURCE,
        [own(), own(id="2", source="urn:test:mot-cua"), own(id="3")],
        content=BATCH,
    ),
    Case(
        "another source in a header beside a good document",
        Ask(
            who="xa-thu",
            body=a_dossier(code=OWN),
            content=JSON,
            headers={
                "ce-specversion": "1.0",
                "ce-id": "1",
                "ce-source": "urn:test:mot-cua",
                "ce-subject": OWN,
                "ce-type": "vn.lienthong.dossier.recorded.v1",
                "ce-time": "2025-06-12T08:15:31+07:00",
            },
        ),
        403,
        _SOURCE,
        refused("postMessages", "xa-thu"),
    ),
    Case(
        "a foreign agency in an XML document of a one-stop system",
        Ask(
            who="huyen-thu",
            content=XML,
            body=document(MaHoSo="000.00.17.H46-250612-0001"),
            headers={"ce-source": "urn:test:x"},
        ),
        403,
        _AGENCY,
        refused("postMessages", "huyen-thu"),
    ),
    Case(
        "an answer of the gateway's own",
        Ask(who="mot-cua", content=STRUCTURED, body=recorded() | {"type": "vn.lienthong.payment.settled.v1"}),
        422,
        "TYPE_UNKNOWN",
        CONTENT,
    ),
)


def _looked(name: str, path: str, status: int = 404, code: str = "NOT_FOUND", who: str = "nguoi-la") -> Case:
    return Case(name, Ask("GET", path, who=who), status, code, ABSENT)


STRANGERS = (
    _looked("another client's message", "/v1/messages/<message>"),
    _looked("another client's dossier", "/v1/dossiers/000.00.16.H46-250612-0001"),
    _looked("another client's payment", "/v1/payments/<paid>"),
    _looked("another client's payment receipt", "/v1/payments/<paid>/receipt"),
    _looked("another client's message under its id in capitals", "/v1/messages/<message_upper>"),
    _looked("another client's message with a wild card", "/v1/messages/%25"),
    _looked("a message whose id asks a database", "/v1/messages/x'%20OR%20'1'='1"),
    Case(
        "another client's body, masked",
        Ask("GET", "/v1/messages/<message>/body", who="nguoi-la"),
        403,
        "PEOPLE_ONLY",
        refused("getMaskedBody", "nguoi-la"),
    ),
    Case("another client's proof", Ask("GET", "/v1/receipts/<delivery>", who="nguoi-la"), 404, "NOT_FOUND", ABSENT),
)

CASES = (*SPOKEN, *STRANGERS)
