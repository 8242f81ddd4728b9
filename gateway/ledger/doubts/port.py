"""Questions about uncertain deliveries, and a person's word, as they cross the ledger's port."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry, Settlement, Unproven
    from gateway.message import DeliveryId


@dataclass(frozen=True, slots=True)
class Asked:
    """The system was asked about an uncertain delivery, and its word proved nothing."""

    delivery_id: str
    fence: int
    """The attempt it is about."""
    times: int
    at: datetime | None
    """None: it cannot be asked at all."""
    answer: str
    """A code, never a text of the system."""
    next_at: datetime | None
    """When it is asked again; None: a person decides."""


class DoubtLedger(Protocol):
    """What the ledger knows of doubts."""

    async def uncertain(self, delivery_id: DeliveryId) -> Unproven | None:
        """One delivery in state `uncertain`, also one that is left to a person; None where it is none."""

    async def note_asked(self, asked: Asked) -> None:
        """Remember a question that proved nothing; a restart goes on from there. Nothing happens if it is settled."""

    async def decide(self, settlement: Settlement, entry: AuditEntry) -> None:
        """Settle an uncertain delivery by a person's word, with its audit row.

        Proof and person cannot both settle: whoever comes second finds it settled. Raises `NotFoundError`, and
        `StateError` when the delivery is not uncertain (any more) at that attempt.
        """
