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
from gateway.ledger.sought.port import HashedTo
from gateway.security.key_file import SealError
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
_UNOPENED_EVERY = timedelta(hours=1)
"""A body that does not open is tried again that often, and at once under another ring."""


class Keeper:
    """Looks until cancelled."""

    def __init__(self, ledger: Ledger, ring: KeyRing, settings: RetentionSettings, every: float = _EVERY) -> None:
        """`every`: seconds between two looks."""
        self._ledger = ledger
        self._ring = ring
        self._settings = settings
        self._every = every
        self._retired_at = datetime.min.replace(tzinfo=UTC)
        self._unopened = 0
        self._left: tuple[datetime, object] | None = None
        """When bodies were last met that do not open, and with which keys."""

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
        """All that is due, in small transactions between which others have their turn.

        What one duty stumbles over is logged, and the next has its turn. Raises `LedgerUnavailable`.
        """
        for duty in (self._rewrap, self._shred, self._remove, self._rehash, self._retire):
            try:
                await duty(now)
            except LedgerUnavailable:
                raise
            except Exception:
                log.exception("keeping.failed", duty=duty.__name__.strip("_"))

    async def _rewrap(self, now: datetime) -> None:
        if len(self._ring.key_ids) < 2 or await self._is_done(now):
            return
        before = await self._unwrapped()
        while await self._ledger.rewrap(_AT_ONCE):
            pass
        if met := await self._unwrapped() - before:
            self._tell_unopened("rewrap", met)

    async def _shred(self, now: datetime) -> None:
        if not self._settings.payload:
            return
        more, gone = True, 0
        while more:
            # What indicators count is taken from a body before it goes.
            counted = (await self._ledger.counting_state()).reached
            count, more = await self._ledger.shred(now - self._settings.payload, _AT_ONCE, up_to=counted)
            gone += count
        if gone:
            log.info("keeping.shredded", size=gone)

    async def _rehash(self, now: datetime) -> None:
        keys = (self._ring.key_ids, self._ring.seeking.prefix)
        if self._left is not None and self._left[1] == keys and now - self._left[0] < _UNOPENED_EVERY:
            return
        self._unopened, reached = 0, HashedTo()
        while next_ := await self._ledger.rehash(self._ring.seeking.prefix, self.hashes, _OPENED_AT_ONCE, reached):
            reached = next_
        self._left = (now, keys) if self._unopened else None
        if self._unopened:
            self._tell_unopened("rehash", self._unopened)

    def _tell_unopened(self, duty: str, size: int) -> None:
        log.error("keeping.unopened", duty=duty, size=size, next="restore keys.json or the ledger from a backup")

    async def _retire(self, now: datetime) -> None:
        if not self._settings.receipts or now - self._retired_at < _RETIRE_EVERY:
            return
        more, gone = True, 0
        while more:
            count, more = await self._ledger.retire(now - self._settings.receipts, _RETIRED_AT_ONCE)
            gone += count
        self._retired_at = now
        if gone:
            log.info("keeping.retired", size=gone)

    async def _remove(self, now: datetime) -> None:
        if not self._settings.metadata:
            return
        more, gone = True, 0
        while more:
            count, more = await self._ledger.remove(now - self._settings.metadata, _REMOVED_AT_ONCE)
            gone += count
        if gone:
            log.info("keeping.removed", size=gone)

    def hashes(self, stored: StoredMessage) -> bytes:
        """What a message is found by, from its body.

        Raises `SealError` for a body that does not open: it is found as it was until somebody restores the ring.
        """
        try:
            document = document_of(stored.open_body(), stored.body_form)
        except SealError:
            self._unopened += 1
            raise
        return sought(self._ring.seeking, stored.type, document)

    async def _unwrapped(self) -> int:
        return sum(one.unopened for one in await self._ledger.rewrappings())

    async def _is_done(self, now: datetime) -> bool:
        newest = {one.key_id: one for one in await self._ledger.rewrappings()}.get(self._ring.current)
        return newest is not None and newest.ended_at is not None and newest.ended_at < now - _STRAGGLERS
