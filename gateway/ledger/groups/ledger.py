"""The ledger's methods about failure groups; counting them is part of settling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.ledger.clock import now as _now
from gateway.ledger.groups import keep
from gateway.ledger.groups.port import FailureGroup, Which
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry


class GroupPart(LedgerPart):
    """Part of `SqlLedger`; see `gateway.ledger.groups.port` for what each method promises."""

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
