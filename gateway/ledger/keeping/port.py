"""What the ledger promises about keys and shredding."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol


class Rewrapping(NamedTuple):
    """How far the messages have come under the key that seals. `ended_at` None: not all yet."""

    key_id: str
    begun_at: datetime
    wrapped: int
    ended_at: datetime | None
    unopened: int
    """Messages that were left as they were: their data key does not come out of what it was wrapped with."""


class KeepingLedger(Protocol):
    """Each call is a transaction of its own over a bounded number of rows; killed at any moment, the next goes on."""

    async def rewrap(self, limit: int) -> bool:
        """Wrap data keys of the next `limit` messages with the ring's current key; False when none is left.

        Only those that an older key wrapped: a process that has not heard of a newer one takes nothing back.
        Bodies stay as they are. One whose data key does not open is passed over and counted; it is met again at the
        next rotation. A message that another process sealed with the old key meanwhile is met in a second look: what
        was recorded up to the end of the first is done when this says False.
        """

    async def rewrappings(self) -> list[Rewrapping]:
        """Every key that began to seal since rotations are known, newest first."""

    async def key_is_needed(self, key_id: str) -> bool:
        """Whether anything opens with this key alone, or is found by it where it is a search key.

        Looks through everything: for a rare question.
        """

    async def shred(self, before: datetime, limit: int, *, up_to: int | None = None) -> tuple[int, bool]:
        """Throw away the bodies of messages accepted before a moment that have ended; how many, and are there more.

        `up_to`: the number of the last message whose body nobody needs any more; None is all of them.

        What is open or dead keeps its body until it has ended. Data key and body go, and with the key the answers that
        were sealed under it; digests, receipts and everything that lists show stay.
        """

    async def remove(self, before: datetime, limit: int) -> tuple[int, bool]:
        """Remove the rows of shredded messages accepted before a moment; how many messages, and are there more.

        With a message go its deliveries, attempts, checkpoints and doubts; what the balance sheet counted of them is
        kept as numbers in the same transaction. It stays while a delivery of it is open or dead, it owes something
        else than it has, its payment is open, a replay has it on its list, or the indicators wait for its outcome; so
        does the newest message, whose number must not be given again. Lanes, payments, receipts and the audit stay.
        """
