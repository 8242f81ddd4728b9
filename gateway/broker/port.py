"""The broker port: packs of ids per destination and partition, at least once, in no promised order.

Lanes order, not queues; claims make repeats harmless; the ledger publishes again whatever a broker lost.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.message import DeliveryId


@dataclass(frozen=True, slots=True)
class Pack:
    """Ids of due deliveries of one destination and partition."""

    destination: str
    ids: tuple[DeliveryId, ...]
    partition: int = 0
    token: object = field(default=None, compare=False, repr=False)
    """The broker's own note by which it knows what is acknowledged."""


class Broker(Protocol):
    """Carries packs of ids from whoever committed them to the workers."""

    async def publish(self, destination: str, ids: Sequence[DeliveryId], partition: int = 0) -> None:
        """Hand over a pack; returns once the broker has it. Raises `BrokerUnavailable` within a few seconds.

        After that error the pack may have arrived all the same: publishing it again does no harm.
        """

    async def waiting(self, destination: str, partition: int = 0) -> int:
        """Packs published and not yet taken by a consumer. Raises `BrokerUnavailable`."""

    async def dead_letters(self) -> int:
        """Packs that were handed out so often that the broker gave them up; an alarm, as nothing should do that.

        What they were to carry is still in the ledger. Raises `BrokerUnavailable`.
        """

    def consume(self, destination: str, partition: int = 0) -> AsyncGenerator[Pack, None]:
        """Packs as they come, until the broker is closed; goes on by itself after a lost connection.

        What is not acknowledged when the connection is lost, or when the iteration is left, comes again. Of several
        consumers of one queue one gets everything, until it goes away.
        """

    async def ack(self, pack: Pack) -> None:
        """The outcome of every id of the pack is committed (or its retry is in the ledger).

        Harmless when the connection it came by is gone: the pack comes once more.
        """

    def on_ack(self, listener: Callable[[Pack], None]) -> None:
        """Call `listener` after each ack: there is room again."""

    async def ready(self) -> str | None:
        """None when it can carry now, else what is wrong, in words for an operator."""

    async def close(self) -> None:
        """Take nothing more and end all consumers; publishing, and acknowledging what is in hand, goes on working."""

    async def drop(self) -> None:
        """Let go of everything: what is not acknowledged now comes again, to whoever consumes next."""
