"""Answers to senders: messages of their own, caused by the first and routed to the client that asked.

A client that asks for its answers (`GET /v1/messages/{id}`) has them delivered when they are stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from uuid_utils import uuid7

from gateway.ledger.port import NewDelivery, NewMessage
from gateway.message import TYPE_PREFIX, DeliveryId, Fault, MessageId, Work
from gateway.security.seal import KeyRing
from mappings.convert import VIETNAM

SOURCE = "urn:lienthong:gateway"


def synchronised(ring: KeyRing, work: Work, at: datetime, facts: Mapping[str, str], warnings: list[str]) -> NewMessage:
    """`dossier.synchronised.v1`: the destination took it."""
    data: dict[str, Any] = {"code": work.subject, **_about(work, at)}
    if mode := facts.get("mode"):
        data["mode"] = mode
    if warnings:
        data["warnings"] = warnings
    return _reply(ring, work, at, "dossier.synchronised.v1", data)


def refused(ring: KeyRing, work: Work, at: datetime, fault: Fault) -> NewMessage:
    """`dossier.refused.v1`: which system said no, its code, and why in both languages."""
    error = {"code": fault.code, "vi": fault.vi, "en": fault.en} | ({"field": fault.field} if fault.field else {})
    data = {"code": work.subject, **_about(work, at), "system": work.delivery.destination, "error": error}
    return _reply(ring, work, at, "dossier.refused.v1", data)


def _about(work: Work, at: datetime) -> dict[str, str]:
    return {
        "destination": work.delivery.destination,
        "operation": work.delivery.operation,
        "at": at.astimezone(VIETNAM).isoformat(timespec="seconds"),
    }


def _reply(ring: KeyRing, work: Work, at: datetime, short_type: str, data: dict[str, Any]) -> NewMessage:
    type_ = TYPE_PREFIX + short_type
    message_id = MessageId(str(uuid7()))
    return NewMessage(
        id=message_id,
        source=SOURCE,
        # One answer of a kind per delivery, whatever is repeated.
        source_id=f"{work.delivery.id}/{short_type}",
        type=type_,
        subject=work.subject,
        time=at,
        sequence=None,
        client=work.client,
        accepted_at=at,
        causation_id=work.delivery.message_id,
        correlation_id=work.correlation_id,
        traceparent=None,
        content_hash=ring.keyed_hash(type_, work.subject, data),
        sealed=ring.seal(orjson.dumps(data), message_id),
        body_form="data",
        warnings=(),
        deliveries=(
            NewDelivery(
                id=DeliveryId(str(uuid7())),
                destination=f"onestop/{work.client}",
                operation="poll",
                route=f"{type_} > onestop/{work.client} poll",
                mapping=None,
                lane=False,
                stored_only=True,
            ),
        ),
    )
