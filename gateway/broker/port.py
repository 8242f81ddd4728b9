"""The broker port: packs of ids per destination, at least once, in no promised order (lanes order, not queues)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.message import DeliveryId


@dataclass(frozen=True, slots=True)
class Pack:
    """Ids of due deliveries of one destination."""

    destination: str
    ids: tuple[DeliveryId, ...]


class Broker(Protocol):
    """Carries packs of ids from the relay to the workers."""

    async def publish(self, destination: str, ids: Sequence[DeliveryId]) -> None:
        """Hand over a pack; returns once the broker has it."""

    def consume(self, destination: str) -> AsyncIterator[Pack]:
        """Packs of one destination as they come, until the broker is closed."""

    async def ack(self, pack: Pack) -> None:
        """The outcome of every id of the pack is committed (or its retry is in the ledger)."""

    def on_ack(self, listener: Callable[[Pack], None]) -> None:
        """Call `listener` after each ack: there is room again."""

    async def close(self) -> None:
        """End all consumers."""
