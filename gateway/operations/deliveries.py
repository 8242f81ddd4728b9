"""Replay and discard: the single operations on a delivery, reason required, audited also when refused."""

from __future__ import annotations

from uuid_utils import uuid7

from gateway.ledger.port import AuditEntry, Ledger
from gateway.message import DeliveryId, DeliveryState


def after_discard(before: DeliveryState) -> DeliveryState:
    """The state a discarded delivery is in. A refused one only lets go of its lane: what the system said stays said."""
    return before if before is DeliveryState.REFUSED else DeliveryState.CANCELLED


class DeliveryOperations:
    """Operations on single deliveries."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def replay(self, delivery_id: DeliveryId, actor: str, reason: str, *, as_then: bool = False) -> DeliveryId:
        """A new delivery in place of a dead one, at its position in the lane; its id.

        It goes through the mapping in force, or, `as_then`, through the version recorded with the dead one. The
        original is never overwritten. Raises `NotFoundError`, `StateError`.
        """
        new_id = DeliveryId(str(uuid7()))
        entry = AuditEntry(actor, "delivery.replay", delivery_id, reason)
        await self._ledger.replay(delivery_id, new_id, entry, as_then=as_then)
        return new_id

    async def discard(self, delivery_id: DeliveryId, actor: str, reason: str) -> DeliveryState:
        """Cancel a delivery that is not under way, and let the next of its lane go on; the state it had.

        Raises `NotFoundError`, `StateError`.
        """
        return await self._ledger.discard(delivery_id, AuditEntry(actor, "delivery.discard", delivery_id, reason))
