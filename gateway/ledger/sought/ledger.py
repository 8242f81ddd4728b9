"""The ledger's methods about finding people's messages; see `gateway.ledger.sought.port` for what each promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection

from gateway.ledger.port import Pending, StoredMessage
from gateway.ledger.sought import work
from gateway.security.seal import KeyRing

R = TypeVar("R")


class SoughtPart(ABC):
    """Part of `SqlLedger`."""

    _ring: KeyRing

    @abstractmethod
    async def _write(self, work: Callable[[Connection, list[Pending]], R], *, brief: bool = False) -> R: ...

    @abstractmethod
    async def _report(self, work: Callable[[Connection], R]) -> R: ...

    async def messages_about(self, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: work.messages_about(c, hashes, cursor, limit))

    async def who_saw(self, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: work.who_saw(c, hashes, cursor, limit))

    async def rehash(self, prefix: bytes, hashes_of: Callable[[StoredMessage], bytes], limit: int) -> bool:
        return await self._write(lambda c, _: work.rehash(c, self._ring, prefix, hashes_of, limit))
