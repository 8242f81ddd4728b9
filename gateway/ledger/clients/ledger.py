"""The ledger's methods about clients; see `gateway.ledger.clients.port` for what each promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.ledger.clients import keep
from gateway.ledger.clients.port import Clients, Configured, NewClient, NewKey
from gateway.ledger.clock import now as _now
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry


class ClientPart(LedgerPart):
    """Part of `SqlLedger`."""

    async def clients(self, unless: int | None = None) -> Clients | None:
        return await self._read(lambda c: keep.read(c, unless))

    async def add_client(self, client: NewClient, key: NewKey, entry: AuditEntry) -> None:
        await self._operate(entry, lambda c, _: keep.add(c, client, key, entry, _now()))

    async def rotate_key(
        self, client: str, key: NewKey, old_ends: datetime, entry: AuditEntry, configured: Configured = None
    ) -> Sequence[str]:
        return await self._operate(entry, lambda c, _: keep.rotate(c, client, key, old_ends, entry, configured, _now()))

    async def revoke_key(self, client: str, key_id: str, entry: AuditEntry, configured: Configured = None) -> None:
        await self._operate(entry, lambda c, _: keep.revoke_key(c, client, key_id, entry, configured, _now()))

    async def revoke_client(self, client: str, entry: AuditEntry, configured: Configured = None) -> Sequence[str]:
        return await self._operate(entry, lambda c, _: keep.revoke(c, client, entry, configured, _now()))

    async def note_key_uses(self, uses: Mapping[str, datetime]) -> None:
        if uses:
            await self._write(lambda c, _: keep.note_uses(c, uses))
