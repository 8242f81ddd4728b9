"""Keys and the time of bodies: data keys come under the key that seals, and bodies go when their time is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from gateway.edge_settings import RetentionSettings
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.security.seal import KeyRing

log = structlog.get_logger(__name__)

_EVERY = 5.0
_AT_ONCE = 500
"""Messages in one transaction: some 20 ms, so that nobody waits for it."""
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
                count, more = await self._ledger.shred(now - self._settings.payload, _AT_ONCE)
                gone += count
            if gone:
                log.info("keeping.shredded", size=gone)

    async def _is_done(self, now: datetime) -> bool:
        newest = {one.key_id: one for one in await self._ledger.rewrappings()}.get(self._ring.current)
        return newest is not None and newest.ended_at is not None and newest.ended_at < now - _STRAGGLERS
