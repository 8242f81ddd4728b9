"""Passwords of people: argon2id in threads, a few at once, so that guessing slows only those who guess.

Source: RFC 9106 (argon2id); the parameters are OWASP's second choice, about 40 ms and 19 MiB a guess.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.errors import StateError

SHORTEST = 12
LONGEST = 256
_AT_ONCE = 2
"""Hashes being made or compared at one moment, in one process."""


class Passwords:
    """Makes hashes and compares with them."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hashed(self, password: str) -> str:
        """The hash to keep. Raises `StateError` for a password that is too short or too long."""
        told = _normal(password)
        if not SHORTEST <= len(told) <= LONGEST:
            raise StateError(
                f"Mật khẩu phải có từ {SHORTEST} đến {LONGEST} ký tự. / A password has {SHORTEST} to {LONGEST} "
                "characters."
            )
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, told)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One's turn to compare, which may be long in coming: what was known before may be so no more."""
        async with self._turns:
            yield

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; only in one's `turn`.

        None (nobody has this name, or no password) takes as long to say no.
        """
        if kept is None and self._nobody is None:
            self._nobody = await asyncio.to_thread(self._hasher.hash, secrets.token_urlsafe(16))
        same = await asyncio.to_thread(self._verify, kept or self._nobody or "", _normal(password)[: LONGEST + 1])
        return same and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def made_up() -> str:
    """A password nobody can guess, easy enough to type: 100 bits in five words of lower-case letters and digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))


def _normal(password: str) -> str:
    """As typed on any keyboard: composed and decomposed letters are the same."""
    return unicodedata.normalize("NFC", password)
