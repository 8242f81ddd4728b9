"""What the ledger promises about clients and their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry


class NewClient(NamedTuple):
    """A client as people add it. `rate`: messages a second, 0 for no cap; `burst`: how many at once."""

    name: str
    sources: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rate: float = 0.0
    burst: int = 0
    amqp_user: str = ""


class NewKey(NamedTuple):
    """A key to be kept by its digest. `id`: how it begins, or another word by which people may name it."""

    id: str
    digest: str


Configured = Sequence[NewKey] | None
"""The keys that the configuration has of a client; None for one that is not in it."""


class StoredClient(NamedTuple):
    """A client of the ledger; a revoked one stays in the list."""

    client: NewClient
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


class StoredKey(NamedTuple):
    """A key of any client. In force while it is neither revoked nor past its end."""

    id: str
    digest: str
    client: str
    created_at: datetime
    created_by: str
    ends_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None

    def in_force(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


class Clients(NamedTuple):
    """All clients of the ledger and all keys, as of `version`."""

    version: int
    clients: Sequence[StoredClient]
    keys: Sequence[StoredKey]


class ClientLedger(Protocol):
    """Every change is one transaction with its audit row, and moves the version on. A refused one is audited too."""

    async def clients(self, unless: int | None = None) -> Clients | None:
        """Everything; None while the version is still `unless`, which costs one row."""

    async def add_client(self, client: NewClient, key: NewKey, entry: AuditEntry) -> None:
        """A client with its first key. A revoked one of this name comes back; its old keys do not.

        Raises `StateError` when one of this name is in force, or it is the name of a user.
        """

    async def rotate_key(
        self, client: str, key: NewKey, old_ends: datetime, entry: AuditEntry, configured: Configured = None
    ) -> Sequence[str]:
        """Another key for a client; those in force so far end at `old_ends`, unless they end sooner. Their ids.

        A client of the configuration that was revoked comes back with it, without its old keys. Raises `NotFoundError`
        when no other client of this name is in force.
        """

    async def revoke_key(self, client: str, key_id: str, entry: AuditEntry, configured: Configured = None) -> None:
        """One key counts no more. Raises `NotFoundError` when the client has none of this id in force."""

    async def revoke_client(self, client: str, entry: AuditEntry, configured: Configured = None) -> Sequence[str]:
        """It may send no more, whatever it shows; the ids of its keys. Raises `NotFoundError` when it could not before.

        Of a client of the configuration a row says so from then on.
        """

    async def note_key_uses(self, uses: Mapping[str, datetime]) -> None:
        """Digest -> about when it was used; does not move the version on."""
