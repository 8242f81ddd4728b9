"""Views of lists: anybody keeps their own, operators keep those that everybody sees; each change is audited."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from gateway.errors import StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.saved.port import EVERYBODYS, SavedView

LONGEST_NAME = 60
_LONGEST_QUERY = 2_000


class SavedViewOperations:
    """What people do about their views. The audit has the name, never what is filtered by."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def seen_by(self, who: str, kind: str) -> Sequence[SavedView]:
        """Theirs and everybody's of a list, by name."""
        return await self._ledger.saved_views(who, kind)

    async def save(self, who: str, kind: str, name: str, query: str, *, shared: bool) -> None:
        """Keep filters under a name, in the place of what had it. Raises `StateError`."""
        told = " ".join(unicodedata.normalize("NFC", name).split())
        if not 0 < len(told) <= LONGEST_NAME or not told.isprintable() or len(query) > _LONGEST_QUERY:
            raise StateError(
                f"Cần tên, 1 đến {LONGEST_NAME} ký tự. / A name is needed, 1 to {LONGEST_NAME} characters."
            )
        owner = EVERYBODYS if shared else who
        entry = AuditEntry(who, "view.save", told, "", details={"list": kind, "shared": shared})
        await self._ledger.save_view(SavedView(owner, kind, told, query), entry)

    async def drop(self, who: str, kind: str, name: str, *, shared: bool) -> None:
        """Raises `NotFoundError`."""
        entry = AuditEntry(who, "view.drop", name, "", details={"list": kind, "shared": shared})
        await self._ledger.drop_view(EVERYBODYS if shared else who, kind, name, entry)
