"""Superseding, skipping and hurrying one delivery: reason required, audited also when refused."""

from __future__ import annotations

from gateway.ledger.port import AuditEntry, Ledger
from gateway.message import DeliveryId, DeliveryState


class ByHandOperations:
    """Operations on single deliveries beside replay and discard."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def supersede(
        self, delivery_id: DeliveryId, actor: str, reason: str, by: DeliveryId | None = None
    ) -> DeliveryState:
        """Something newer made it needless (`by`, where it is a delivery of the same lane); the state it had.

        Raises `NotFoundError`, `StateError`.
        """
        entry = AuditEntry(actor, "delivery.supersede", delivery_id, reason)
        return await self._ledger.supersede(delivery_id, entry, by)

    async def hurry(self, delivery_id: DeliveryId, actor: str, reason: str) -> None:
        """Try a waiting one now. Raises `NotFoundError`, `StateError`."""
        await self._ledger.hurry(delivery_id, AuditEntry(actor, "delivery.hurry", delivery_id, reason))

    async def skip(self, delivery_id: DeliveryId, actor: str, reason: str) -> DeliveryState:
        """Let the lane go on without its dead or refused head, whose fate stays as it is; its state.

        Raises `NotFoundError`, `StateError`.
        """
        return await self._ledger.skip(delivery_id, AuditEntry(actor, "delivery.skip", delivery_id, reason))
