"""Settings about people: what the audit keeps of refusals, sessions of the console, lockout, sign-in elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from gateway.sections import Duration, Section

_NOT_YET = timedelta(0)


class AuditSettings(Section):
    """What the audit keeps beside what people did."""

    refusal_window: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))] = timedelta(seconds=60)
    """The same refusal comes into the audit once in this time, its repeats as one entry with their count."""


class LockoutSettings(Section):
    """What happens after wrong passwords."""

    free: int = Field(default=5, ge=1, le=100)
    """Wrong passwords in a row for one name that only have to be corrected."""
    free_per_address: int = Field(default=20, ge=1, le=10_000)
    """The same from one network address, whatever the names."""
    first: Duration = timedelta(seconds=30)
    """The first lock; each further wrong password doubles it."""
    longest: Duration = timedelta(minutes=15)

    def delays(self, free: int) -> Sequence[timedelta]:
        """The lock after the first, second, third… wrong password in a row; the last goes on."""
        growing = [self.first]
        while growing[-1] < self.longest:
            growing.append(min(growing[-1] * 2, self.longest))
        return [*[_NOT_YET] * (free - 1), *growing]


class ConsoleSettings(Section):
    """How people sign in and for how long."""

    idle: Annotated[Duration, Field(ge=timedelta(minutes=1))] = timedelta(minutes=30)
    """A session that is not used for this long has ended."""
    longest: Annotated[Duration, Field(ge=timedelta(minutes=1))] = timedelta(hours=10)
    """A session ends after this time, whatever is done meanwhile."""
    lockout: LockoutSettings = LockoutSettings()
