"""The ledger's methods about finding people's messages; see `gateway.ledger.sought.port` for what each promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.ledger.part import LedgerPart
from gateway.ledger.port import StoredMessage
from gateway.ledger.sought import work
from gateway.ledger.sought.port import HashedTo


class SoughtPart(LedgerPart):
    """Part of `SqlLedger`."""

    async def messages_about(self, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: work.messages_about(c, hashes, cursor, limit))

    async def who_saw(self, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: work.who_saw(c, hashes, cursor, limit))

    async def rehash(
        self, prefix: bytes, hashes_of: Callable[[StoredMessage], bytes], limit: int, after: HashedTo | None = None
    ) -> HashedTo | None:
        start = after or HashedTo()
        return await self._write(lambda c, _: work.rehash(c, self._ring, prefix, hashes_of, limit, start))
