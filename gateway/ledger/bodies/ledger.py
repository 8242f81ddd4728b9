"""The ledger's method about content; see `gateway.ledger.bodies.port` for what it promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from gateway.ledger.bodies import read
from gateway.ledger.bodies.port import Content
from gateway.security.seal import KeyRing

R = TypeVar("R")


class BodyPart(ABC):
    """Part of `SqlLedger`."""

    _ring: KeyRing

    @abstractmethod
    async def _read(self, work: Callable[[Connection], R]) -> R: ...

    async def content_of(self, message_id: str) -> Content | None:
        return await self._read(lambda c: read.content_of(c, self._ring, message_id))
