"""What every area's share of `SqlLedger` stands on: the ways to a transaction, and the keys."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from gateway.ledger.port import AuditEntry, Pending
from gateway.security.seal import KeyRing

R = TypeVar("R")


class LedgerPart(ABC):
    """One area's methods; `SqlLedger` is all of them together. Each promises what the area's port says."""

    _ring: KeyRing

    @abstractmethod
    async def _write(self, work: Callable[[Connection, list[Pending]], R], *, brief: bool = False) -> R:
        """One writing transaction; after its commit the listeners hear what became pending."""

    @abstractmethod
    async def _operate(self, entry: AuditEntry, work: Callable[[Connection, list[Pending]], R]) -> R:
        """A transaction of a person's, with its audit row; what fails is audited too."""

    @abstractmethod
    async def _read(self, work: Callable[[Connection], R]) -> R:
        """A short read."""

    @abstractmethod
    async def _report(self, work: Callable[[Connection], R], *, whole: bool = False) -> R:
        """A read that may be long: one at a time, so that whoever looks at lists never takes the workers' readers.

        `whole`: all of its statements see one moment, whatever others commit between them.
        """
