"""Senders that wait for the answer on the same call: woken by the commit that stores it, bounded in number and time.

The answer takes the same way as any other (ledger, lanes, broker); waiting only tells when to look. Where the answer is
stored by another process, news of it come through the ledger; news may get lost, so it is also looked for now and then.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import chain, repeat

from gateway.ledger.port import Ledger, StoredMessage

_LOOKS = (0.25, 0.5, 1.0)
"""Seconds between two looks while no news come."""


class Waiting:
    """Who waits for answers to which messages."""

    def __init__(self, ledger: Ledger, most: int) -> None:
        """`most` callers may wait at once; one more is told at once that there is nothing yet."""
        self._ledger = ledger
        self._most = most
        self._waiting: dict[str, list[asyncio.Future[None]]] = defaultdict(list)
        ledger.on_reply(self._wake)

    async def wait(self, message_id: str, seconds: float) -> StoredMessage | None:
        """The first answer to a message, once there is one; None when none came in time. Raises `LedgerUnavailable`."""
        if len(self._waiting) >= self._most:
            return await self._answer(message_id)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[message_id].append(woken)
        try:
            # Looked for after standing in line: an answer stored in between is found, one stored later wakes.
            if (found := await self._answer(message_id)) is not None:
                return found
            async with asyncio.timeout(seconds):
                return await self._look_until(woken, message_id)
        except TimeoutError:
            return None
        finally:
            self._leave(message_id, woken)

    async def _look_until(self, woken: asyncio.Future[None], message_id: str) -> StoredMessage | None:
        for pause in chain(_LOOKS, repeat(_LOOKS[-1])):
            told, _ = await asyncio.wait([woken], timeout=pause)
            if (found := await self._answer(message_id)) is not None or told:
                return found
        return None

    async def _answer(self, message_id: str) -> StoredMessage | None:
        replies = await self._ledger.replies_of(message_id)
        return replies[0] if replies else None

    def _wake(self, message_id: str) -> None:
        for woken in self._waiting.get(message_id, ()):
            if not woken.done():
                woken.set_result(None)

    def _leave(self, message_id: str, woken: asyncio.Future[None]) -> None:
        line = self._waiting[message_id]
        line.remove(woken)
        if not line:
            del self._waiting[message_id]
