"""Superseding, skipping and editing one delivery, as they cross the ledger's port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry, NewMessage, StoredMessage
    from gateway.message import DeliveryId, DeliveryState

EDITED = "/edit"
"""How the sender's id of an edited message ends: after the delivery whose message it corrects."""


class ByHandLedger(Protocol):
    """Each is one transaction with its audit row, refused ones included. Raises `NotFoundError`, `StateError`."""

    async def supersede(
        self, delivery_id: DeliveryId, entry: AuditEntry, by: DeliveryId | None = None
    ) -> DeliveryState:
        """Something else made it needless (`by`, where it is a delivery of its lane); the state it had."""

    async def skip(self, delivery_id: DeliveryId, entry: AuditEntry) -> DeliveryState:
        """Let the lane go on without its dead or refused head, whose own fate stays as it is; that state."""

    async def hurry(self, delivery_id: DeliveryId, entry: AuditEntry) -> None:
        """Let a waiting one be tried now instead of at its hour; tries and lane stay as they are."""

    async def edit(self, delivery_id: DeliveryId, message: NewMessage, entry: AuditEntry) -> None:
        """Record a corrected message whose one delivery takes the place of a dead or refused one.

        The original stays as it was received. A dead delivery becomes superseded by this; a refused one stays refused.
        `message.causation_id` names the original, its source id is the delivery's with `EDITED`. Of its delivery only
        the id, the status and the steps are looked at: destination, route and place are the original's.
        """

    async def message_of(self, delivery_id: DeliveryId) -> StoredMessage | None:
        """The message that a delivery carries, sealed until opened."""
