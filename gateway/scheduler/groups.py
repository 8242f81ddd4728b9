"""Closing failure groups by the clock: once nothing has stood in one for a while, it is over.

Follows from the ledger's rows alone, so a process killed at any moment, or two at once, do no harm.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger

log = structlog.get_logger(__name__)

_EVERY = 10.0
QUIET = timedelta(minutes=1)
"""So long nothing must have stood in a group: a replay that fails at once is no news."""


class GroupKeeper:
    """Closes groups until cancelled."""

    def __init__(self, ledger: Ledger, every: float = _EVERY, quiet: timedelta = QUIET) -> None:
        """`every`: seconds between two looks."""
        self._ledger = ledger
        self._every = every
        self._quiet = quiet

    async def run(self) -> None:
        """A look now and then; one that fails is made again."""
        while True:
            try:
                await self.look()
            except LedgerUnavailable as exc:
                log.warning("groups.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("groups.failed")
            await asyncio.sleep(self._every)

    async def look(self) -> int:
        """Close what is over; how many."""
        closed = await self._ledger.close_empty_groups(self._quiet)
        if closed:
            log.info("groups.closed", count=len(closed))
        return len(closed)
