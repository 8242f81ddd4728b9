"""What is played, and how real time becomes the drill's: schedules, pauses, rates and arrivals by the same factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.settings import DestinationSettings

PORTAL, CITIZENS, DOCUMENTS, ONESTOP = "national_portal", "citizen_db", "ndxp", "onestop"
MESSAGES_PER_DOSSIER = 3
"""A record and two steps of progress."""
_LEAST_TIMEOUT = 5.0
"""Seconds: an answer takes its real time, so what waits for one is not compressed below this."""
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """One drill. Times are real ones; `factor` compresses them all."""

    messages: int = 3600
    """That arrive for the portal while it is away, evenly spread."""
    factor: float = 60.0
    hours: float = 3.0
    dead: int = 5000
    """Dossiers that die before the replay."""
    rate: float = 2.0
    """Calls a second that the portal bears."""
    password_minutes: float = 10.0
    """How long the account's password is expired, once the portal is back."""

    @property
    def dossiers(self) -> int:
        """Whole dossiers, so a few messages more than asked for."""
        return -(-self.messages // MESSAGES_PER_DOSSIER)

    @property
    def away(self) -> float:
        """Seconds of the drill for which the portal is away."""
        return self.hours * 3600 / self.factor

    @property
    def expired(self) -> float:
        """Seconds of the drill for which the password is expired."""
        return self.password_minutes * 60 / self.factor

    @property
    def compressed_rate(self) -> float:
        """Calls a second of the drill."""
        return self.rate * self.factor

    def destinations(self, configured: Mapping[str, DestinationSettings]) -> dict[str, Any]:
        """The destinations as they are configured, at the drill's pace."""
        return {
            name: {
                "mode": "sandbox",
                "rate": self.compressed_rate if name == PORTAL else 0,
                "retry_schedule": [self._shorter(pause) for pause in one.retry_schedule],
                "breaker_pause": self._shorter(one.breaker_pause),
                "unclear_gap": self._shorter(one.unclear_gap),
                "timeout": self._shorter(one.timeout, least=_LEAST_TIMEOUT),
            }
            for name, one in configured.items()
        }

    def _shorter(self, time: timedelta, least: float = 0.02) -> str:
        return f"{max(timedelta(seconds=least), time / self.factor) // _MILLISECOND}ms"
