"""The one live login of an account: renewed ahead of its end, and once, however many calls find it spent.

The portal says nothing about how long a session lives (§3.2), so our own clock decides and a refusal overrules it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from adapters.ndxp.token import Granted, Token


class Session(Token):
    """Hands out the current session, under the promises of `Token`; each login is used for `use_for`."""

    def __init__(self, log_in: Callable[[], Awaitable[str]], use_for: timedelta, clock: Callable[[], float]) -> None:
        async def granted() -> Granted:
            return Granted(await log_in(), use_for.total_seconds())

        super().__init__(granted, clock, "national_portal.login")
