"""Small factories with sensible defaults: name what matters to the test, leave the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from uuid_utils import uuid7

from gateway.ledger.port import Begin, NewDelivery, NewMessage, Settlement, Snapshot
from gateway.message import Dead, Decision, Delivered, DeliveryId, Fault, MessageId
from gateway.security.seal import KeyRing

RING = KeyRing("k1", {"k1": bytes(range(32))}, bytes(reversed(range(32))))
NOW = datetime(2025, 6, 12, 1, 15, 30, tzinfo=UTC)
_numbers = count(1)


def a_fault(code: str = "HTTP_503", kind: str = "transient") -> Fault:
    """A fault as an adapter would report it."""
    return Fault(kind, code, f"Lỗi {code}.", f"Error {code}.")


def a_delivery(**changes: Any) -> NewDelivery:
    """A delivery to the portal in a lane."""
    values: dict[str, Any] = {
        "id": DeliveryId(str(uuid7())),
        "destination": "national_portal",
        "operation": "CapNhatTienDoHoSoMC",
        "route": "progress",
        "mapping": "national_portal/dossier.progressed.v1",
        "lane": True,
    }
    return NewDelivery(**(values | changes))


def a_snapshot(status: str = "received", *, sequence: int | None = None, time: datetime | None = None) -> NewDelivery:
    """A full snapshot of a dossier on its way to the portal."""
    return a_delivery(
        operation="DongBoHoSoMC",
        route="dossier",
        mapping="national_portal/dossier.recorded.v1",
        snapshot=Snapshot(status, sequence, time),
    )


def a_message(*deliveries: NewDelivery, subject: str = "000.00.16.H46-250612-0001", **changes: Any) -> NewMessage:
    """A message ready to be recorded, with one progress delivery unless told otherwise."""
    number = next(_numbers)
    message_id = MessageId(str(uuid7()))
    values: dict[str, Any] = {
        "id": message_id,
        "source": "urn:test:onestop",
        "source_id": f"event-{number}",
        "type": "vn.lienthong.dossier.progressed.v1",
        "subject": subject,
        "time": NOW,
        "sequence": None,
        "client": "onestop",
        "accepted_at": datetime.now(UTC),
        "causation_id": None,
        "correlation_id": message_id,
        "traceparent": None,
        "content_hash": number.to_bytes(8, "big"),
        "sealed": RING.seal(b'{"code": "x"}', message_id),
        "body_form": "data",
        "warnings": (),
        "deliveries": deliveries or (a_delivery(),),
    }
    return NewMessage(**(values | changes))


def a_begin(delivery_id: str, fence: int = 1) -> Begin:
    """The start of an attempt, now."""
    now = datetime.now(UTC)
    return Begin(DeliveryId(delivery_id), fence, now, timedelta(seconds=60), "1")


def a_settlement(delivery_id: str, decision: Decision | None = None, fence: int = 1, **changes: Any) -> Settlement:
    """The end of an attempt, now."""
    values: dict[str, Any] = {
        "delivery_id": DeliveryId(delivery_id),
        "fence": fence,
        "decision": decision or Delivered(),
        "at": datetime.now(UTC),
        "after_dead": "hold",
        "after_refused": "continue",
    }
    return Settlement(**(values | changes))


def dead(code: str = "UNMAPPED_CODE") -> Dead:
    """A delivery that no retry can help."""
    return Dead(a_fault(code, "mapping"))
