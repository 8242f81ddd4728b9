"""The key ring: what it holds, rotating it without anybody waiting, and letting go of a key nothing needs any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from gateway.errors import GatewayError, StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.security.key_file import add_key, drop_key, rotate_key, rotate_search_key, use_key
from gateway.security.seal import KeyRing

R = TypeVar("R")


class KeyOperations:
    """Operations on the ring file of this installation. Every one is audited, also when it is refused."""

    def __init__(self, ledger: Ledger, ring: KeyRing) -> None:
        self._ledger = ledger
        self._ring = ring

    async def keys(self) -> list[dict[str, Any]]:
        """Every key, the one that seals first: how many data keys were brought under it, and whether all were.

        `unopened`: those that could not be, because they do not open; an older key stays needed for their sake.

        Behind them the search keys, the one in use first.
        """
        self._ring.follow()
        told = {one.key_id: one for one in await self._ledger.rewrappings()}
        ended = {key_id: one.ended_at.isoformat() for key_id, one in told.items() if one.ended_at is not None}
        ids = sorted(self._ring.key_ids, key=lambda one: one != self._ring.current)
        sealing = [
            {
                "id": key_id,
                "seals": key_id == self._ring.current,
                "searches": False,
                "wrapped": told[key_id].wrapped if key_id in told else 0,
                "unopened": told[key_id].unopened if key_id in told else 0,
                "ended_at": ended.get(key_id),
            }
            for key_id in ids
        ]
        seeking = self._ring.seeking
        none: dict[str, Any] = {"wrapped": 0, "unopened": 0, "ended_at": None}
        searching: list[dict[str, Any]] = [
            {"id": key_id, "seals": False, "searches": key_id == seeking.current, **none}
            for key_id in reversed(seeking.ids)
        ]
        return sealing + searching

    async def rotate(self, actor: str, reason: str) -> dict[str, Any]:
        """A new key seals from now on; old ones go on opening while data keys are wrapped anew in the background."""
        return await self._audited(AuditEntry(actor, "keys.rotate", "keys", reason), partial(rotate_key, self._path()))

    async def rotate_search(self, actor: str, reason: str) -> dict[str, Any]:
        """A new search key makes hashes from now on; what is recorded is hashed anew in the background.

        The old one stays until nothing is found by it alone: an audit entry about somebody keeps its hash until the
        entry itself is retired (`retention.receipts`), or for ever where receipts have no time.
        """
        entry = AuditEntry(actor, "keys.rotate_search", "keys", reason)
        return await self._audited(entry, partial(rotate_search_key, self._path()))

    async def add(self, actor: str, reason: str) -> dict[str, Any]:
        """A new key that does not seal yet: the file is copied to the other machines before it does."""
        return await self._audited(AuditEntry(actor, "keys.add", "keys", reason), partial(add_key, self._path()))

    async def use(self, key_id: str, actor: str, reason: str) -> dict[str, Any]:
        """Let a key seal. Raises `UnknownKeyError`, `SealError`."""

        def work() -> str:
            use_key(self._path(), key_id)
            return key_id

        return await self._audited(AuditEntry(actor, "keys.use", key_id, reason), work)

    async def drop(self, key_id: str, actor: str, reason: str) -> dict[str, Any]:
        """Forget a key that nothing needs. Raises `StateError` while something does, and `SealError`."""

        def work() -> str:
            drop_key(self._path(), key_id)
            return key_id

        async def refuse_needed() -> None:
            if await self._ledger.key_is_needed(key_id):
                raise StateError(
                    f"Còn nội dung chỉ khóa {key_id} mở được, hoặc dòng kiểm toán chỉ tìm được bằng nó; hãy chờ `keys "
                    f"list` báo đã bọc lại xong. / Something opens with {key_id} alone, or an audit entry is found by "
                    f"it; wait until `keys list` says that all is under the new key."
                )

        return await self._audited(AuditEntry(actor, "keys.drop", key_id, reason), work, refuse_needed)

    async def _audited(
        self, entry: AuditEntry, work: Callable[[], str], first: Callable[[], Awaitable[None]] | None = None
    ) -> dict[str, Any]:
        ok = False
        try:
            if first is not None:
                await first()
            key_id = await asyncio.to_thread(work)
            ok = True
        finally:
            told = {"key": key_id} if ok else {}
            await self._ledger.record_audit(
                AuditEntry(entry.actor, entry.action, entry.target, entry.reason, ok=ok, details=told)
            )
        self._ring.follow()
        in_use = {"seals": key_id == self._ring.current, "searches": key_id == self._ring.seeking.current}
        return {"id": key_id, **in_use}

    def _path(self) -> Path:
        if self._ring.origin is None:
            raise NoFileError
        return self._ring.origin


class NoFileError(GatewayError):
    """The ring of this process has no file."""

    def __str__(self) -> str:
        return "Vòng khóa này không nằm trong tệp. / This key ring has no file."
