"""The ways to put a question: two SOAP ports and a provincial platform's JSON (sheet §5). Above here there are answers.

A port addresses and authorises one question, and gives back what the database itself said; everything else that may
come back in its stead is a `DeliveryError`.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson
from lxml.etree import _Element as Element

from adapters.citizen_db import codes, wire
from adapters.citizen_db.catalogue import CATALOGUE
from adapters.citizen_db.question import HOUSEHOLD, Question
from adapters.citizen_db.settings import CitizenDbSettings
from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.ndxp import xroad_errors
from adapters.ndxp.road import Ride, Road
from adapters.transport.envelope import Envelope, Fault, Unreadable, local_name, read_envelope
from adapters.transport.http import Answer
from adapters.transport.soap import NotInWsdl, SoapPort, open_port

WSDL = Path(__file__).parent / "wsdl" / "citizen-db.wsdl"
_SERVICE = "CitizenDbService"
_PORTS = {"xroad": "CitizenDbXRoad", "direct": "CitizenDbDirect"}
_XROAD = "http://x-road.eu/xsd/xroad.xsd"
_PARTS = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")


@dataclass(frozen=True, slots=True)
class Said:
    """What the database said: the element it answered with, None for nothing at all, and the whole answer."""

    content: Element | None
    raw: bytes
    relayed: bool = False


class Port(Protocol):
    """One way to ask."""

    async def ask(self, question: Question, *, write: bool = True) -> Said:
        """Put one question. Raises `DeliveryError`; `write`: what ends without a clear answer is uncertain."""


async def open_way(settings: CitizenDbSettings, road: Road) -> Port:
    """The way the settings name; the WSDL is read now, nothing is sent."""
    if not settings.soap:
        return Platform(settings, road)
    soap = await open_port(WSDL, _SERVICE, _PORTS[settings.port])
    return XRoadPort(settings, road, soap) if settings.port == "xroad" else DirectPort(settings, road, soap)


class XRoadPort:
    """SOAP with the exchange's header blocks (§5.3); a reply that does not echo them is not believed."""

    def __init__(self, settings: CitizenDbSettings, road: Road, soap: SoapPort) -> None:
        self._settings = settings
        self._road = road
        self._soap = soap
        self._client = tuple(settings.xroad_client.split("/"))
        self._service = tuple(settings.xroad_service.split("/"))

    async def ask(self, question: Question, *, write: bool = True) -> Said:
        headers = self._headers(question)
        answer = await _call(self._soap, self._road, self._settings, question, write=write, blocks=headers)
        envelope = _envelope(answer, self._settings, write=write)
        if not self._echoed(envelope, question):
            # Not kept: it answers somebody else's question.
            raise CATALOGUE["INCONSISTENT_ANSWER"].error(UncertainError)
        return Said(envelope.content, answer.body)

    def _headers(self, question: Question) -> dict[str, Any]:
        """The header blocks in the order of the protocol; the issue is the dossier, the user its officer."""
        service = {"objectType": "SERVICE", **dict(zip(_PARTS, self._service, strict=False))}
        service["serviceCode"] = question.operation
        if version := self._settings.xroad_service_version:
            service["serviceVersion"] = version
        kind = "SUBSYSTEM" if len(self._client) == len(_PARTS) else "MEMBER"
        return {
            "client": {"objectType": kind, **dict(zip(_PARTS, self._client, strict=False))},
            "service": service,
            "id": question.message_id,
            "userId": question.user,
            **({"issue": question.dossier} if question.dossier else {}),
            "protocolVersion": "4.0",
        }

    def _echoed(self, envelope: Envelope, question: Question) -> bool:
        """Whether the reply copies what the request said of itself (NDXP sheet §6)."""
        version = self._settings.xroad_service_version
        asked = {
            "id": (question.message_id,),
            "client": self._client,
            "service": (*self._service, question.operation, *((version,) if version else ())),
        }
        answered = wire.header_texts(envelope.headers, _XROAD)
        return all(answered.get(name) == texts for name, texts in asked.items())


class DirectPort:
    """SOAP with an empty header, authorised by HTTP headers (§5.1)."""

    def __init__(self, settings: CitizenDbSettings, road: Road, soap: SoapPort) -> None:
        self._settings = settings
        self._road = road
        self._soap = soap

    async def ask(self, question: Question, *, write: bool = True) -> Said:
        headers = direct_headers(self._settings, question, time.time())
        answer = await _call(self._soap, self._road, self._settings, question, write=write, http=headers)
        return Said(_envelope(answer, self._settings, write=write).content, answer.body)


class Platform:
    """JSON to a provincial platform, which asks the database itself (§5.2)."""

    def __init__(self, settings: CitizenDbSettings, road: Road) -> None:
        self._settings = settings
        self._road = road
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token := settings.bearer.get_secret_value():
            self._headers["Authorization"] = f"Bearer {token}"

    async def ask(self, question: Question, *, write: bool = True) -> Said:
        body = orjson.dumps(dict(question.fields))
        answer = await self._road.send(_ride(self._settings, question, body, self._headers, write=write))
        read = wire.read_relayed(answer.body, answer.content_type)
        tries = self._settings.unnamed_tries
        if isinstance(read, Fault):
            raise codes.fault_error(read, answer.body, tries=tries)
        if complaint := answer.complaint(write=write):
            raise complaint
        if isinstance(read, Unreadable):
            raise _unreadable(read, answer, write=write)
        if isinstance(read, wire.Refusal):
            entry = CATALOGUE["PLATFORM_{fault}"]
            raise entry.error(TransientError, fill={"fault": read.code}, max_tries=tries, answer=answer.body)
        return Said(read.content, answer.body, relayed=True)


def direct_headers(settings: CitizenDbSettings, question: Question, now: float) -> dict[str, str]:
    """The HTTP headers of the direct port at `now`, seconds since 1970 (§5.1)."""
    timestamp = str(int(now * 1000) if settings.timestamp_unit == "ms" else int(now))
    user, secret = settings.username, settings.secret_key.get_secret_value()
    digest = hashlib.sha256(f"{settings.sv_url}{user}{timestamp}{secret}".encode()).hexdigest()
    headers = {
        "Content-Type": "application/xml; charset=utf-8",
        "SOAPAction": '""',
        "Timestamp": timestamp,
        "Authorization": "Basic " + base64.b64encode(f"{user}:{digest}".encode()).decode(),
    }
    if api_key := settings.api_key.get_secret_value():
        headers["ApiKey"] = api_key
    # The exchange's own road says these itself.
    if settings.xroad_client and settings.road.style != "xroad":
        headers |= {"X-Road-Client": settings.xroad_client, "X-Road-Id": question.message_id}
        headers |= {"X-Road-UserId": question.user}
        headers |= {"X-Road-Issue": question.dossier} if question.dossier else {}
    return headers


async def _call(
    soap: SoapPort,
    road: Road,
    settings: CitizenDbSettings,
    question: Question,
    *,
    write: bool,
    blocks: Mapping[str, Any] | None = None,
    http: Mapping[str, str] | None = None,
) -> Answer:
    async def carry(body: bytes, headers: Mapping[str, str]) -> Answer:
        return await road.send(_ride(settings, question, body, {**headers, **(http or {})}, write=write))

    try:
        return await soap.call(
            question.operation,
            question.fields,
            carry,
            headers=blocks,
            arrange=lambda body: _arrange(body, question.operation, settings),
        )
    except NotInWsdl as exc:
        raise CATALOGUE["DOCUMENT_SHAPE"].error(PermanentError) from exc


def _ride(
    settings: CitizenDbSettings, question: Question, body: bytes, headers: Mapping[str, str], *, write: bool
) -> Ride:
    return Ride(
        path=settings.path,
        body=body,
        headers=headers,
        write=write,
        deadline=question.deadline,
        issue=question.dossier,
        user=question.user,
        message_id=question.message_id,
    )


def _arrange(body: Element, operation: str, settings: CitizenDbSettings) -> None:
    """What live clients write differently from the schema, where the settings ask for it (§3, Q14)."""
    fields = {local_name(child): child for child in body}
    if settings.element_order == "court" and operation != HOUSEHOLD and "MaDonVi" in fields:
        fields["MaCanBo"].addnext(fields["MaDonVi"])
    if settings.integration_field != "MaTichHop" and "MaTichHop" in fields:
        code = fields["MaTichHop"]
        code.tag = f"{{{wire.DAN}}}{settings.integration_field}"


def _envelope(answer: Answer, settings: CitizenDbSettings, *, write: bool) -> Envelope:
    """The envelope, where one can be trusted. A body that names its fault wins over the HTTP status."""
    if said := xroad_errors.told(answer, write=write):
        raise said
    read = read_envelope(answer.body, answer.content_type)
    if isinstance(read, Fault):
        raise codes.fault_error(read, answer.body, tries=settings.unnamed_tries)
    if complaint := answer.complaint(write=write):
        raise complaint
    if isinstance(read, Unreadable):
        raise _unreadable(read, answer, write=write)
    return read


def _unreadable(read: Unreadable, answer: Answer, *, write: bool) -> DeliveryError:
    """What a body that is no answer means; its text is kept (Q9)."""
    if read is Unreadable.HTML:
        return CATALOGUE["HTML_ANSWER"].error(TransientError, answer=answer.body)
    if read is Unreadable.EMPTY:
        return CATALOGUE["EMPTY_ANSWER"].error(TransientError, answer=answer.body)
    return CATALOGUE["GARBAGE_ANSWER"].unclear(write=write, answer=answer.body)
