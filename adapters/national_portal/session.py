"""The one live login of an account: renewed ahead of its end, and once, however many calls find it spent.

The portal says nothing about how long a session lives (§3.2), so our own clock decides and a refusal overrules it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta


class Session:
    """Hands out the current token. Any number of tasks may ask at once; at most one login is under way.

    A task cancelled while waiting leaves the login to the others. Nothing is kept on disk: after a crash the next call
    logs in again.
    """

    def __init__(self, log_in: Callable[[], Awaitable[str]], use_for: timedelta, clock: Callable[[], float]) -> None:
        self._log_in = log_in
        self._use_for = use_for.total_seconds()
        self._clock = clock
        self._token: str | None = None
        self._until = 0.0
        self._login: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """The token to use now, logging in first where none is left. Raises what the login raised."""
        if self._token is not None and self._clock() < self._until:
            return self._token
        return await self._renewed()

    async def renewed(self, spent: str) -> str:
        """A token other than `spent`, which the portal has just refused; whoever comes second gets the first one's."""
        self.drop(spent)
        return await self.token()

    def drop(self, spent: str) -> None:
        """Forget `spent`, unless it was replaced already."""
        if self._token == spent:
            self._token = None

    async def close(self) -> None:
        """End a login under way."""
        if self._login is not None:
            self._login.cancel()
            await asyncio.gather(self._login, return_exceptions=True)

    async def _renewed(self) -> str:
        if self._login is None:
            self._login = asyncio.create_task(self._fetch(), name="national_portal.login")
            self._login.add_done_callback(self._over)
        return await asyncio.shield(self._login)

    async def _fetch(self) -> str:
        # Counted from before the call: the portal's own clock cannot have started earlier.
        until = self._clock() + self._use_for
        token = await self._log_in()
        self._token, self._until = token, until
        return token

    def _over(self, login: asyncio.Task[str]) -> None:
        self._login = None
        if not login.cancelled():
            # Seen by those who waited; if nobody did, asyncio would report it as forgotten.
            login.exception()  # noqa: LOG004 - a task's exception, not a logger's
