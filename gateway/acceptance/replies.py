"""What the gateway itself says: answers to senders, requests of its own; messages like any other, sealed and routed.

An answer is caused by the message it answers and goes to the client that asked. One answer of a kind is one message,
whatever is repeated: its id in the sender's name follows from what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import orjson
from uuid_utils import uuid7

from gateway.acceptance import schemas
from gateway.acceptance.people import sought
from gateway.acceptance.routing import Router
from gateway.acceptance.schema_gate import SchemaGate
from gateway.ledger.drift.port import Confirmed
from gateway.ledger.payments.port import Payment
from gateway.ledger.port import NewDelivery, NewMessage
from gateway.message import TYPE_PREFIX, Event, Fault, MessageId, Work
from gateway.security.seal import KeyRing
from gateway.telemetry.spans import around
from mappings import MappingError
from mappings.convert import VIETNAM

SOURCE = "urn:lienthong:gateway"
_FROM_QUESTION = ("dossier_code", "reference", "result_code", "component_code")
"""What an answer repeats of its question where the wire does not carry it."""


class Thread(NamedTuple):
    """What a message of ours belongs to: the client it concerns, the message that caused it, the business thread."""

    client: str
    causation_id: str | None = None
    correlation_id: str = ""
    traceparent: str | None = None
    """The trace of the message that caused it."""


class Replies:
    """Makes the messages the gateway says. Pure: nothing is stored here."""

    def __init__(self, ring: KeyRing, router: Router) -> None:
        self._ring = ring
        self._router = router

    def synchronised(self, work: Work, at: datetime, facts: Mapping[str, str], warnings: list[str]) -> NewMessage:
        """`dossier.synchronised.v1`: the destination took it."""
        data: dict[str, Any] = {"code": work.subject, **_about(work, at)}
        if mode := facts.get("mode"):
            data["mode"] = mode
        if warnings:
            data["warnings"] = warnings
        return self._reply(work, at, "dossier.synchronised.v1", data)

    def refused(self, work: Work, at: datetime, fault: Fault) -> NewMessage:
        """`dossier.refused.v1` and its like: which system said no, its code, and why in both languages."""
        error = {"code": fault.code, "vi": fault.vi, "en": fault.en} | ({"field": fault.field} if fault.field else {})
        family = work.type.removeprefix(TYPE_PREFIX).partition(".")[0]
        subject = {"code" if family == "dossier" else "dossier_code": work.subject}
        data = {**subject, **_about(work, at), "system": work.delivery.destination, "error": error}
        return self._reply(work, at, f"{family}.refused.v1", data)

    def mapped(
        self, work: Work, at: datetime, short_type: str, document: Mapping[str, Any], question: Mapping[str, Any]
    ) -> NewMessage:
        """An answer with data of its own, completed from its question. Raises `MappingError` for a bad one."""
        return self._reply(work, at, short_type, completed(short_type, document, question, at))

    def to_client(
        self, thread: Thread, at: datetime, short_type: str, subject: str, source_id: str, data: Mapping[str, Any]
    ) -> NewMessage:
        """Something a client must hear that is no answer to an attempt: how a payment ended, say."""
        deliveries = self._router.to_client(thread.client)
        return self.message(thread, at, short_type, subject, source_id, data, deliveries)

    def request(
        self, thread: Thread, at: datetime, short_type: str, subject: str, source_id: str, data: Mapping[str, Any]
    ) -> NewMessage:
        """Something the gateway itself asks a national system; routed like what senders hand in."""
        event = Event(SOURCE, source_id, TYPE_PREFIX + short_type, subject, at, data, b"", body_form="data")
        return self.message(thread, at, short_type, subject, source_id, data, self._router.deliveries(event))

    def again(self, one: Confirmed, data: Mapping[str, Any], key: str, destination: str, at: datetime) -> NewMessage:
        """What a destination confirmed once, for the same destination again: a message of ours, caused by that one.

        It is as old as that one (`time`, `sequence`), so it never passes for news. Without deliveries where no route
        leads there any more.
        """
        short_type = one.type.removeprefix(TYPE_PREFIX)
        event = Event(SOURCE, key, one.type, one.subject, one.time, data, b"", body_form="data", sequence=one.sequence)
        deliveries = tuple(new for new in self._router.deliveries(event) if new.destination == destination)
        thread = Thread(one.client, one.message_id, one.correlation_id)
        made = self.message(thread, at, short_type, one.subject, key, data, deliveries)
        return made._replace(time=one.time, sequence=one.sequence)

    def message(
        self,
        thread: Thread,
        at: datetime,
        short_type: str,
        subject: str,
        source_id: str,
        data: Mapping[str, Any],
        deliveries: tuple[NewDelivery, ...],
        source: str = SOURCE,
    ) -> NewMessage:
        """Any message of ours, sealed."""
        type_ = TYPE_PREFIX + short_type
        message_id = MessageId(str(uuid7()))
        return NewMessage(
            id=message_id,
            source=source,
            source_id=source_id,
            type=type_,
            subject=subject,
            time=at,
            sequence=None,
            client=thread.client,
            accepted_at=at,
            causation_id=thread.causation_id,
            correlation_id=thread.correlation_id or message_id,
            traceparent=thread.traceparent,
            content_hash=self._ring.keyed_hash(type_, subject, dict(data)),
            sealed=self._ring.seal(orjson.dumps(data), message_id),
            body_form="data",
            warnings=(),
            deliveries=deliveries,
            sought=sought(self._ring.seeking, type_, data),
        )

    def _reply(self, work: Work, at: datetime, short_type: str, data: Mapping[str, Any]) -> NewMessage:
        thread = Thread(work.client, work.delivery.message_id, work.correlation_id, work.traceparent)
        return self.to_client(thread, at, short_type, work.subject, f"{work.delivery.id}/{short_type}", data)


def payment_thread(payment: Payment) -> Thread:
    """What is said of a payment belongs to the request that opened it."""
    return Thread(payment.client, payment.message_id, payment.correlation_id, around())


def completed(
    short_type: str, document: Mapping[str, Any], question: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """The document with what its schema wants and the wire does not carry. Raises `MappingError` where it breaks it."""
    properties = schemas.document(short_type).get("properties", {})
    known = {name: question[name] for name in _FROM_QUESTION if name in question} | {"at": moment(at)}
    whole = {name: value for name, value in known.items() if name in properties} | dict(document)
    if problems := _gate(short_type).problems(whole):
        raise _misfit(short_type, [one.pointer for one in problems])
    return whole


def moment(at: datetime) -> str:
    """A moment as our documents carry it: Vietnamese time, to the second."""
    return orjson.dumps(at.astimezone(VIETNAM), option=orjson.OPT_OMIT_MICROSECONDS).decode()[1:-1]


def _about(work: Work, at: datetime) -> dict[str, str]:
    return {"destination": work.delivery.destination, "operation": work.delivery.operation, "at": moment(at)}


@cache
def _gate(short_type: str) -> SchemaGate:
    return SchemaGate(schemas.document(short_type))


def _misfit(short_type: str, pointers: Sequence[str]) -> MappingError:
    places = ", ".join(pointers[:5])
    return MappingError(
        "ANSWER_INVALID",
        "",
        short_type,
        vi=f"Câu trả lời của hệ thống không khớp lược đồ {short_type} ở {places}; hãy so bảng dịch với câu trả lời.",
        en=f"The system's answer does not fit the schema {short_type} at {places}; compare the mapping with it.",
    )
