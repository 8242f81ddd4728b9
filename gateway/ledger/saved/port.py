"""What the ledger promises about views of lists that people saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry

EVERYBODYS = ""
"""The owner of what is shared."""
MOST_VIEWS = 50
"""Of one owner and one list: what a page shows beside it, whole."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """Filters under a name."""

    owner: str
    """A user's name, or `EVERYBODYS`."""
    kind: str
    """Which list."""
    name: str
    query: str
    """As it stands in an address."""


class SavedViews(Protocol):
    """Views by owner, list and name."""

    async def saved_views(self, who: str, kind: str) -> Sequence[SavedView]:
        """Somebody's own and everybody's of a list, by name."""

    async def save_view(self, view: SavedView, entry: AuditEntry) -> None:
        """Keep it, in the place of one of the same owner and name. Raises `StateError` beyond `MOST_VIEWS`."""

    async def drop_view(self, owner: str, kind: str, name: str, entry: AuditEntry) -> None:
        """Raises `NotFoundError` where there is none."""
