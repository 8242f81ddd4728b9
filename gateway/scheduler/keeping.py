"""Keys and time: data keys and hashes come under the keys in use; bodies, later rows, go when their time is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from gateway.acceptance.canonical import document_of
from gateway.acceptance.people import sought
from gateway.edge_settings import RetentionSettings
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger, StoredMessage
from gateway.security.seal import KeyRing

log = structlog.get_logger(__name__)

_EVERY = 5.0
_AT_ONCE = 500
"""Messages in one transaction: some 20 ms, so that nobody waits for it."""
_OPENED_AT_ONCE = 100
"""The same, where each body is opened and read."""
_REMOVED_AT_ONCE = 200
"""The same, where all rows of each go."""
_RETIRED_AT_ONCE = 500
"""The same, where texts of the log go."""
_RETIRE_EVERY = timedelta(minutes=10)
"""What may go changes by the day; what waits for a delivery to be removed is looked at again with it."""
_STRAGGLERS = timedelta(minutes=1)
"""A process that had not heard of a rotation yet may have used the old key for a moment: so long the look goes on."""


class Keeper:
    """Looks until cancelled."""

    def __init__(self, ledger: Ledger, ring: KeyRing, settings: RetentionSettings, every: float = _EVERY) -> None:
        """`every`: seconds between two looks."""
        self._ledger = ledger
        self._ring = ring
        self._settings = settings
        self._every = every
        self._retired_at = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """A look now and then; one that fails is made again."""
        while True:
            try:
                await self.look(datetime.now(UTC))
            except LedgerUnavailable as exc:
                log.warning("keeping.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("keeping.failed")
            await asyncio.sleep(self._every)

    async def look(self, now: datetime) -> None:
        """All that is due, in small transactions between which others have their turn."""
        if len(self._ring.key_ids) > 1 and not await self._is_done(now):
            more = True
            while more:
                more = await self._ledger.rewrap(_AT_ONCE)
        if self._settings.payload:
            more, gone = True, 0
            while more:
                # What indicators count is taken from a body before it goes.
                counted = (await self._ledger.counting_state()).reached
                count, more = await self._ledger.shred(now - self._settings.payload, _AT_ONCE, up_to=counted)
                gone += count
            if gone:
                log.info("keeping.shredded", size=gone)
        if self._settings.metadata:
            await self._remove(now - self._settings.metadata)
        while await self._ledger.rehash(self._ring.seeking.prefix, self.hashes, _OPENED_AT_ONCE):
            pass
        if self._settings.receipts and now - self._retired_at >= _RETIRE_EVERY:
            await self._retire(now - self._settings.receipts)
            self._retired_at = now

    async def _retire(self, before: datetime) -> None:
        more, gone = True, 0
        while more:
            count, more = await self._ledger.retire(before, _RETIRED_AT_ONCE)
            gone += count
        if gone:
            log.info("keeping.retired", size=gone)

    async def _remove(self, before: datetime) -> None:
        more, gone = True, 0
        while more:
            count, more = await self._ledger.remove(before, _REMOVED_AT_ONCE)
            gone += count
        if gone:
            log.info("keeping.removed", size=gone)

    def hashes(self, stored: StoredMessage) -> bytes:
        """What a message is found by, from its body.

        Raises `SealError` for a body that does not open: it is found as it was until somebody restores the ring.
        """
        document = document_of(stored.open_body(), stored.body_form)
        return sought(self._ring.seeking, stored.type, document)

    async def _is_done(self, now: datetime) -> bool:
        newest = {one.key_id: one for one in await self._ledger.rewrappings()}.get(self._ring.current)
        return newest is not None and newest.ended_at is not None and newest.ended_at < now - _STRAGGLERS
