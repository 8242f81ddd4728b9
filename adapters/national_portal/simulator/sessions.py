"""Logins of the simulated portal, with every habit the sources leave open as a switch (integration sheet §3.7)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from adapters.national_portal.simulator.settings import SimulatorSettings


class Sessions:
    """Live sessions of the one account. `logins` counts what was granted."""

    def __init__(self, settings: SimulatorSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self._clock = clock
        self._ends: dict[str, float] = {}
        self.logins = 0

    def log_in(self, username: object, password: object) -> str | None:
        """A new session, or None when the account is not the one we know."""
        if (username, password) != (self.settings.username, self.settings.password):
            return None
        if self.settings.session_single:
            self._ends.clear()
        session = str(uuid4())
        self._ends[session] = self._clock() + self.settings.session_lifetime
        self.logins += 1
        return session

    def alive(self, session: object) -> bool:
        """Whether a call may go ahead with `session`."""
        end = self._ends.get(session) if isinstance(session, str) else None
        if end is None or self._clock() >= end:
            return False
        if self.settings.session_sliding:
            self._ends[str(session)] = self._clock() + self.settings.session_lifetime
        return True

    def lose(self) -> None:
        """Forget every session, as a portal restarting would."""
        self._ends.clear()
