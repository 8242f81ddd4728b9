"""The one live token of an account: renewed ahead of its end, and once, however many calls find it spent.

A token's life is what its issuer said with it, never a constant: an issuer may hand out the same token again with
little of its life left (NDXP sheet §2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Granted:
    """What an issuer gave: the token and the seconds it may be used for, counted from before it was asked for."""

    token: str
    use_for: float


class Token:
    """Hands out the current token. Any number of tasks may ask at once; at most one fetch is under way.

    A task cancelled while waiting leaves the fetch to the others. Nothing is kept on disk: after a crash the next call
    fetches again.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Granted]], clock: Callable[[], float], name: str) -> None:
        self._ask = fetch
        self._clock = clock
        self._name = name
        self._token: str | None = None
        self._until = 0.0
        self._fetching: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """The token to use now, fetching one first where none is left. Raises what the fetch raised."""
        if self._token is not None and self._clock() < self._until:
            return self._token
        return await self._fetched()

    async def renewed(self, spent: str) -> str:
        """A token fetched after `spent` was refused; whoever comes second gets the first one's."""
        self.drop(spent)
        return await self.token()

    def drop(self, spent: str) -> None:
        """Forget `spent`, unless it was replaced already."""
        if self._token == spent:
            self._token = None

    async def close(self) -> None:
        """End a fetch under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    async def _fetched(self) -> str:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch(), name=self._name)
            self._fetching.add_done_callback(self._over)
        return await asyncio.shield(self._fetching)

    async def _fetch(self) -> str:
        # Counted from before the call: the issuer's own clock cannot have started earlier.
        before = self._clock()
        granted = await self._ask()
        self._token, self._until = granted.token, before + granted.use_for
        return granted.token

    def _over(self, fetching: asyncio.Task[str]) -> None:
        self._fetching = None
        if not fetching.cancelled():
            # Seen by those who waited; if nobody did, asyncio would report it as forgotten.
            fetching.exception()
