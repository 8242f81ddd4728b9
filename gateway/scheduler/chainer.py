"""Chains what was recorded into the log and signs it, within a second (P5); one process at a time by its lease."""

from __future__ import annotations

import asyncio

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Ledger
from gateway.security.notes import Signer

log = structlog.get_logger(__name__)

_EVERY = 0.5
"""Seconds between two looks: what is recorded just after one is chained within a second all the same."""
_AT_ONCE = 2000
"""Entries in one transaction: some 40 ms of work."""


class Chainer:
    """Appends until cancelled. Two of them for a moment (a lease that was lost unnoticed) wait for each other."""

    def __init__(self, ledger: Ledger, signer: Signer, every: float = _EVERY) -> None:
        """`every`: seconds between two looks."""
        self._ledger = ledger
        self._signer = signer
        self._every = every

    async def run(self) -> None:
        """A look now and then; one that fails is made again."""
        while True:
            try:
                while await self._ledger.chain(self._signer, _AT_ONCE) == _AT_ONCE:
                    pass
            except LedgerUnavailable as exc:
                log.warning("chain.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("chain.failed")
            await asyncio.sleep(self._every)
