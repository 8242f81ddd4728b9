"""Users: who may sign in, in which role. Every change is audited and ends the sessions of whom it concerns."""

from __future__ import annotations

import hashlib
from typing import Any

from gateway.errors import StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.users.port import User, UserChange
from gateway.message import PersonRole
from gateway.operations.elsewhere import ElsewhereRefusedError, Identity
from gateway.operations.noting import refusals_noted
from gateway.operations.sessions import NAME
from gateway.security.passwords import Passwords, made_up

FIRST = "admin"
_RESERVED = frozenset({"administrator", "-"})
"""What the audit calls others."""


class UserOperations:
    """What administrators do about users, and what users do about themselves."""

    def __init__(self, ledger: Ledger, taken: frozenset[str] = frozenset()) -> None:
        """`taken`: names of sending systems, which the audit must not mix with people."""
        self._ledger = ledger
        self._taken = taken | _RESERVED
        self._passwords = Passwords()

    async def users(self) -> list[dict[str, Any]]:
        """Everybody, by name."""
        return [shown(one) for one in await self._ledger.users()]

    async def add(
        self, name: str, role: PersonRole, actor: str, reason: str, password: str | None = None
    ) -> dict[str, Any]:
        """A new user; without a password one is made up, told once, and must be changed at the first sign-in.

        Raises `StateError`.
        """
        entry = AuditEntry(actor, "user.add", name, reason, details={"role": role})
        told = password or made_up()
        async with refusals_noted(self._ledger, entry):
            if not NAME.fullmatch(name) or name in self._taken:
                raise StateError(
                    f"Tên {name} không dùng được: chữ thường, số, . _ -, không trùng tên hệ thống gửi. / The name "
                    f"{name} cannot be used: lower case, digits, . _ -, not the name of a sending system."
                )
            kept = await self._passwords.hashed(told)
        user = User(name, role, kept, must_change=password is None)
        await self._ledger.add_user(user, entry)
        return {**shown(user), **({} if password else {"password": told})}

    async def add_first(self) -> str | None:
        """The first administrator where there is no user at all; the password, None where there are some.

        Raises `StateError` where a sender has the name.
        """
        if await self._ledger.users():
            return None
        if FIRST in self._taken:
            raise StateError(f"{FIRST} là tên của một hệ thống gửi. / {FIRST} is the name of a sending system.")
        password = made_up()
        user = User(FIRST, "administrator", await self._passwords.hashed(password))
        try:
            await self._ledger.add_user(user, AuditEntry("gateway", "user.add", FIRST, "first start"))
        except StateError:
            if await self._ledger.users():  # another process of this installation was quicker
                return None
            raise
        return password

    async def set_role(self, name: str, role: PersonRole, actor: str, reason: str) -> dict[str, Any]:
        """Raises `NotFoundError`, `StateError`."""
        entry = AuditEntry(actor, "user.role", name, reason, details={"role": role})
        return shown(await self._ledger.change_user(name, UserChange(role=role), entry))

    async def set_disabled(self, name: str, actor: str, reason: str, *, disabled: bool) -> dict[str, Any]:
        """Raises `NotFoundError`, `StateError`."""
        entry = AuditEntry(actor, "user.disable" if disabled else "user.enable", name, reason)
        return shown(await self._ledger.change_user(name, UserChange(disabled=disabled), entry))

    async def set_password(
        self, name: str, actor: str, reason: str, password: str | None = None, *, must_change: bool = True
    ) -> dict[str, Any]:
        """Another password, made up where none is given (told once); unlocks. Raises `NotFoundError`, `StateError`."""
        entry = AuditEntry(actor, "user.password", name, reason)
        told = password or made_up()
        async with refusals_noted(self._ledger, entry):
            kept = await self._passwords.hashed(told)
        user = await self._ledger.change_user(name, UserChange(password=kept, must_change=must_change), entry)
        return {**shown(user), **({} if password else {"password": told})}

    async def admit(self, known: Identity) -> str:
        """The name of somebody who signed in elsewhere: a user from the first time on, of the role they have there now.

        Raises `ElsewhereRefusedError` for who has no role, was disabled here, or would leave no administrator.
        """
        user = await self._ledger.user_of_subject(known.subject)
        if user is not None and user.disabled:
            raise ElsewhereRefusedError("OIDC_DISABLED", user.name)
        if known.role is None:
            raise ElsewhereRefusedError("OIDC_ROLE", user.name if user else "-")
        if user is None:
            return await self._newcomer(known, known.role)
        if user.role != known.role:
            entry = AuditEntry(user.name, "user.role", user.name, "OIDC", details={"role": known.role})
            try:
                await self._ledger.change_user(user.name, UserChange(role=known.role), entry)
            except StateError:
                raise ElsewhereRefusedError("OIDC_LAST_ADMINISTRATOR", user.name) from None
        return user.name

    async def _newcomer(self, known: Identity, role: PersonRole) -> str:
        # Never somebody else's name: who has it there need not be who has it here.
        wanted, other = known.name.strip().lower(), f"oidc-{hashlib.sha256(known.subject.encode()).hexdigest()[:12]}"
        free = NAME.fullmatch(wanted) and wanted not in {*self._taken, FIRST}
        name = wanted if free and await self._ledger.user(wanted) is None else other
        try:
            await self._add_known(name, known.subject, role)
        except StateError:
            found = await self._ledger.user_of_subject(known.subject)
            if found is not None:  # another process of this installation was quicker
                return found.name
            if name == other:
                raise
            await self._add_known(other, known.subject, role)  # the first is a sender's
            return other
        return name

    async def _add_known(self, name: str, subject: str, role: PersonRole) -> None:
        entry = AuditEntry(name, "user.add", name, "OIDC", details={"role": role})
        await self._ledger.add_user(User(name, role, subject=subject), entry)

    async def end_sessions(self, name: str, actor: str, reason: str) -> int:
        """How many there were. Raises `NotFoundError`."""
        return await self._ledger.end_sessions(name, AuditEntry(actor, "user.sessions_ended", name, reason))


def shown(user: User) -> dict[str, Any]:
    """A user as lists show one."""
    return {
        "name": user.name,
        "role": user.role,
        "disabled": user.disabled,
        "must_change": user.must_change,
        "locked_until": user.locked_until.isoformat() if user.locked_until else None,
        "elsewhere": user.subject is not None,
        "created_at": user.created_at.isoformat() if user.created_at else None,
        "signed_in_at": user.signed_in_at.isoformat() if user.signed_in_at else None,
    }
