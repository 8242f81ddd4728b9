"""What was just recorded and is due at once, kept in memory until its first attempt asks for it.

Reading a message back milliseconds after it was written cost a tenth of all CPU a message takes. What stands here is a
copy, never the truth: a delivery that has moved on meanwhile is refused when its attempt is to begin, and what is lost
or finds no room is read from the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from gateway.ledger.port import Fresh, Pending
from gateway.message import Delivery, DeliveryId, Work
from gateway.security.seal import KeyRing

_MOST = 2000
"""As many as the relay has of one destination on its way, at most."""
_LARGEST = 32 * 1024
"""Bytes of a sealed body; larger ones are few, and a full memory of them would be felt."""
_KEPT = timedelta(minutes=1)
"""What nobody asked for by then was superseded, or its destination takes nothing."""


class FreshWork:
    """Works by delivery, oldest first; each is given away once."""

    def __init__(self, ring: KeyRing, most: int = _MOST) -> None:
        self._ring = ring
        self._most = most
        self._kept: dict[DeliveryId, Fresh] = {}

    def keep(self, pending: Iterable[Pending]) -> None:
        """Take over what a commit recorded; called after that commit."""
        for one in pending:
            if one.fresh is not None and len(one.fresh.message.sealed.body) <= _LARGEST and self._has_room():
                self._kept[one.id] = one.fresh

    def take(self, ids: Iterable[DeliveryId]) -> dict[DeliveryId, Work]:
        """Those of `ids` that are here; they are forgotten."""
        found = ((one, self._kept.pop(one, None)) for one in ids)
        return {one: _work(fresh, self._ring) for one, fresh in found if fresh is not None}

    def forget(self, one: DeliveryId) -> None:
        """It has been begun, or is not to be."""
        self._kept.pop(one, None)

    def _has_room(self) -> bool:
        if len(self._kept) < self._most:
            return True
        if not self._kept:
            return False
        before = datetime.now(UTC) - _KEPT
        oldest = next(iter(self._kept))
        if self._kept[oldest].message.accepted_at > before:
            return False
        del self._kept[oldest]
        return True


def _work(fresh: Fresh, ring: KeyRing) -> Work:
    message, new = fresh.message, fresh.delivery
    return Work(
        delivery=Delivery(
            id=new.id,
            message_id=message.id,
            destination=new.destination,
            operation=new.operation,
            route=new.route,
            attempts=0,
            tries=0,
            known_taken=fresh.known_taken,
            first_contact=fresh.first_contact,
        ),
        type=message.type,
        subject=message.subject,
        source=message.source,
        source_id=message.source_id,
        client=message.client,
        correlation_id=message.correlation_id,
        accepted_at=message.accepted_at,
        envelope=ring.envelope(message.sealed, message.id),
        body_form=message.body_form,
        causation_id=message.causation_id,
        traceparent=message.traceparent,
    )
