"""Accepting: record a judged message with its deliveries in one transaction, and give one certain answer (P1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import structlog
from uuid_utils import uuid7

from gateway.acceptance.people import sought
from gateway.acceptance.routing import Router
from gateway.errors import ConflictError, IntakeError, LedgerUnavailable, Problem
from gateway.ledger.port import Ledger, NewMessage, Recorded
from gateway.message import TYPE_PREFIX, Accepted, Client, Event, MessageId
from gateway.security.seal import KeyRing
from gateway.telemetry.correlation import trace_of
from gateway.telemetry.metrics import DoorMetrics
from gateway.telemetry.spans import taken
from gateway.telemetry.tracing import Tracing

log = structlog.get_logger(__name__)

_PAYMENT = TYPE_PREFIX + "payment.requested.v1"


class Backlog(Protocol):
    """Says whether more is waiting for healthy destinations than the installation bears."""

    def full(self) -> bool: ...


class Acceptance:
    """Judged events in, certain answers out; returns only after the commit that holds them."""

    def __init__(
        self,
        ledger: Ledger,
        router: Router,
        ring: KeyRing,
        metrics: DoorMetrics,
        backlog: Backlog,
        short: Callable[[], bool] = lambda: False,
        tracing: Tracing | None = None,
    ) -> None:
        """`short`: whether the disk has too little room for anything more."""
        self._tracing = tracing
        self._ledger = ledger
        self._router = router
        self._ring = ring
        self._metrics = metrics
        self._backlog = backlog
        self._short = short

    @property
    def routed_types(self) -> frozenset[str]:
        """Message types that lead somewhere in this installation."""
        return self._router.types

    async def accept(self, client: Client, event: Event) -> Accepted:
        """Record one event. Raises `ConflictError`, `LedgerUnavailable`, and `IntakeError` 429 under back-pressure."""
        return (await self._record(client, [event]))[0]

    async def accept_all(self, client: Client, events: Sequence[Event]) -> list[Accepted]:
        """Record all events or none, in the order given; a conflict is pointed at by its place (`/17`)."""
        try:
            return await self._record(client, events)
        except ConflictError as exc:
            if len(events) == 1:
                raise ConflictError("/0", exc.message_id) from None
            raise

    def _record(self, client: Client, events: Sequence[Event]) -> Awaitable[list[Accepted]]:
        if self._tracing is None:
            return self._store(client, events)
        return taken(self._tracing, events, partial(self._store, client))

    async def _store(self, client: Client, events: Sequence[Event]) -> list[Accepted]:
        self._bound_backlog()
        if any(event.type == _PAYMENT for event in events):
            events = [await self._with_open_payments(event) for event in events]
        now = datetime.now(UTC)
        recorded = await self._ledger.accept([self._new_message(client, event, now) for event in events])
        answers = []
        for event, one in zip(events, recorded, strict=True):
            if not one.duplicate:
                self._metrics.accepted(event.type, event.source)
            _tell(client, event, one)
            answers.append(Accepted(one.id, one.duplicate, event.warnings))
        return answers

    async def _with_open_payments(self, event: Event) -> Event:
        """A request for a payment while another is open is taken, with a warning: two may end up paid."""
        if event.type != _PAYMENT or not any(
            one.state == "open" for one in await self._ledger.payments_of(event.subject)
        ):
            return event
        warning = Problem(
            "/data/dossier_code",
            "PAYMENT_OPEN",
            "Hồ sơ này đang có một lần thanh toán chưa kết thúc; nếu người dân trả cả hai, lần sau được đánh dấu hoàn "
            "tiền. / A payment of this dossier is still open; if both are paid, the second is flagged for refund.",
        )
        return event._replace(warnings=(*event.warnings, warning))

    def _new_message(self, client: Client, event: Event, now: datetime) -> NewMessage:
        message_id = MessageId(str(uuid7()))
        return NewMessage(
            id=message_id,
            source=event.source,
            source_id=event.id,
            type=event.type,
            subject=event.subject,
            time=event.time,
            sequence=event.sequence,
            client=client.name,
            accepted_at=now,
            causation_id=None,
            correlation_id=message_id,
            traceparent=event.traceparent,
            content_hash=self._ring.keyed_hash(event.type, event.subject, event.data),
            sealed=self._ring.seal(event.body, message_id),
            body_form=event.body_form,
            warnings=event.warnings,
            deliveries=self._router.deliveries(event),
            sought=sought(self._ring.seeking, event.type, event.data),
        )

    def _bound_backlog(self) -> None:
        if self._short():
            raise LedgerUnavailable(
                "Đĩa gần đầy: không nhận thêm cho đến khi có chỗ. / The disk is nearly full: nothing more is "
                "taken until there is room."
            )
        if self._backlog.full():
            raise IntakeError(
                429,
                "Too Many Requests",
                "Hàng chờ gửi đang đầy; hãy gửi lại sau ít giây. / The outbox is full; send again in a few seconds.",
                reason="backlog",
            )


def _tell(client: Client, event: Event, one: Recorded) -> None:
    """The first line of a message's thread, under the ids that every later one carries."""
    log.info(
        "message.repeated" if one.duplicate else "message.accepted",
        message_id=one.id,
        correlation_id=one.id,
        trace_id=trace_of(event.traceparent),
        client=client.name,
        type=event.type,
        subject=event.subject,
    )
