"""A ledger whose new messages are told to a tap, after the commit that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from gateway.ledger.port import AuditEntry, Ledger, NewMessage, Recorded, Settlement
from gateway.message import DeliveryId
from gateway.telemetry.lifecycle import Happening, Tap


class _Tapped:
    def __init__(self, ledger: Ledger, tap: Tap) -> None:
        self._ledger = ledger
        self._tap = tap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def accept(self, messages: Sequence[NewMessage]) -> list[Recorded]:
        recorded = await self._ledger.accept(messages)
        self._tell(message for message, one in zip(messages, recorded, strict=True) if not one.duplicate)
        return recorded

    async def settle(self, settlement: Settlement) -> bool:
        settled = await self._ledger.settle(settlement)
        if settled:
            self._tell(settlement.replies)
        return settled

    async def resolve(self, settlement: Settlement) -> bool:
        resolved = await self._ledger.resolve(settlement)
        if resolved:
            self._tell(settlement.replies)
        return resolved

    async def edit(self, delivery_id: DeliveryId, message: NewMessage, entry: AuditEntry) -> None:
        await self._ledger.edit(delivery_id, message, entry)
        self._tell([message])

    def _tell(self, messages: Iterable[NewMessage]) -> None:
        for one in messages:
            self._tap.hear(Happening("message", "accepted", one.id, one.type, one.subject))


def tapped(ledger: Ledger, tap: Tap) -> Ledger:
    """The same ledger; the tap hears of every message that it stores."""
    return cast("Ledger", _Tapped(ledger, tap))
