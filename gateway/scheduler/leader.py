"""One of several processes does what is done by the clock: the one that holds the lease.

The lease runs by the ledger's clock. Whoever cannot renew it stops; one that was frozen past its end may go on for the
moment it takes to notice, so everything done under it must bear being done twice (fenced, or the same id).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger

log = structlog.get_logger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


class Leader:
    """Does the work while it holds the lease, until cancelled; then gives the lease back."""

    def __init__(self, ledger: Ledger, name: str, holder: str, work: Work, seconds: float = 9.0) -> None:
        """`holder` names this process; `seconds` is how long the lease outlives its last renewal."""
        self._ledger = ledger
        self._name = name
        self._holder = holder
        self._work = work
        self._seconds = seconds

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                until = loop.time() + self._seconds
                if await self._hold(until):
                    await self._lead(until)
                await asyncio.sleep(self._seconds / 3)
        finally:
            with suppress(LedgerUnavailable, TimeoutError):
                async with asyncio.timeout(self._seconds):  # by then it has ended by itself
                    await self._ledger.release_lease(self._name, self._holder)

    async def _lead(self, holds_until: float) -> None:
        """Work and renew; back when the lease is lost."""
        log.info("leader.took_over", role=self._name)
        loop = asyncio.get_running_loop()
        working = asyncio.create_task(self._work(), name=f"leader:{self._name}")
        try:
            while loop.time() < holds_until:
                await asyncio.wait([working], timeout=self._seconds / 3)
                if working.done():
                    working.result()  # it never ends by itself: let whoever runs us hear why it did
                    return
                asked = loop.time()
                if await self._hold(holds_until):
                    holds_until = asked + self._seconds
            log.warning("leader.lost", role=self._name)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _hold(self, until: float) -> bool:
        """Whether the ledger says, before `until` by the loop's clock, that the lease is ours."""
        try:
            async with asyncio.timeout_at(until):
                return await self._ledger.hold_lease(self._name, self._holder, self._seconds)
        except (LedgerUnavailable, TimeoutError) as exc:
            log.warning("leader.ledger_unavailable", error=str(exc) or "no answer")
            return False
