"""The ledger's methods about failure groups; counting them is part of settling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from gateway.ledger.clock import now as _now
from gateway.ledger.groups import keep
from gateway.ledger.groups.port import FailureGroup, Which
from gateway.ledger.port import AuditEntry, Pending

R = TypeVar("R")


class GroupLedgerPart(ABC):
    """Part of `SqlLedger`; see `gateway.ledger.groups.port` for what each method promises."""

    @abstractmethod
    async def _write(self, work: Callable[[Connection, list[Pending]], R], *, brief: bool = False) -> R: ...

    @abstractmethod
    async def _report(self, work: Callable[[Connection], R]) -> R: ...

    @abstractmethod
    async def _operate(self, entry: AuditEntry, work: Callable[[Connection, list[Pending]], R]) -> R: ...

    async def failure_groups(self, which: Which = "open") -> Sequence[FailureGroup]:
        return await self._report(lambda c: keep.groups(c, which))

    async def failure_group(self, fingerprint: str) -> FailureGroup | None:
        return await self._report(lambda c: keep.group(c, fingerprint))

    async def change_group(self, fingerprint: str, changes: Mapping[str, Any], entry: AuditEntry) -> FailureGroup:
        return await self._operate(entry, lambda c, _: keep.change(c, fingerprint, changes, entry, _now()))

    async def close_empty_groups(self, quiet: timedelta) -> Sequence[str]:
        return await self._write(lambda c, _: keep.close_empty(c, quiet, _now()))

    async def group_changes(self, since: datetime) -> Sequence[FailureGroup]:
        return await self._report(lambda c: keep.changes(c, since))
