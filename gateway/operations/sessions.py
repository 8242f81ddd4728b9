"""Signing in and out: what a browser holds, for how long it counts, and what wrong passwords lead to.

A session is 256 random bits in the browser and their SHA-256 in the ledger: who reads the ledger cannot use them. It
is a new one at every sign-in, and all of somebody's end when their role, password or right to sign in changes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from gateway.access_settings import ConsoleSettings
from gateway.errors import GatewayError, NotFoundError
from gateway.ledger.port import AuditEntry
from gateway.ledger.users.port import Session, User
from gateway.security.passwords import Passwords

TOUCH_EVERY = timedelta(seconds=60)
"""How exactly the last use of a session is known."""
MOST_REMEMBERED = 10_000
"""Names nobody has, and addresses, whose wrong passwords are remembered; the oldest are forgotten first."""


NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_LONGEST_NAME = 64


class SignInRefusedError(GatewayError):
    """Name and password do not fit; callers are not told which, nor whether somebody has this name."""

    def __init__(self, name: str | None) -> None:
        super().__init__("sign-in refused")
        self.name = name
        """Whose name it was, for the audit; None where nobody has it."""


class SignInLockedError(GatewayError):
    """Too many wrong passwords; nothing is compared for `seconds`."""

    def __init__(self, seconds: int, name: str | None) -> None:
        super().__init__("sign-in locked")
        self.seconds = seconds
        self.name = name
        """Whose name it was, for the audit; None where nobody has it, and for an address."""


class Accounts(Protocol):
    """What this asks of the ledger."""

    async def user(self, name: str) -> User | None: ...

    async def note_wrong_password(self, name: str, delays: Sequence[timedelta]) -> timedelta | None: ...

    async def open_session(
        self, digest: bytes, name: str, ends_at: datetime, entry: AuditEntry, proof: str | None = None
    ) -> None: ...

    async def session(self, digest: bytes) -> Session | None: ...

    async def touch_session(self, digest: bytes) -> None: ...

    async def end_session(self, digest: bytes, entry: AuditEntry | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """What a browser holds from now on: the cookie's value."""

    name: str
    secret: str = field(repr=False)
    must_change: bool
    ends_at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Sessions:
    """Opens, finds and ends them. One per process: it remembers the addresses that guess."""

    def __init__(self, ledger: Accounts, settings: ConsoleSettings, clock: Callable[[], datetime] = _now) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._passwords = Passwords()
        lockout = settings.lockout
        self._delays = lockout.delays(lockout.free)
        self._addresses = _Guesses(lockout.delays(lockout.free_per_address))
        self._strangers = _Guesses(self._delays)

    async def sign_in(self, name: str, password: str, address: str, old: str | None = None) -> Opened:
        """A session for who proves to have this name; `old`, what the browser held before, ends.

        Raises `SignInRefusedError`, `SignInLockedError`, `LedgerUnavailable`.
        """
        name = name.strip().lower()
        await self._look(name, address)  # what is locked waits for no turn
        async with self._passwords.turn():
            user = await self._look(name, address)  # others may have guessed meanwhile
            kept = user.password if user and not user.disabled else None
            opened = None
            if await self._passwords.matches(kept, password):
                opened = await self._opened(name, kept, must_change=bool(user and user.must_change))
            if opened is None:
                await self._note_wrong(name, user, address)
                raise SignInRefusedError(name if user else None)
        self._addresses.forget(address)
        if old:
            await self._ledger.end_session(digest_of(old))
        return opened

    async def open(self, name: str, how: str, old: str | None = None) -> Opened:
        """A session for somebody who has proved who they are. Raises `NotFoundError` for who may not sign in."""
        if old:
            await self._ledger.end_session(digest_of(old))
        return await self._open(name, how)

    async def find(self, secret: str, *, uses: bool = True) -> Session | None:
        """Whose session it is; None where it has ended or never was one. `uses`: that keeps it from being idle."""
        if not 20 <= len(secret) <= 100:
            return None
        found = await self._ledger.session(digest_of(secret))
        now = self._clock()
        if found is None or now - found.seen_at >= self._settings.idle or now >= found.ends_at:
            return None
        if uses and now - found.seen_at >= TOUCH_EVERY:
            await self._ledger.touch_session(found.digest)
        return found

    async def sign_out(self, secret: str, name: str) -> None:
        """The session ends; nothing happens to one that has."""
        await self._ledger.end_session(digest_of(secret), AuditEntry(name, "user.signed_out", name, ""))

    async def is_right(self, name: str, password: str) -> bool:
        """Whether this is somebody's password, asked by themselves; a wrong one counts as at the sign-in."""
        await self._own(name)
        async with self._passwords.turn():
            user = await self._own(name)
            right = await self._passwords.matches(user.password, password)
            if right and await self._ledger.user(name) == user:  # else the guess came too late to be told
                return True
            await self._ledger.note_wrong_password(name, self._delays)
            return False

    async def _own(self, name: str) -> User:
        user = await self._ledger.user(name)
        if user is None:
            raise NotFoundError(name)
        _refuse_locked(user.locked_until, self._clock(), name)
        return user

    async def _look(self, name: str, address: str) -> User | None:
        """Who has this name, unless the name or the address is locked. Raises `SignInLockedError`."""
        now = self._clock()
        _refuse_locked(self._addresses.until(address), now, None)
        user = await self._ledger.user(name) if NAME.fullmatch(name) else None
        locked_until = user.locked_until if user else self._strangers.until(name[:_LONGEST_NAME])
        _refuse_locked(locked_until, now, name if user else None)
        return user

    async def _note_wrong(self, name: str, user: User | None, address: str) -> None:
        now = self._clock()
        self._addresses.note(address, now)
        if user is None:
            self._strangers.note(name[:_LONGEST_NAME], now)
        else:
            await self._ledger.note_wrong_password(name, self._delays)

    async def _opened(self, name: str, kept: str | None, *, must_change: bool) -> Opened | None:
        """A session, unless the name was locked or has another password by now: the guess counts as a wrong one."""
        try:
            return await self._open(name, "password", kept, must_change=must_change)
        except NotFoundError:
            return None

    async def _open(self, name: str, how: str, proof: str | None = None, *, must_change: bool = False) -> Opened:
        secret, ends_at = secrets.token_urlsafe(32), self._clock() + self._settings.longest
        entry = AuditEntry(name, "user.signed_in", name, "", details={"by": how})
        await self._ledger.open_session(digest_of(secret), name, ends_at, entry, proof)
        return Opened(name, secret, must_change, ends_at)


class _Guesses:
    """Wrong passwords by address or by a name nobody has: bounded, in memory."""

    def __init__(self, delays: Sequence[timedelta]) -> None:
        self._delays = delays
        self._known: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def until(self, key: str) -> datetime | None:
        """Until when it is locked."""
        known = self._known.get(key)
        return known[1] if known else None

    def note(self, key: str, now: datetime) -> None:
        count = self._known.get(key, (0, now))[0] + 1
        self._known[key] = count, now + self._delays[min(count, len(self._delays)) - 1]
        self._known.move_to_end(key)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def forget(self, key: str) -> None:
        self._known.pop(key, None)


def _refuse_locked(until: datetime | None, now: datetime, name: str | None) -> None:
    if until is not None and until > now:
        raise SignInLockedError(max(1, round((until - now).total_seconds())), name)


def digest_of(secret: str) -> bytes:
    """By what the ledger knows a session."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def csrf_of(secret: str) -> str:
    """What every change by this session must carry beside the cookie: no other site can know it."""
    made = hmac.new(secret.encode("utf-8", "surrogateescape"), b"lienthong csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
