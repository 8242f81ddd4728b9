"""What the ledger promises about people who sign in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from gateway.message import PersonRole

if TYPE_CHECKING:
    from gateway.ledger.port import AuditEntry


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    name: str
    role: PersonRole
    password: str | None = field(default=None, repr=False)
    """An argon2id hash; None for who signs in elsewhere only."""
    must_change: bool = False
    """The password was given by somebody else: nothing but choosing another is possible with it."""
    disabled: bool = False
    failures: int = 0
    """Wrong passwords since the last right one."""
    locked_until: datetime | None = None
    subject: str | None = None
    """Issuer and subject of a sign-in elsewhere."""
    created_at: datetime | None = None
    signed_in_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    digest: bytes = field(repr=False)
    name: str
    role: PersonRole
    must_change: bool
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to be different about a user; None: stays as it is."""

    role: PersonRole | None = None
    disabled: bool | None = None
    password: str | None = field(default=None, repr=False)
    must_change: bool = False
    """Of a new password."""


class UsersLedger(Protocol):
    """Each call is one transaction; what a person does writes its audit row in it, refused or not."""

    async def add_user(self, user: User, entry: AuditEntry) -> None:
        """Raises `StateError` where the name is taken, also by a sender, or the subject is."""

    async def users(self) -> list[User]:
        """Everybody, by name."""

    async def user(self, name: str) -> User | None: ...

    async def user_of_subject(self, subject: str) -> User | None: ...

    async def change_user(self, name: str, change: UserChange, entry: AuditEntry) -> User:
        """The user as it is now. Their sessions end, and after a new password nothing is locked.

        Raises `NotFoundError`, and `StateError` where no administrator who can sign in would be left.
        """

    async def note_wrong_password(self, name: str, delays: Sequence[timedelta]) -> timedelta | None:
        """Count it; for how long the name is locked now, None for a name nobody has.

        `delays`: the locks after the first, second, third… wrong one in a row; the last goes on.
        """

    async def open_session(
        self, digest: bytes, name: str, ends_at: datetime, entry: AuditEntry, proof: str | None = None
    ) -> None:
        """Somebody proved who they are: the count of wrong passwords begins anew. Sessions that have ended go.

        `proof`: the hash that their password was found to fit. Raises `NotFoundError` for somebody who is disabled or
        gone, and, with a `proof`, who has another password by now or whose name is locked.
        """

    async def session(self, digest: bytes) -> Session | None:
        """None where there is none, it has ended, or its user is disabled. One keyed read."""

    async def touch_session(self, digest: bytes) -> None:
        """It was used now."""

    async def end_session(self, digest: bytes, entry: AuditEntry | None = None) -> None:
        """Nothing happens where there is none."""

    async def end_sessions(self, name: str, entry: AuditEntry) -> int:
        """How many there were. Raises `NotFoundError`."""
