"""Failure groups as they cross the ledger's port."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry

Which = Literal["open", "closed", "all"]
EDITABLE = ("owner", "note", "name_vi", "name_en", "muted_until", "mute_reason")
"""What people write on a group."""


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """One cause of failure. `standing`: state -> how many deliveries stand in it now. Holds no personal data."""

    fingerprint: str
    destination: str
    operation: str
    error_class: str
    error_code: str
    error_field: str | None
    vi: str
    en: str
    first_seen_at: datetime
    last_seen_at: datetime
    occurrences: int
    """Failed attempts; one delivery may fail often."""
    times_opened: int
    opened_at: datetime | None
    closed_at: datetime | None
    owner: str | None
    note: str | None
    name_vi: str | None
    name_en: str | None
    muted_until: datetime | None
    mute_reason: str | None
    standing: Mapping[str, int]

    @property
    def is_open(self) -> bool:
        """Something may stand in it: opened, and not closed since."""
        return self.opened_at is not None and self.closed_at is None


def fingerprint_of(destination: str, operation: str, kind: str | None, code: str, field: str | None) -> str:
    """The same cause has the same fingerprint in every installation."""
    cause = "\x1f".join((destination, operation, kind or "", code, field or ""))
    return hashlib.sha256(cause.encode()).hexdigest()[:16]


class GroupLedger(Protocol):
    """What the ledger knows of failure groups. Counting them is part of settling; see `gateway.ledger.settle`."""

    async def failure_groups(self, which: Which = "open") -> Sequence[FailureGroup]:
        """Groups with what stands in them, the fullest first; at most 500."""

    async def failure_group(self, fingerprint: str) -> FailureGroup | None:
        """One group."""

    async def change_group(self, fingerprint: str, changes: Mapping[str, Any], entry: AuditEntry) -> FailureGroup:
        """Write what a person says of a group (members of `EDITABLE`), with its audit row. Raises `NotFoundError`."""

    async def close_empty_groups(self, quiet: timedelta) -> Sequence[str]:
        """Close the groups in which nothing has stood for so long; the fingerprints of those just closed.

        A failure in the same moment wins: its group is open afterwards, or opened again.
        """

    async def group_changes(self, since: datetime) -> Sequence[FailureGroup]:
        """Groups opened or closed at or after a moment, oldest change first: what an alert is about.

        A group that did both shows both moments. Ask with some overlap, and tell each (fingerprint, moment) once.
        """
